package dev.millrace.engine.balance;

import dev.millrace.engine.env.Peers;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;

/// Asks one broker what it holds.
@FunctionalInterface
public interface Questions {
    /// Fails when the broker cannot be reached, or does not answer in time.
    CompletionStage<Map<TopicPartition, Figures>> ask(int broker);

    /// How long an answer is waited for.
    long PATIENCE_MS = 10_000;

    /// The version that is asked in.
    short VERSION = 4;

    /// Over the network.
    static CompletionStage<Map<TopicPartition, Figures>> ask(Peers peers, Peers.Address broker) {
        var request = new DescribeLogDirsRequestData().setTopics(null);
        TrafficTag.ask(request);
        return peers.send(broker, VERSION, request, PATIENCE_MS)
                .thenApply(answer -> read((DescribeLogDirsResponseData) answer));
    }

    /// A replica that is about to take another's place in another directory is not counted.
    private static Map<TopicPartition, Figures> read(DescribeLogDirsResponseData answer) {
        var held = new HashMap<TopicPartition, Figures>();
        for (var directory : answer.results()) {
            for (var topic : directory.topics()) {
                for (var partition : topic.partitions()) {
                    if (!partition.isFutureKey()) {
                        held.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()),
                                TrafficTag.read(partition));
                    }
                }
            }
        }
        return held;
    }
}
