package dev.millrace.jmh;

import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.api.MalformedRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
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

/// A Metadata request that names its topics, from frame to encoded answer.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class MetadataBenchmark {
    private static final int PARTITIONS = 3;

    @Param({"10", "1000"})
    private int topics;

    private RunningNode node;
    private Frame frame;

    @Setup
    public void start() throws IOException, MalformedRequest {
        node = new RunningNode(new MemoryStorage());
        var request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        request.setTopics(new ArrayList<>());
        for (int i = 0; i < topics; i++) {
            String name = "topic-%04d".formatted(i);
            node.createTopic(name, PARTITIONS);
            request.topics().add(new MetadataRequestTopic().setName(name));
        }
        var answer = (MetadataResponseData) node.ask(ApiKeys.METADATA, request);
        if (answer.topics().stream().anyMatch(topic -> topic.errorCode() != 0)) {
            throw new IllegalStateException("a topic is missing");
        }
        frame = new Frame(ApiKeys.METADATA, request);
    }

    @TearDown
    public void stop() throws IOException, InterruptedException {
        node.stop();
    }

    @Benchmark
    public int answer() throws MalformedRequest, IOException {
        return node.serve(frame);
    }
}
