package dev.millrace.dist.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Kafka's tools for those who run a cluster, of a cluster of three brokers.
@Timeout(120)
final class OperatorToolsTest {
    @SuppressWarnings("NullAway.Init") // made before all tests
    private static LocalCluster cluster;

    @SuppressWarnings("NullAway.Init") // made before all tests
    private static Admin admin;

    private final Verbs verbs = new Verbs();

    @BeforeAll
    static void start() throws Exception {
        cluster = Verbs.cluster(Settings.NONE.with("listeners", "PLAINTEXT://localhost:0"), 3);
        admin = Admin.create(Map.of("bootstrap.servers", cluster.plan().bootstrapServers()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    private int run(String tool, String... words) {
        var all = new ArrayList<>(List.of("tool", tool));
        all.addAll(List.of(words));
        return verbs.run(cluster, "", all);
    }

    @Test
    void aReleaseMeansTheLevelsOfAllFeatures() {
        assertEquals(1, run("kafka-features", "upgrade", "--release-version", "4.3", "--dry-run"));
        assertTrue(verbs.out().contains("Can not upgrade metadata.version to 30. "), verbs.out());
        assertTrue(verbs.out().contains("Can not upgrade group.version to 1. "), verbs.out());
        assertEquals(0, run("kafka-features", "describe", "--node-id", "2"), verbs.err());
        assertTrue(
                verbs.out().contains("Feature: group.version                             "),
                verbs.out());
    }
}
