package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.invariant.ClusterRules;
import dev.millrace.simulator.workload.ClusterBrokers;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.ClusterOptions;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import dev.millrace.simulator.world.SimWorld;
import dev.millrace.simulator.world.Tale;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The process of the active controller, which is a broker too, ends without a word: neither the quorum's timeout nor the broker's session is
/// waited for. Virtual time tells how long.
class LostControllerTest {
    private static final long SECOND = 1_000_000_000;
    private static final String MINUTE_MS = "60000";

    private final SimWorld world = new SimWorld(1);
    private final Tale tale = new Tale(world, true);
    private final ClusterRules rules = new ClusterRules();
    private final SimCluster cluster = new SimCluster(world, options(), tale, rules);
    private final ClusterBrokers admin = new ClusterBrokers(cluster, 100);

    /// The first to follow, and the one who comes after it.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void isReplacedAtOnceWhoeverItIs(int elections) {
        begin();
        for (int i = 0; i < elections; i++) {
            SimMachine before = active();
            before.kill();
            await(() -> anotherLeadsAll(before));
            before.start();
            await(this::allAreReady);
        }
        SimMachine active = active();
        long began = world.nowNs();
        active.kill();
        await(() -> anotherLeadsAll(active));
        assertTrue(
                world.nowNs() - began < SECOND,
                () ->
                        String.join("\n", tale.lines())
                                + "\nit took "
                                + (world.nowNs() - began) / 1_000_000
                                + " ms");
        assertNull(cluster.violation());
    }

    /// A process that stands still has not ended: its silence counts, as ever.
    @Test
    void isWaitedForWhereItIsOnlySilent() {
        begin();
        SimMachine active = active();
        int epoch = active.quorumLeader().epoch();
        active.pause(20 * SECOND);
        long began = world.nowNs();
        await(() -> world.nowNs() - began > 25 * SECOND);
        assertTrue(active().quorumLeader().epoch() == epoch, "nobody else was elected");
        assertNull(cluster.violation());
    }

    private void begin() {
        rules.watch(cluster);
        cluster.machines().forEach(SimMachine::start);
        await(this::allAreReady);
        admin.ask(
                ApiKeys.CREATE_TOPICS,
                7,
                Requests.createTopic(Requests.TOPIC, 6, 3, Map.of()),
                _ -> {});
        await(() -> cluster.brokers().stream().allMatch(this::knowsTheTopic));
    }

    private static ClusterOptions options() {
        return new ClusterOptions(
                3,
                3,
                true,
                false,
                3,
                2,
                "ack",
                6,
                0,
                0,
                0,
                0,
                0,
                0,
                Set.of(),
                Map.of(
                        "controller.quorum.fetch.timeout.ms",
                        MINUTE_MS,
                        "broker.session.timeout.ms",
                        MINUTE_MS),
                Map.of());
    }

    private boolean allAreReady() {
        return cluster.activeController() != null
                && cluster.brokers().stream().allMatch(SimMachine::isReady);
    }

    private SimMachine active() {
        return Objects.requireNonNull(cluster.activeController());
    }

    private boolean knowsTheTopic(SimMachine machine) {
        MetadataImage image = machine.image();
        return image != null && image.topics().byName(Requests.TOPIC) != null;
    }

    private boolean anotherLeadsAll(SimMachine ended) {
        SimMachine now = cluster.activeController();
        return now != null
                && now != ended
                && partitions(Objects.requireNonNull(now.image())).stream()
                        .allMatch(each -> each.leader() >= 0 && each.leader() != ended.id());
    }

    private static List<PartitionImage> partitions(MetadataImage image) {
        TopicImage topic = Objects.requireNonNull(image.topics().byName(Requests.TOPIC));
        return topic.partitions();
    }

    private void await(BooleanSupplier done) {
        long end = world.nowNs() + 120 * SECOND;
        while (!done.getAsBoolean()) {
            assertTrue(world.nowNs() < end && world.step(), "it comes");
        }
        assertNull(cluster.violation());
    }
}
