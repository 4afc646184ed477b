package dev.millrace.compat.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.server.IntegrationTestUtils;

/// What one broker knows of a topic. An Admin client asks whichever it likes, and another may be behind it: Kafka's own test
/// kit looks into each.
final class BrokerMetadata {
    private BrokerMetadata() {}

    /// @param port of a listener without encryption
    static boolean knows(int port, String topic, int partitions) {
        MetadataResponse.TopicMetadata known = ask(port, topic);
        return known.error() == Errors.NONE && known.partitionMetadata().size() == partitions;
    }

    /// @param port of a listener without encryption
    static boolean knowsNothing(int port, String topic) {
        return ask(port, topic).error() == Errors.UNKNOWN_TOPIC_OR_PARTITION;
    }

    private static MetadataResponse.TopicMetadata ask(int port, String topic) {
        try {
            MetadataResponse answer =
                    IntegrationTestUtils.connectAndReceive(
                            new MetadataRequest.Builder(List.of(topic), false).build(), port);
            return answer.topicMetadata().iterator().next();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
