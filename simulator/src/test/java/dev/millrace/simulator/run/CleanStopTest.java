package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.SimMachine;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A broker that is told to stop leads on until others do, and waits for no heartbeat of theirs: virtual time tells how long.
class CleanStopTest {
    private static final String HEARTBEATS_EVERY_MS = "20000";
    private static final long WITHIN_MS = 60_000;

    private @Nullable CalmCluster started;

    @Test
    void needsNoHeartbeatOfOthersInTheirInterval() {
        start("true");
        SimMachine leader = stopLeader();
        assertNotEquals(leader.id(), leaderId(), "another one leads");
        assertNull(calm().cluster.violation());
    }

    /// `controlled.shutdown.enable=false`: nobody takes over while it still answers, so that no client is sent to another leader.
    @Test
    void goesWithoutLeaveWhereNoneIsWanted() {
        start("false");
        SimMachine leader = stopLeader();
        assertEquals(leader.id(), leaderId(), "it was asked for by nobody");
        calm().await(() -> leaderId() != leader.id());
        assertNull(calm().cluster.violation());
    }

    /// Of three, all stopped: the one that stopped before the last is eligible, has lost nothing, says so, and leads (KIP-966).
    @Test
    void whoHasStoppedCleanlyLeadsAgain() {
        start("true");
        stopLeader();
        SimMachine eligible = stopLeader();
        stopLeader();
        calm().await(() -> leaderId() < 0);

        eligible.start();

        calm().await(() -> leaderId() == eligible.id());
        assertNull(calm().cluster.violation());
    }

    /// What a crash has taken is told by the next registration; who stops after it, ready or not, has lost nothing since. Whoever stops
    /// before it has told nobody.
    @Test
    void aCrashIsToldOfByTheNextRegistration() {
        start("true");
        SimMachine machine = leader();
        machine.losePower(0);
        machine.start();
        machine.stopCleanly(0);
        calm().await(() -> !machine.runs());
        assertTrue(machine.hasCrashed(), "stopped before it was registered");

        machine.start();
        calm().await(() ->
                machine.runs() && machine.isNamedBy(Objects.requireNonNull(machine.image())));
        assertFalse(machine.isReady());
        machine.stopCleanly(0);
        calm().await(() -> !machine.runs());
        assertFalse(machine.hasCrashed(), "stopped as the broker that has told of it");
    }

    private void start(String takesLeave) {
        started =
                new CalmCluster(
                        1,
                        3,
                        Map.of(
                                "broker.heartbeat.interval.ms",
                                HEARTBEATS_EVERY_MS,
                                "broker.session.timeout.ms",
                                "90000",
                                "controlled.shutdown.enable",
                                takesLeave,
                                "min.insync.replicas",
                                "2"));
        calm().start();
        calm().await(() -> topic() != null);
    }

    private SimMachine stopLeader() {
        SimMachine leader = leader();
        long began = calm().world.nowNs();
        leader.stopCleanly(WITHIN_MS);
        calm().await(() -> !leader.runs());
        long tookNs = calm().world.nowNs() - began;
        assertTrue(tookNs < CalmCluster.SECOND, () -> "it took " + tookNs / 1_000_000 + " ms");
        return leader;
    }

    private CalmCluster calm() {
        return Objects.requireNonNull(started);
    }

    private MetadataImage image() {
        return Objects.requireNonNull(
                Objects.requireNonNull(calm().cluster.activeController()).image());
    }

    private @Nullable TopicImage topic() {
        return image().topics().byName(Requests.TOPIC);
    }

    private int leaderId() {
        return Objects.requireNonNull(topic()).partitions().getFirst().leader();
    }

    private SimMachine leader() {
        int id = leaderId();
        return calm().cluster.brokers().stream()
                .filter(each -> each.id() == id)
                .findFirst()
                .orElseThrow();
    }
}
