package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// What holds for each new topic, whoever asks: a client that creates it, one that only names it, a streams group.
final class TopicDecisionsTest {
    private final TestMetadata metadata = TestMetadata.withBrokers(1);

    @Test
    void theMetadataLogsNameIsNoTopics() {
        var request = new CreateTopicsRequestData();
        for (String name : List.of("__cluster_metadata", "__cluster_metadata_too")) {
            request.topics()
                    .add(
                            new CreatableTopic()
                                    .setName(name)
                                    .setNumPartitions(1)
                                    .setReplicationFactor((short) 1));
        }
        var decided =
                TopicDecisions.create(
                        metadata.image(),
                        ClusterDefaults.of(1, Map.of()),
                        () -> new Uuid(3, 3),
                        request);

        var refused =
                Objects.requireNonNull(decided.response().topics().find("__cluster_metadata"));
        assertEquals(Errors.INVALID_REQUEST.code(), refused.errorCode());
        assertEquals(
                "Creation of internal topic __cluster_metadata is prohibited.",
                refused.errorMessage());
        assertEquals(2, decided.records().size(), "a topic and its partition");
    }
}
