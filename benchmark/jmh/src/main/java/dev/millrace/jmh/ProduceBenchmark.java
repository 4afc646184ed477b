package dev.millrace.jmh;

import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Router;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
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

/// A Produce request with one batch, acks=1: reading it, and all of it from frame to encoded answer.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class ProduceBenchmark {
    private static final long BASE_OFFSET = 0x1122_3344_5566_7788L;

    @Param private Payload payload;

    private RunningNode node;
    private Frame frame;

    @Setup
    public void start() throws IOException, MalformedRequest {
        node = new RunningNode(new SinkStorage());
        Uuid topic = node.createTopic("t", 1);
        frame = frame(topic, payload.batch());
        var answer = (ProduceResponseData) RunningNode.reply(node.handle(node.decode(frame)));
        var partition = answer.responses().iterator().next().partitionResponses().getFirst();
        if (partition.errorCode() != 0) {
            throw new IllegalStateException(partition.toString());
        }
    }

    /// @param batch gets the base offset 0 that a client's batch has
    static Frame frame(Uuid topic, MemoryRecords batch) {
        batch.buffer().putLong(0, BASE_OFFSET);
        var data = new TopicProduceData().setTopicId(topic);
        data.partitionData().add(new PartitionProduceData().setIndex(0).setRecords(batch));
        var request = new ProduceRequestData().setAcks((short) 1).setTimeoutMs(30_000);
        request.topicData().add(data);
        var frame = new Frame(ApiKeys.PRODUCE, request);
        return frame.resettingTo0(BASE_OFFSET);
    }

    @TearDown
    public void stop() throws IOException, InterruptedException {
        node.stop();
    }

    @Benchmark
    public Router.Call decode() throws MalformedRequest {
        return node.decode(frame);
    }

    @Benchmark
    public int serve() throws MalformedRequest, IOException {
        return node.serve(frame);
    }
}
