package dev.millrace.broker;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/// A controller and the brokers 1, 2 and 3 in this process, each a node of its own with its own ports and folders.
final class ThreeBrokers implements AutoCloseable {
    static final List<Integer> IDS = List.of(1, 2, 3);
    private static final int CONTROLLER = 3000;

    private final Path folder;
    private final Map<String, String> settings;
    private final Map<Integer, Map<String, String>> ofEach;
    private final Map<Integer, Integer> ports = new HashMap<>();
    private final Map<Integer, Broker> running = new HashMap<>();

    /// @param settings of all of them
    ThreeBrokers(Path folder, Map<String, String> settings) throws Exception {
        this(folder, settings, Map.of());
    }

    /// @param ofEach settings of single ones, by id
    ThreeBrokers(
            Path folder, Map<String, String> settings, Map<Integer, Map<String, String>> ofEach)
            throws Exception {
        this.folder = folder;
        this.settings = settings;
        this.ofEach = ofEach;
        ports.put(CONTROLLER, FreePort.find());
        for (int id : IDS) {
            ports.put(id, FreePort.find());
        }
        running.put(CONTROLLER, node(CONTROLLER, "controller", "CONTROLLER"));
        for (int id : IDS) {
            start(id);
        }
    }

    void start(int id) throws Exception {
        running.put(id, node(id, "broker", "PLAINTEXT"));
    }

    /// A clean stop.
    void stop(int id) {
        Objects.requireNonNull(running.remove(id), "it runs").stop();
    }

    private Broker node(int id, String role, String listener) throws Exception {
        var own =
                new TreeMap<>(
                        Map.of(
                                "process.roles",
                                role,
                                "node.id",
                                Integer.toString(id),
                                "listeners",
                                listener + "://127.0.0.1:" + ports.get(id),
                                "log.dirs",
                                folder.resolve("node" + id).toString(),
                                "controller.quorum.voters",
                                CONTROLLER + "@127.0.0.1:" + ports.get(CONTROLLER),
                                "controller.listener.names",
                                "CONTROLLER",
                                "millrace.http.listener",
                                "",
                                "broker.session.timeout.ms",
                                "3000",
                                "broker.heartbeat.interval.ms",
                                "500"));
        own.putAll(settings);
        own.putAll(ofEach.getOrDefault(id, Map.of()));
        return Broker.start(BrokerConfig.from(Settings.of(own), new ArrayList<>()), false);
    }

    /// How many brokers run.
    int running() {
        return (int) IDS.stream().filter(running::containsKey).count();
    }

    String bootstrap() {
        return IDS.stream()
                .map(id -> "127.0.0.1:" + ports.get(id))
                .collect(Collectors.joining(","));
    }

    Map<String, Object> client() {
        return Map.of(
                "bootstrap.servers", bootstrap(),
                "reconnect.backoff.max.ms", 200,
                "retry.backoff.ms", 20);
    }

    Map<String, Object> client(Map<String, ?> more) {
        Map<String, Object> all = new TreeMap<>(client());
        all.putAll(more);
        return all;
    }

    Admin admin() {
        return Admin.create(client());
    }

    /// A topic whose partitions begin with one leader on each broker.
    ///
    /// @param replicas of each partition
    static void spread(Admin admin, String topic, int replicas) throws Exception {
        Map<Integer, List<Integer>> assignments = new TreeMap<>();
        for (int partition = 0; partition < IDS.size(); partition++) {
            var brokers = new ArrayList<Integer>();
            for (int i = 0; i < replicas; i++) {
                brokers.add(IDS.get((partition + i) % IDS.size()));
            }
            assignments.put(partition, brokers);
        }
        admin.createTopics(List.of(new NewTopic(topic, assignments))).all().get();
    }

    @Override
    public void close() {
        IDS.forEach(this::stopIfRunning);
        stopIfRunning(CONTROLLER);
    }

    private void stopIfRunning(int id) {
        if (running.containsKey(id)) {
            stop(id);
        }
    }
}
