package dev.millrace.jmh;

import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Fetches within a session (KIP-227) of a reader that has read everything.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class FetchBenchmark {
    private static final int EPOCH = 0x7a7b_7c7d;
    private static final long OFFSET = 0x1122_3344_5566_7788L;
    private static final int WAIT_MS = 30_000;

    @Param({"1", "200", "2000"})
    private int partitions;

    private RunningNode node;
    private Frame produce;
    private Frame fetch;
    private Frame waitingFetch;
    private int epochPlace;
    private int waitingEpochPlace;
    private int offsetPlace;
    private int epoch;
    private long offset;

    @Setup
    public void start() throws IOException, MalformedRequest {
        node = new RunningNode(new MemoryStorage());
        Uuid topic = node.createTopic("t", partitions);
        produce = ProduceBenchmark.frame(topic, Payload.ONE_RECORD.batch());
        FetchRequestData opening = request(0, 0, 0);
        opening.topics().add(all(topic));
        int session = ((FetchResponseData) node.ask(ApiKeys.FETCH, opening)).sessionId();
        fetch = new Frame(ApiKeys.FETCH, request(session, EPOCH, 0));
        epochPlace = fetch.placeOf(EPOCH);
        FetchRequestData waiting = request(session, EPOCH, WAIT_MS);
        waiting.topics().add(first(topic));
        waitingFetch = new Frame(ApiKeys.FETCH, waiting);
        waitingEpochPlace = waitingFetch.placeOf(EPOCH);
        offsetPlace = waitingFetch.placeOf(OFFSET);
    }

    private static FetchRequestData request(int session, int epoch, int waitMs) {
        return new FetchRequestData()
                .setSessionId(session)
                .setSessionEpoch(epoch)
                .setMaxWaitMs(waitMs)
                .setMinBytes(1)
                .setMaxBytes(50 << 20);
    }

    private FetchTopic all(Uuid topic) {
        var all = new FetchTopic().setTopicId(topic);
        for (int partition = 0; partition < partitions; partition++) {
            all.partitions().add(partition(partition, 0));
        }
        return all;
    }

    private static FetchTopic first(Uuid topic) {
        var first = new FetchTopic().setTopicId(topic);
        first.partitions().add(partition(0, OFFSET));
        return first;
    }

    private static FetchPartition partition(int index, long offset) {
        return new FetchPartition()
                .setPartition(index)
                .setFetchOffset(offset)
                .setPartitionMaxBytes(1 << 20);
    }

    @TearDown
    public void stop() throws IOException, InterruptedException {
        node.stop();
    }

    /// An incremental fetch that names nothing and finds nothing.
    @Benchmark
    public int nothingNew() throws MalformedRequest, IOException {
        fetch.putInt(epochPlace, ++epoch);
        return node.serve(fetch);
    }

    /// A long poll: waits on all partitions, one of them gets a record, the reader is answered with it. The produce is in it.
    @Benchmark
    public int wokenByOneRecord() throws MalformedRequest, IOException {
        waitingFetch.putInt(waitingEpochPlace, ++epoch);
        waitingFetch.putLong(offsetPlace, offset++);
        Router.Call call = node.decode(waitingFetch);
        if (!(node.handle(call) instanceof Outcome.Parked<? extends ApiMessage> parked)) {
            throw new IllegalStateException("there was something to read");
        }
        int bytes = node.serve(produce);
        parked.signal().toCompletableFuture().join();
        return bytes + node.encode(call, RunningNode.reply(parked.resume().get()));
    }
}
