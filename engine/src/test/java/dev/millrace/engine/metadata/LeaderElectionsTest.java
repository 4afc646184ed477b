package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.api.IncrementalAlterConfigsHandler;
import dev.millrace.engine.testing.Contexts;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What follows for a partition on brokers 1, 2, 3 when these come and go, one after the other.
final class LeaderElectionsTest {
    private static final ClusterDefaults DEFAULTS = ClusterDefaults.of(1, Map.of());

    private final TestMetadata test = TestMetadata.withBrokers(1, 2, 3);
    private final Uuid topic = test.topic("t", 1, 1, 2, 3).id();

    /// @param steps what happens, by word and broker
    /// @param want leader, in-sync set, eligible leaders, last known leader, and whether the leader recovers
    record Case(int minInSync, String steps, String want) {}

    static Stream<Case> cases() {
        return Stream.of(
                new Case(1, "fence 1", "2 [2, 3] [] []"),
                new Case(1, "fence 3", "1 [1, 2] [] []"),
                new Case(1, "fence 3, fence 2", "1 [1] [] []"),
                new Case(2, "fence 3, fence 2", "1 [1] [2] []"),
                new Case(2, "fence 3, fence 2, fence 1", "-1 [] [1, 2] [1]"),
                new Case(2, "fence 3, fence 2, fence 1, unfence 3", "-1 [] [1, 2] [1]"),
                new Case(2, "fence 3, fence 2, fence 1, unfence 2", "2 [2] [1] []"),
                new Case(1, "fence 3, fence 2, fence 1, unfence 2", "-1 [] [1] [1]"),
                new Case(1, "fence 3, fence 2, fence 1, unfence 1", "1 [1] [] []"),
                new Case(2, "stop 1", "2 [2, 3] [] []"),
                new Case(2, "stop 1, stop 2", "3 [3] [2] []"),
                new Case(2, "fence 3, fence 2, clean 2", "1 [1] [2] []"),
                new Case(2, "fence 3, fence 2, crash 2", "1 [1] [] []"),
                new Case(1, "crash 1", "2 [2, 3] [] []"),
                new Case(2, "fence 3, fence 2, fence 1, crash 1, crash 2", "-1 [] [] [1]"),
                new Case(
                        2,
                        "fence 3, fence 2, fence 1, crash 1, crash 2, unfence 2",
                        "-1 [] [] [1]"),
                new Case(
                        2,
                        "fence 3, fence 2, fence 1, crash 1, crash 2, unfence 1",
                        "1 [1] [] [] recovering"),
                new Case(
                        2,
                        "fence 3, fence 2, fence 1, unfence 3, unclean",
                        "3 [3] [] [] recovering"),
                new Case(2, "fence 3, fence 2, unclean", "1 [1] [2] []"),
                new Case(2, "forget 1", "2 [2, 3] [] []"),
                new Case(2, "forget 3, forget 1", "2 [2] [1] []"),
                new Case(2, "lose 1", "2 [2, 3] [] []"),
                new Case(2, "fence 3, fence 2, minimum 1", "1 [1] [] []"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void follows(Case c) {
        set("min.insync.replicas", "" + c.minInSync);
        for (String step : c.steps.split(", ", -1)) {
            String[] words = step.split(" ", -1);
            step(words[0], words.length > 1 ? Integer.parseInt(words[1]) : 0);
        }
        PartitionImage p = partition();
        assertEquals(
                c.want,
                p.leader()
                        + " "
                        + p.isr()
                        + " "
                        + p.eligibleLeaders()
                        + " "
                        + p.lastKnownEligibleLeaders()
                        + (p.recovering() ? " recovering" : ""));
    }

    private void step(String word, int id) {
        switch (word) {
            case "fence" ->
                    test.controller.submit(i -> BrokerLifeDecisions.fence(i, id, epoch(id)));
            case "unfence" -> beat(heartbeat(id));
            case "stop" -> {
                beat(heartbeat(id).setWantShutDown(true));
                beat(heartbeat(id).setWantShutDown(true));
            }
            case "clean" -> register(id, epoch(id));
            case "crash" -> register(id, -1);
            case "forget" -> test.controller.submit(i -> BrokerDecisions.unregister(i, id));
            case "lose" -> beat(heartbeat(id).setOfflineLogDirs(List.of(new Uuid(8, id))));
            case "minimum" -> set("min.insync.replicas", "" + id);
            default -> {
                set("unclean.leader.election.enable", "true");
                test.controller.submit(i -> LeaderElections.unclean(i, DEFAULTS, 10));
            }
        }
    }

    private void set(String key, String value) {
        alter(changed(ConfigResource.Type.TOPIC, "t", OpType.SET, key, value));
    }

    private void alter(AlterConfigsResource... resources) {
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().addAll(List.of(resources));
        new IncrementalAlterConfigsHandler(test.controller, DEFAULTS)
                .handle(Contexts.of(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1), request);
    }

    private static AlterConfigsResource changed(
            ConfigResource.Type type,
            String name,
            OpType operation,
            String key,
            @Nullable String value) {
        var resource = new AlterConfigsResource().setResourceType(type.id()).setResourceName(name);
        resource.configs()
                .add(
                        new AlterableConfig()
                                .setName(key)
                                .setConfigOperation(operation.id())
                                .setValue(value));
        return resource;
    }

    /// Each alone leaves two as the minimum: the topic's own, or that of all brokers.
    @Test
    void theMinimumIsCountedAfterAllChangesOfARequest() {
        String key = "min.insync.replicas";
        alter(changed(ConfigResource.Type.BROKER, "", OpType.SET, key, "2"));
        set(key, "2");
        step("fence", 3);
        step("fence", 2);
        assertEquals(List.of(2), partition().eligibleLeaders());

        alter(
                changed(ConfigResource.Type.BROKER, "", OpType.SET, key, "1"),
                changed(ConfigResource.Type.TOPIC, "t", OpType.DELETE, key, null));

        assertEquals(List.of(1), partition().isr());
        assertEquals(List.of(), partition().eligibleLeaders(), "R3");
    }

    private void register(int id, long previousEpoch) {
        var request =
                new BrokerRegistrationRequestData()
                        .setBrokerId(id)
                        .setIncarnationId(new Uuid(6, test.image().offset()))
                        .setPreviousBrokerEpoch(previousEpoch)
                        .setLogDirs(List.of(new Uuid(8, id)));
        SupportedFeatures.RANGES.forEach((name, range) ->
                request.features()
                        .add(
                                new BrokerRegistrationRequestData.Feature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        test.controller.submit(image -> BrokerLifeDecisions.register(image, request, false, true));
    }

    private BrokerHeartbeatRequestData heartbeat(int id) {
        return new BrokerHeartbeatRequestData()
                .setBrokerId(id)
                .setBrokerEpoch(epoch(id))
                .setWantFence(false)
                .setCurrentMetadataOffset(test.image().offset());
    }

    private void beat(BrokerHeartbeatRequestData request) {
        test.controller.submit(image -> BrokerLifeDecisions.heartbeat(image, request, true));
    }

    private long epoch(int id) {
        return Objects.requireNonNull(test.image().cluster().broker(id)).epoch();
    }

    private PartitionImage partition() {
        return Objects.requireNonNull(test.image().topics().byId(topic)).partitions().getFirst();
    }

    /// As Kafka's definitions do; the value stays as it was written.
    @Test
    void blanksAroundAValueDoNotCount() {
        set("min.insync.replicas", "\t2 ");
        step("fence", 3);
        step("fence", 2);
        assertEquals(List.of(2), partition().eligibleLeaders());
        step("fence", 1);
        step("crash", 1);
        step("crash", 2);
        step("unfence", 3);
        assertEquals(PartitionImage.NO_LEADER, partition().leader());
        set("unclean.leader.election.enable", " true");
        test.controller.submit(i -> LeaderElections.unclean(i, DEFAULTS, 10));
        assertEquals(3, partition().leader());
    }

    @Test
    void aPreferredLeaderGetsBackWhatIsMoreThanItsShare() {
        test.topic("two", 10, 1, 2);
        PartitionImage all = partition();
        step("fence", 1);
        step("unfence", 1);
        assertEquals(0, balance(10), "not in sync yet");
        test.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic)
                                .setPartitionId(0)
                                .setIsr(all.isr()),
                        2));
        assertEquals(0, balance(100), "none is above all of its partitions");
        assertEquals(1, balance(10));
        assertEquals(1, partition().leader());
        assertEquals(0, balance(10), "one of eleven is left where it is");
    }

    private int balance(int tolerated) {
        return test.controller
                .submit(image -> LeaderElections.balance(image, tolerated, 10))
                .toCompletableFuture()
                .join();
    }
}
