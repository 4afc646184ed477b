package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import dev.millrace.simulator.world.SimWorld;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A broker that is told to stop leads on until others do, and waits for no heartbeat of theirs: virtual time tells how long.
class CleanStopTest {
    private static final String HEARTBEATS_EVERY_MS = "20000";
    private static final long WITHIN_MS = 60_000;

    private final CalmCluster calm =
            new CalmCluster(
                    1,
                    3,
                    Map.of(
                            "broker.heartbeat.interval.ms",
                            HEARTBEATS_EVERY_MS,
                            "broker.session.timeout.ms",
                            "90000"));
    private final SimWorld world = calm.world;
    private final SimCluster cluster = calm.cluster;

    @Test
    void needsNoHeartbeatOfOthersInTheirInterval() {
        calm.start();
        calm.await(() -> topic() != null);
        SimMachine leader = leader();

        long began = world.nowNs();
        leader.stopCleanly(WITHIN_MS);
        calm.await(() -> !leader.runs());

        assertTrue(
                world.nowNs() - began < CalmCluster.SECOND,
                () -> "it took " + (world.nowNs() - began) / 1_000_000 + " ms");
        assertTrue(leaderId() != leader.id(), "another one leads");
        assertNull(cluster.violation());
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
}
