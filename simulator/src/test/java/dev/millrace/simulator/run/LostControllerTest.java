package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import dev.millrace.simulator.world.SimWorld;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The process of the active controller, which is a broker too, ends without a word: neither the quorum's timeout nor the broker's session is
/// waited for. Virtual time tells how long.
class LostControllerTest {
    private static final String MINUTE_MS = "60000";

    private final CalmCluster calm =
            new CalmCluster(
                    3,
                    6,
                    Map.of(
                            "controller.quorum.fetch.timeout.ms",
                            MINUTE_MS,
                            "broker.session.timeout.ms",
                            MINUTE_MS));
    private final SimWorld world = calm.world;
    private final SimCluster cluster = calm.cluster;

    /// The first to follow, and the one who comes after it.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void isReplacedAtOnceWhoeverItIs(int elections) {
        begin();
        for (int i = 0; i < elections; i++) {
            SimMachine before = active();
            before.kill();
            calm.await(() -> anotherLeadsAll(before));
            before.start();
            calm.await(calm::allAreReady);
        }
        SimMachine active = active();
        long began = world.nowNs();
        active.kill();
        calm.await(() -> anotherLeadsAll(active));
        assertTrue(
                world.nowNs() - began < CalmCluster.SECOND,
                () ->
                        String.join("\n", calm.tale.lines())
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
        active.pause(20 * CalmCluster.SECOND);
        long began = world.nowNs();
        calm.await(() -> world.nowNs() - began > 25 * CalmCluster.SECOND);
        assertTrue(active().quorumLeader().epoch() == epoch, "nobody else was elected");
        assertNull(cluster.violation());
    }

    private void begin() {
        calm.start();
        calm.await(() -> cluster.brokers().stream().allMatch(this::knowsTheTopic));
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
}
