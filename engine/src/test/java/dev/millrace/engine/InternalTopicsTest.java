package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The topics of the coordinators, in a cluster whose brokers come up one after the other.
final class InternalTopicsTest {
    private static final Map<CoordinatorType, String> TOPICS =
            Map.of(
                    CoordinatorType.GROUP, Topic.GROUP_METADATA_TOPIC_NAME,
                    CoordinatorType.TRANSACTION, Topic.TRANSACTION_STATE_TOPIC_NAME);

    private static LoneVoter voter(Map<String, String> file) throws IOException {
        var settings =
                new TreeMap<>(
                        Map.of(
                                "offsets.topic.num.partitions", "1",
                                "transaction.state.log.num.partitions", "1"));
        settings.putAll(file);
        return new LoneVoter(settings);
    }

    /// Asks the first broker for a coordinator, as clients do: the topic is made then.
    private static Errors ask(LoneVoter voter, CoordinatorType type) {
        var request =
                new FindCoordinatorRequestData()
                        .setKeyType(type.id())
                        .setCoordinatorKeys(List.of("key"));
        var response =
                (FindCoordinatorResponseData)
                        voter.ask(voter.node.router(), ApiKeys.FIND_COORDINATOR, 4, request);
        voter.settle();
        return Errors.forCode(response.coordinators().getFirst().errorCode());
    }

    private static int replicas(LoneVoter voter, CoordinatorType type) {
        var topic = voter.node.image().topics().byName(Objects.requireNonNull(TOPICS.get(type)));
        return topic == null ? 0 : topic.partitions().getFirst().replicas().size();
    }

    /// @param brokers that have registered when the first client asks
    record Case(Map<String, String> file, int brokers, int replicas) {}

    static Stream<Case> cases() {
        var three = Map.of("default.replication.factor", "3");
        var five = Map.of("default.replication.factor", "5");
        var one =
                Map.of(
                        "default.replication.factor", "3",
                        "offsets.topic.replication.factor", "1");
        return Stream.of(
                new Case(Map.of(), 1, 1),
                new Case(Map.of(), 2, 2),
                new Case(Map.of(), 4, 3),
                new Case(Map.of("default.replication.factor", "1"), 3, 3),
                new Case(three, 2, 0),
                new Case(three, 3, 3),
                new Case(five, 3, 3),
                new Case(one, 1, 1));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void haveThreeReplicasOrAsManyAsThereAreBrokersAndNoFewerThanOtherTopics(Case c)
            throws IOException {
        LoneVoter voter = voter(c.file);
        for (int id = 2; id <= c.brokers; id++) {
            voter.join(id);
        }

        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, ask(voter, CoordinatorType.GROUP));
        assertEquals(c.replicas, replicas(voter, CoordinatorType.GROUP));
    }

    /// With one replica for good, the loss of one broker would be the loss of every group's offsets.
    @ParameterizedTest
    @EnumSource(names = {"GROUP", "TRANSACTION"})
    void areNotMadeBeforeThereAreBrokersForTheReplicasOfEveryTopic(CoordinatorType type)
            throws IOException {
        LoneVoter voter = voter(Map.of("default.replication.factor", "3"));
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, ask(voter, type));
        voter.join(2);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, ask(voter, type));
        assertEquals(0, replicas(voter, type));

        voter.join(3);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, ask(voter, type));
        assertEquals(3, replicas(voter, type));
        assertEquals(Errors.NONE, ask(voter, type));
    }
}
