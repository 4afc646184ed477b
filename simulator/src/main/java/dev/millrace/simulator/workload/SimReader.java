package dev.millrace.simulator.workload;

import dev.millrace.simulator.checker.Operation.Access.Polled;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.world.SimWorld;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeSet;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/// Reads one partition from its beginning on: all of it, or what is committed of it, leaving out what was aborted, as clients do.
public final class SimReader {
    private static final long PAUSE_NS = 100_000_000;
    private static final long NEXT_NS = 1_000_000;

    private final SimWorld world;
    private final Brokers network;
    private final Recorder history;
    private final Uuid topic;
    private final TopicPartition partition;
    private final int process;
    private long position;

    /// As the last answer told.
    private long highWatermark = -1;

    private final IsolationLevel isolation;
    private int polls;

    public SimReader(
            SimWorld world,
            Brokers network,
            Recorder history,
            Uuid topic,
            int partition,
            IsolationLevel isolation) {
        this.isolation = isolation;
        this.world = world;
        this.network = network;
        this.history = history;
        this.topic = topic;
        this.partition = new TopicPartition(Requests.TOPIC, partition);
        this.process = history.newProcess();
    }

    public void begin() {
        history.note(process, Kind.ASSIGN);
        fetch();
    }

    /// It has read everything, and no transaction is open.
    public boolean isAtTheEnd() {
        return position == highWatermark;
    }

    /// How often it was answered.
    public int polls() {
        return polls;
    }

    /// Whose process it is in the history.
    public int process() {
        return process;
    }

    @Override
    public String toString() {
        return "%s read to %d of %d".formatted(partition, position, highWatermark);
    }

    private void fetch() {
        network.ask(
                ApiKeys.FETCH,
                17,
                Requests.fetch(topic, partition.partition(), position, isolation),
                this::fetched);
    }

    private void fetched(@Nullable ApiMessage answer) {
        var data = (FetchResponseData) answer;
        if (data == null || data.responses().isEmpty()) {
            world.afterPause(PAUSE_NS, this::fetch);
            return;
        }
        PartitionData read = data.responses().getFirst().partitions().getFirst();
        Errors error = Errors.forCode(read.errorCode());
        if (error == Errors.NONE) {
            highWatermark = read.highWatermark();
            polls++;
            read(read);
            world.afterPause(world.isUnhurried() ? PAUSE_NS : NEXT_NS, this::fetch);
        } else if (error == Errors.OFFSET_OUT_OF_RANGE) {
            throw new AssertionError(this + ": what was read is gone");
        } else {
            world.afterPause(PAUSE_NS, this::fetch);
        }
    }

    private void read(PartitionData data) {
        var operation = history.begin(process, Kind.POLL);
        List<AbortedTransaction> sorted =
                new ArrayList<>(Objects.requireNonNullElse(data.abortedTransactions(), List.of()));
        sorted.sort(Comparator.comparingLong(AbortedTransaction::firstOffset));
        Queue<AbortedTransaction> aborted = new ArrayDeque<>(sorted);
        var aborting = new TreeSet<Long>();
        boolean any = false;
        for (RecordBatch batch : ((MemoryRecords) data.records()).batches()) {
            while (!aborted.isEmpty() && aborted.element().firstOffset() <= batch.lastOffset()) {
                aborting.add(aborted.remove().producerId());
            }
            if (batch.isControlBatch()) {
                if (isAbort(batch)) {
                    aborting.remove(batch.producerId());
                }
            } else if (!batch.isTransactional() || !aborting.contains(batch.producerId())) {
                for (Record record : batch) {
                    if (record.offset() >= position) {
                        any = true;
                        operation.touched(new Polled(partition, record.offset(), value(record)));
                    }
                }
            }
            position = Math.max(position, batch.nextOffset());
        }
        if (any) {
            operation.ended(Outcome.OK);
        }
    }

    private static boolean isAbort(RecordBatch batch) {
        return ControlRecordType.parse(batch.iterator().next().key()) == ControlRecordType.ABORT;
    }

    private static long value(Record record) {
        return Long.parseLong(Utils.utf8(record.value(), record.valueSize()));
    }
}
