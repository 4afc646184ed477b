package dev.millrace.cli.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment.TaskIds;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.clients.admin.StreamsGroupSubtopologyDescription;
import org.apache.kafka.clients.admin.StreamsGroupSubtopologyDescription.TopicInfo;
import org.apache.kafka.clients.admin.StreamsGroupTopologyDescriptionStatus;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a streams group's description says of its topics.
class StreamsGroupsTest {
    private static final TopicInfo TOPIC = new TopicInfo(2, 1, Map.of());

    private static final StreamsGroupDescription GROUP =
            new StreamsGroupDescription(
                    "app",
                    3,
                    3,
                    0,
                    List.of(
                            new StreamsGroupSubtopologyDescription(
                                    "0",
                                    List.of("in"),
                                    List.of("app-by-repartition"),
                                    Map.of(),
                                    Map.of()),
                            new StreamsGroupSubtopologyDescription(
                                    "1",
                                    List.of(),
                                    List.of(),
                                    Map.of("app-count-changelog", TOPIC, "elsewhere", TOPIC),
                                    Map.of("app-by-repartition", TOPIC))),
                    List.of(),
                    GroupState.EMPTY,
                    Node.noNode(),
                    Set.of(),
                    Optional.empty(),
                    StreamsGroupTopologyDescriptionStatus.NOT_REQUESTED,
                    Optional.empty());

    private static StreamsGroupMemberDescription member(TaskIds... tasks) {
        var assignment = new StreamsGroupMemberAssignment(List.of(tasks), List.of(), List.of());
        return new StreamsGroupMemberDescription(
                "m",
                3,
                Optional.empty(),
                Optional.empty(),
                "client",
                "/host",
                0,
                "process",
                Optional.empty(),
                Map.of(),
                List.of(),
                List.of(),
                assignment,
                assignment,
                false);
    }

    @Test
    void aTaskReadsThePartitionsOfItsSubtopologysTopics() {
        var member = member(new TaskIds("1", List.of(1)), new TaskIds("0", List.of(0, 1)));
        assertEquals(
                List.of(
                        new TopicPartition("app-by-repartition", 1),
                        new TopicPartition("in", 0),
                        new TopicPartition("in", 1)),
                List.copyOf(StreamsGroups.partitions(GROUP, member)));
    }

    @Test
    void onlyWhatIsNamedAsItsOwnIsTakenForIts() {
        assertEquals(
                Set.of("app-by-repartition", "app-count-changelog"),
                StreamsGroups.internalTopics(GROUP, true));
        assertEquals(Set.of("elsewhere"), StreamsGroups.internalTopics(GROUP, false));
    }

    @ParameterizedTest
    @CsvSource({
        "app-store-changelog, true",
        "app-x-repartition, true",
        "app-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000007-topic, true",
        "app-k-subscription-response-topic, true",
        "app-orders, false",
        "application-store-changelog, false",
        "app-changelog-of-mine, false"
    })
    void namesOfInternalTopics(String topic, boolean internal) {
        assertEquals(internal, StreamsGroups.isNamedInternal(topic, "app"));
    }
}
