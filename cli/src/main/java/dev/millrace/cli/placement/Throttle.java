package dev.millrace.cli.placement;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/// Keeps moves below a rate, with the settings that Kafka's own tools use: `leader.replication.throttled.rate` and its follower's on
/// every broker that sends or receives, and `leader.replication.throttled.replicas` and its follower's on the topics.
///
/// Set before the first move, taken away after the last, or when a signal ends the process. Who is killed in between leaves them; the next run that has a rate sets them
/// anew, and takes them away.
public final class Throttle implements AutoCloseable {
    private static final String LEADER_RATE = "leader.replication.throttled.rate";
    private static final String FOLLOWER_RATE = "follower.replication.throttled.rate";
    private static final String LEADER_REPLICAS = "leader.replication.throttled.replicas";
    private static final String FOLLOWER_REPLICAS = "follower.replication.throttled.replicas";

    private final Admin admin;
    private final Map<ConfigResource, List<String>> set = new HashMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Thread onSignal = Thread.ofPlatform().name("unthrottle").unstarted(this::end);

    private Throttle(Admin admin) {
        this.admin = admin;
    }

    /// @param up the brokers that are up: the others can be told nothing, and send nothing
    /// @param bytesPerSecond for each broker
    public static Throttle begin(
            Admin admin, Collection<Move> moves, Collection<Integer> up, long bytesPerSecond) {
        var throttle = new Throttle(admin);
        Map<ConfigResource, Map<String, String>> settings = settings(moves, up, bytesPerSecond);
        settings.forEach(
                (resource, values) -> throttle.set.put(resource, List.copyOf(values.keySet())));
        Runtime.getRuntime().addShutdownHook(throttle.onSignal);
        boolean begun = false;
        try {
            throttle.change(settings);
            begun = true;
            return throttle;
        } finally {
            if (!begun) {
                throttle.close();
            }
        }
    }

    /// Which settings keep these moves below the rate. Whoever has a replica sends, whoever gets one receives.
    static Map<ConfigResource, Map<String, String>> settings(
            Collection<Move> moves, Collection<Integer> up, long bytesPerSecond) {
        var settings = new HashMap<ConfigResource, Map<String, String>>();
        var senders = new TreeMap<String, List<String>>();
        var receivers = new TreeMap<String, List<String>>();
        Set<Integer> brokers = new HashSet<>();
        for (Move move : moves) {
            if (move.added().isEmpty()) {
                continue;
            }
            String topic = move.partition().topic();
            int partition = move.partition().partition();
            add(senders, topic, partition, move.from());
            add(receivers, topic, partition, move.added());
            brokers.addAll(move.from());
            brokers.addAll(move.to());
        }
        for (String topic : senders.keySet()) {
            settings.put(
                    new ConfigResource(ConfigResource.Type.TOPIC, topic),
                    Map.of(
                            LEADER_REPLICAS,
                            String.join(",", senders.getOrDefault(topic, List.of())),
                            FOLLOWER_REPLICAS,
                            String.join(",", receivers.getOrDefault(topic, List.of()))));
        }
        brokers.retainAll(up);
        String rate = Long.toString(bytesPerSecond);
        for (int broker : brokers) {
            settings.put(
                    new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(broker)),
                    Map.of(LEADER_RATE, rate, FOLLOWER_RATE, rate));
        }
        return settings;
    }

    private static void add(
            Map<String, List<String>> all, String topic, int partition, List<Integer> brokers) {
        List<String> of = all.computeIfAbsent(topic, t -> new ArrayList<>());
        for (int broker : brokers) {
            String replica = partition + ":" + broker;
            if (!of.contains(replica)) {
                of.add(replica);
            }
        }
    }

    private void change(Map<ConfigResource, Map<String, String>> settings) {
        var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
        settings.forEach((resource, values) -> {
            var ops = new ArrayList<AlterConfigOp>();
            values.forEach((key, value) ->
                    ops.add(
                            new AlterConfigOp(
                                    new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
            changes.put(resource, ops);
        });
        await(admin.incrementalAlterConfigs(changes).all());
    }

    /// Takes the settings away.
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException signal) {
            return; // the process ends: the other thread does it
        }
        end();
    }

    private void end() {
        if (ended.getAndSet(true)) {
            return;
        }
        var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
        set.forEach((resource, keys) -> changes.put(resource, deletions(keys)));
        await(admin.incrementalAlterConfigs(changes).all());
    }

    private static List<AlterConfigOp> deletions(List<String> keys) {
        return keys.stream()
                .map(key ->
                        new AlterConfigOp(new ConfigEntry(key, ""), AlterConfigOp.OpType.DELETE))
                .toList();
    }
}
