package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.invariant.ClusterRules;
import dev.millrace.simulator.workload.ClusterBrokers;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.ClusterOptions;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import dev.millrace.simulator.world.SimWorld;
import dev.millrace.simulator.world.Tale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A broker that is told to stop leads on until others do, and waits for no heartbeat of theirs: virtual time tells how long.
class CleanStopTest {
    private static final long SECOND = 1_000_000_000;
    private static final String HEARTBEATS_EVERY_MS = "20000";
    private static final long WITHIN_MS = 60_000;

    private final SimWorld world = new SimWorld(1);
    private final ClusterRules rules = new ClusterRules();
    private final SimCluster cluster =
            new SimCluster(world, options(), new Tale(world, false), rules);
    private final ClusterBrokers admin = new ClusterBrokers(cluster, 100);

    @Test
    void needsNoHeartbeatOfOthersInTheirInterval() {
        rules.watch(cluster);
        cluster.machines().forEach(SimMachine::start);
        await(this::allAreReady);
        admin.ask(
                ApiKeys.CREATE_TOPICS,
                7,
                Requests.createTopic(Requests.TOPIC, 3, 3, Map.of()),
                _ -> {});
        await(() -> topic() != null);
        SimMachine leader = leader();

        long began = world.nowNs();
        leader.stopCleanly(WITHIN_MS);
        await(() -> !leader.runs());

        assertTrue(
                world.nowNs() - began < SECOND,
                () -> "it took " + (world.nowNs() - began) / 1_000_000 + " ms");
        assertTrue(leaderId() != leader.id(), "another one leads");
        assertNull(cluster.violation());
    }

    private static ClusterOptions options() {
        return new ClusterOptions(
                3,
                1,
                false,
                false,
                3,
                2,
                "ack",
                3,
                0,
                0,
                0,
                0,
                0,
                0,
                Set.of(),
                Map.of(
                        "broker.heartbeat.interval.ms",
                        HEARTBEATS_EVERY_MS,
                        "broker.session.timeout.ms",
                        "90000"),
                Map.of());
    }

    private boolean allAreReady() {
        return cluster.activeController() != null
                && cluster.brokers().stream().allMatch(SimMachine::isReady);
    }

    private MetadataImage image() {
        return Objects.requireNonNull(Objects.requireNonNull(cluster.activeController()).image());
    }

    private @Nullable TopicImage topic() {
        return image().topics().byName(Requests.TOPIC);
    }

    private int leaderId() {
        return Objects.requireNonNull(topic()).partitions().getFirst().leader();
    }

    private SimMachine leader() {
        int id = leaderId();
        return cluster.brokers().stream().filter(each -> each.id() == id).findFirst().orElseThrow();
    }

    private void await(BooleanSupplier done) {
        long end = world.nowNs() + 120 * SECOND;
        while (!done.getAsBoolean()) {
            assertTrue(world.nowNs() < end && world.step(), "it comes");
        }
        assertEquals(null, cluster.violation());
    }
}
