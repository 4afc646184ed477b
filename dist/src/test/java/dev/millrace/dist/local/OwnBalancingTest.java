package dev.millrace.dist.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A cluster that nobody balances: real brokers that ask each other over sockets what they bear.
@Timeout(value = 240, unit = TimeUnit.SECONDS)
final class OwnBalancingTest {
    private final Verbs verbs = new Verbs();

    private String run(LocalCluster cluster, String... words) {
        var all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(words));
        assertEquals(0, verbs.run(cluster, "", all), verbs::err);
        return verbs.out();
    }

    @Test
    void aBrokerWithNothingGetsItsShareAndSomebodySaysWhy() throws Exception {
        Settings settings =
                Settings.NONE
                        .with("listeners", "PLAINTEXT://localhost:0")
                        .with("millrace.balance.interval.ms", "1000")
                        .with("millrace.balance.partitions.at.once", "20");
        try (var cluster = Verbs.cluster(settings, 4);
                var admin =
                        Admin.create(
                                Map.of("bootstrap.servers", cluster.plan().bootstrapServers()))) {
            var assignment = new TreeMap<Integer, List<Integer>>();
            for (int partition = 0; partition < 12; partition++) {
                assignment.put(partition, List.of(1 + partition % 3, 1 + (partition + 1) % 3));
            }
            admin.createTopics(List.of(new NewTopic("t", assignment))).all().get();
            while (replicasOf(admin, 4) < 5) {
                Thread.sleep(100); // each broker hears of it in its time
            }
            String explained = run(cluster, "rebalance", "--explain");
            while (!explained.contains(" goes from [")) {
                Thread.sleep(100); // another controller may have been elected meanwhile
                explained = run(cluster, "rebalance", "--explain");
            }
            assertTrue(explained.contains("4 bears "), explained);
            assertTrue(explained.contains("the cluster balances by itself: on"), explained);

            assertEquals(
                    "the cluster balances by itself: off\n", run(cluster, "rebalance", "--off"));
            while (!run(cluster, "rebalance", "--explain").contains("off; ")) {
                Thread.sleep(100); // until the active controller has heard of it
            }
        }
    }

    private static long replicasOf(Admin admin, int broker) throws Exception {
        var described = admin.describeTopics(List.of("t")).allTopicNames().get().get("t");
        return Objects.requireNonNull(described).partitions().stream()
                .flatMap(partition -> partition.replicas().stream())
                .filter(node -> node.id() == broker)
                .count();
    }
}
