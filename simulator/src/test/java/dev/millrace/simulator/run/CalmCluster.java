package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.invariant.ClusterRules;
import dev.millrace.simulator.workload.ClusterBrokers;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.ClusterOptions;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import dev.millrace.simulator.world.SimWorld;
import dev.millrace.simulator.world.Tale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.protocol.ApiKeys;

/// Three brokers on a network without faults, with the rules on: for tests that do one thing to them and ask virtual time how long it took.
final class CalmCluster {
    static final long SECOND = 1_000_000_000;

    final SimWorld world = new SimWorld(1);
    final Tale tale = new Tale(world, true);
    final SimCluster cluster;
    private final ClusterRules rules = new ClusterRules();
    private final ClusterBrokers admin;
    private final int partitions;

    /// @param controllers 1 apart from the brokers, or 3 of their own processes
    /// @param partitions of the topic
    CalmCluster(int controllers, int partitions, Map<String, String> settings) {
        this.partitions = partitions;
        var options =
                new ClusterOptions(
                        3,
                        controllers,
                        controllers > 1,
                        false,
                        3,
                        2,
                        "ack",
                        partitions,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        1,
                        Set.of(),
                        settings,
                        Map.of());
        this.cluster = new SimCluster(world, options, tale, rules);
        this.admin = new ClusterBrokers(cluster, 100);
    }

    /// Starts everybody, and asks for the topic, with three replicas.
    void start() {
        rules.watch(cluster);
        cluster.machines().forEach(SimMachine::start);
        await(this::allAreReady);
        admin.ask(
                ApiKeys.CREATE_TOPICS,
                7,
                Requests.createTopic(Requests.TOPIC, partitions, 3, Map.of()),
                _ -> {});
    }

    boolean allAreReady() {
        return cluster.activeController() != null
                && cluster.brokers().stream().allMatch(SimMachine::isReady);
    }

    void await(BooleanSupplier done) {
        long end = world.nowNs() + 120 * SECOND;
        while (!done.getAsBoolean()) {
            assertTrue(world.nowNs() < end && world.step(), "it comes");
        }
        assertNull(cluster.violation());
    }
}
