package dev.millrace.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.FreePort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Quorums of three in real processes, which are killed, and Kafka's own Admin client against them.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
final class QuorumProcessesTest {
    @TempDir Path folder;
    private final Map<Integer, NodeProcess> nodes = new TreeMap<>();
    private final Map<Integer, Integer> controllerPorts = new TreeMap<>();
    private final Map<Integer, Integer> brokerPorts = new TreeMap<>();

    @AfterEach
    void end() throws InterruptedException {
        for (NodeProcess node : nodes.values()) {
            node.kill();
        }
    }

    private void plan(Set<Integer> controllers, Set<Integer> brokers) throws Exception {
        for (int id : controllers) {
            controllerPorts.put(id, FreePort.find());
        }
        for (int id : brokers) {
            brokerPorts.put(id, FreePort.find());
        }
        var all = new TreeSet<>(controllers);
        all.addAll(brokers);
        for (int id : all) {
            nodes.put(id, new NodeProcess(folder.resolve("node" + id), settings(id)));
        }
    }

    private Map<String, String> settings(int id) {
        boolean broker = brokerPorts.containsKey(id);
        boolean controller = controllerPorts.containsKey(id);
        String roles =
                Stream.of(broker ? "broker" : "", controller ? "controller" : "")
                        .filter(role -> !role.isEmpty())
                        .collect(Collectors.joining(","));
        String listeners =
                Stream.of(
                                broker ? "PLAINTEXT://127.0.0.1:" + brokerPorts.get(id) : "",
                                controller
                                        ? "CONTROLLER://127.0.0.1:" + controllerPorts.get(id)
                                        : "")
                        .filter(listener -> !listener.isEmpty())
                        .collect(Collectors.joining(","));
        String voters =
                controllerPorts.entrySet().stream()
                        .map(voter -> voter.getKey() + "@127.0.0.1:" + voter.getValue())
                        .collect(Collectors.joining(","));
        return new TreeMap<>(
                Map.of(
                        "process.roles",
                        roles,
                        "node.id",
                        Integer.toString(id),
                        "listeners",
                        listeners,
                        "controller.quorum.voters",
                        voters,
                        "controller.listener.names",
                        "CONTROLLER",
                        "broker.session.timeout.ms",
                        "3000",
                        "broker.heartbeat.interval.ms",
                        "500",
                        "millrace.http.listener",
                        ""));
    }

    private Admin admin() {
        return Admin.create(
                Map.of(
                        "bootstrap.servers",
                        brokerPorts.values().stream()
                                .map(port -> "127.0.0.1:" + port)
                                .collect(Collectors.joining(","))));
    }

    /// Until it holds; the test's own time-out is the bound.
    private static void until(Callable<Boolean> holds) throws Exception {
        while (true) {
            try {
                if (holds.call()) {
                    return;
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException)) {
                    throw e;
                }
            }
            Thread.sleep(50);
        }
    }

    private static Set<Integer> brokers(Admin admin) throws Exception {
        return admin.describeCluster().nodes().get().stream()
                .map(Node::id)
                .collect(Collectors.toSet());
    }

    private static int active(Admin admin) throws Exception {
        return admin.describeMetadataQuorum().quorumInfo().get().leaderId();
    }

    private static void create(Admin admin, String topic) throws Exception {
        until(() -> {
            try {
                admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
                return true;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof TopicExistsException) {
                    return true; // the answer to the first request was lost with its controller
                }
                throw e;
            }
        });
    }

    private static Set<String> clusterIds(Path folder, Set<Integer> ids) throws Exception {
        var found = new TreeSet<String>();
        for (int id : ids) {
            var meta = new Properties();
            try (var in =
                    Files.newBufferedReader(
                            folder.resolve("node" + id).resolve("data/meta.properties"))) {
                meta.load(in);
            }
            found.add(meta.getProperty("cluster.id"));
        }
        return found;
    }

    private void startAll() throws Exception {
        for (NodeProcess node : nodes.values()) {
            node.start();
        }
    }

    private void untilAllAreThere(Admin admin) throws Exception {
        until(() -> brokers(admin).equals(brokerPorts.keySet()));
    }

    /// A broker that is no active controller hears of a topic a moment after who has made it.
    private static void untilThereAre(Admin admin, Set<String> topics) throws Exception {
        until(() -> admin.listTopics().names().get().equals(topics));
    }

    private void killTheActiveController(Admin admin) throws Exception {
        untilAllAreThere(admin);
        assertEquals(1, clusterIds(folder, nodes.keySet()).size());
        create(admin, "before");
        int killed = active(admin);
        node(killed).kill();
        create(admin, "one-is-gone");
        assertTrue(active(admin) != killed);
        node(killed).start();
        untilAllAreThere(admin);
    }

    private NodeProcess node(int id) {
        return java.util.Objects.requireNonNull(nodes.get(id));
    }

    @Test
    void controllersApart() throws Exception {
        plan(Set.of(1, 2, 3), Set.of(11));
        startAll();
        try (Admin admin = admin()) {
            killTheActiveController(admin);
            untilThereAre(admin, Set.of("before", "one-is-gone"));
        }
    }

    @Test
    void brokersThatAreControllers() throws Exception {
        plan(Set.of(1, 2, 3), Set.of(1, 2, 3));
        startAll();
        try (Admin admin = admin()) {
            killTheActiveController(admin);
            int stopped = active(admin);
            assertTrue(node(stopped).stop());
            create(admin, "another-is-gone");
            for (NodeProcess node : nodes.values()) {
                node.kill();
            }
            startAll();
            untilAllAreThere(admin);
            untilThereAre(admin, Set.of("before", "one-is-gone", "another-is-gone"));
        }
    }
}
