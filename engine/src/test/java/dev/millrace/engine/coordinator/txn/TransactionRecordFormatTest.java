package dev.millrace.engine.coordinator.txn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.coordinator.txn.TransactionState.Completed;
import dev.millrace.engine.coordinator.txn.TransactionState.Empty;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.log.RecordBatchWriter;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TxnTransitMetadata;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Our records are Kafka's, byte for byte: its own classes write the same.
class TransactionRecordFormatTest {
    private static final TransactionVersion V0 = TransactionVersion.TV_0;
    private static final TransactionVersion V2 = TransactionVersion.TV_2;
    private static final short NONE = -1;

    record Case(String name, TransactionVersion cluster, TransactionState ours) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        var producer = new Producer(10, 10, (short) 5, NONE, 60_000);
        var after = new Producer(11, 10, (short) 0, NONE, 60_000);
        return Stream.of(
                new Case("empty", V2, new Empty(producer, V2, 2_000)),
                new Case("empty, a new id", V2, new Empty(after, V0, 2_000)),
                new Case("empty, old cluster", V0, new Empty(producer, V0, 2_000)),
                new Case("ongoing", V2, new Ongoing(producer, V2, 1_000, 2_000, partitions())),
                new Case(
                        "ongoing, old cluster",
                        V0,
                        new Ongoing(producer, V0, 1_000, 2_000, partitions())),
                new Case(
                        "prepared commit",
                        V2,
                        prepared(TransactionResult.COMMIT, producer, V2, -1)),
                new Case("prepared abort", V2, prepared(TransactionResult.ABORT, producer, V0, -1)),
                new Case(
                        "prepared, the epochs used up",
                        V2,
                        prepared(
                                TransactionResult.COMMIT,
                                new Producer(10, 10, Short.MAX_VALUE, NONE, 60_000),
                                V2,
                                11)),
                new Case("complete commit", V2, completed(TransactionResult.COMMIT, producer, V2)),
                new Case("complete abort", V2, completed(TransactionResult.ABORT, after, V2)),
                new Case(
                        "complete, version 1",
                        V2,
                        completed(TransactionResult.COMMIT, producer, V0)),
                new Case(
                        "complete, old cluster",
                        V0,
                        completed(TransactionResult.COMMIT, producer, V0)));
    }

    private static Prepared prepared(
            TransactionResult result, Producer producer, TransactionVersion by, long nextId) {
        return new Prepared(result, producer, nextId, by, 1_000, 2_000, partitions());
    }

    private static Completed completed(
            TransactionResult result, Producer producer, TransactionVersion by) {
        return new Completed(result, producer, by, 1_000, 2_000);
    }

    private static SequencedSet<TopicPartition> partitions() {
        // In the order in which Kafka's class writes them.
        return Collections.unmodifiableSequencedSet(
                new LinkedHashSet<>(
                        new HashSet<>(
                                List.of(new TopicPartition("t", 0), new TopicPartition("t", 1)))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void writesWhatKafkaWrites(Case c) {
        SimpleRecord ours = write(c);
        assertArrayEquals(TransactionLog.keyToBytes("id"), array(ours.key()));
        assertArrayEquals(
                TransactionLog.valueToBytes(kafkas(c.ours), c.cluster), array(ours.value()));
    }

    private static TxnTransitMetadata kafkas(TransactionState state) {
        Producer producer = state.producer();
        return new TxnTransitMetadata(
                producer.id(),
                producer.previousId(),
                state instanceof Prepared prepared ? prepared.nextId() : -1,
                producer.epoch(),
                producer.lastEpoch(),
                producer.timeoutMs(),
                org.apache.kafka.coordinator.transaction.TransactionState.fromId(state.id()),
                new HashSet<>(state.partitions()),
                state.startMs(),
                state.changedMs(),
                state.version());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void readsWhatItWrote(Case c) {
        SimpleRecord ours = write(c);
        var read = new TransactionRecordFormat(() -> c.cluster).read(ours.key(), ours.value());
        if (c.cluster == V2) {
            assertEquals(new TransactionRecord.Stored("id", c.ours), read);
        } else {
            var stored = assertInstanceOf(TransactionRecord.Stored.class, read);
            assertEquals(c.ours.id(), stored.state().id());
        }
    }

    @Test
    void aTombstoneIsAKeyWithoutAValue() {
        SimpleRecord ours = write(V2, new TransactionRecord.Forgotten("id"));
        assertNull(ours.value());
        assertEquals(
                new TransactionRecord.Forgotten("id"),
                new TransactionRecordFormat(() -> V2).read(ours.key(), null));
    }

    /// Should Kafka's classes ever write something else, this is what is on disks.
    @Test
    void theBytesAreThese() {
        var producer = new Producer(10, 10, (short) 5, NONE, 60_000);
        var state = new Ongoing(producer, V2, 1_000, 2_000, partitions());
        String key = "0000" + "0002" + "6964";
        String value =
                "0001" // version
                        + "000000000000000a" // producer id
                        + "0005" // producer epoch
                        + "0000ea60" // time-out
                        + "01" // ongoing
                        + "02"
                        + "0274"
                        + "03"
                        + "00000001"
                        + "00000000"
                        + "00" // t: 1, 0
                        + "00000000000007d0" // changed
                        + "00000000000003e8" // started
                        + "02"
                        + "00"
                        + "08"
                        + "000000000000000a" // previous producer id
                        + "02"
                        + "02"
                        + "0002"; // version of the transaction
        SimpleRecord ours = write(new Case("", V2, state));
        assertEquals(key, HexFormat.of().formatHex(array(ours.key())));
        assertEquals(value, HexFormat.of().formatHex(array(ours.value())));
    }

    @Test
    void skipsWhatItDoesNotKnow() {
        var format = new TransactionRecordFormat(() -> V2);
        ByteBuffer otherKind = ByteBuffer.allocate(8).putShort((short) 9).putInt(1).flip();
        assertNull(format.read(otherKind, ByteBuffer.allocate(4)));
        ByteBuffer key = ByteBuffer.wrap(TransactionLog.keyToBytes("id"));
        ByteBuffer newerValue = ByteBuffer.allocate(8).putShort((short) 2).putInt(1).flip();
        assertNull(format.read(key, newerValue));
    }

    private static SimpleRecord write(Case c) {
        return write(c.cluster, new TransactionRecord.Stored("id", c.ours));
    }

    private static SimpleRecord write(TransactionVersion cluster, TransactionRecord fact) {
        var messages = new TransactionRecordFormat(() -> cluster).write(fact);
        var batch = new RecordBatchWriter();
        batch.begin(1);
        batch.add(messages.key(), messages.value(), Integer.MAX_VALUE);
        return new SimpleRecord(batch.end().records().iterator().next());
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
