package dev.millrace.cli.placement;

import static dev.millrace.cli.cluster.Connection.await;
import static dev.millrace.cli.cluster.Connection.there;

import dev.millrace.cli.cluster.Balancing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Keeps moves below a rate, with the settings that Kafka's own tools use: `leader.replication.throttled.rate` and its follower's on
/// every broker that sends or receives, and `leader.replication.throttled.replicas` and its follower's on the topics.
///
/// Set before the first move, taken away after the last, or when a signal ends the process. Who is killed in between leaves them; the next run that has a rate sets them
/// anew, and takes them away. The cluster's own balancing uses the same settings: what it needs stays, or comes back.
public final class Throttle implements AutoCloseable {
    private static final String LEADER_RATE = "leader.replication.throttled.rate";
    private static final String FOLLOWER_RATE = "follower.replication.throttled.rate";
    private static final String LEADER_REPLICAS = "leader.replication.throttled.replicas";
    private static final String FOLLOWER_REPLICAS = "follower.replication.throttled.replicas";

    private static final int END_MS = 10_000;

    private final Admin admin;
    private final Consumer<String> say;

    /// The rates that were set, and the replicas that were named beside those named already.
    private final Map<ConfigResource, Map<String, String>> set = new HashMap<>();

    private final AtomicBoolean ended = new AtomicBoolean();
    private final Thread onSignal = Thread.ofPlatform().name("unthrottle").unstarted(this::end);

    private Throttle(Admin admin, Consumer<String> say) {
        this.admin = admin;
        this.say = say;
    }

    /// @param up the brokers that are up: the others can be told nothing, and send nothing
    /// @param bytesPerSecond for each broker
    /// @param say takes a line about what could not be taken away
    public static Throttle begin(
            Admin admin,
            Collection<Move> moves,
            Collection<Integer> up,
            long bytesPerSecond,
            Consumer<String> say) {
        var throttle = new Throttle(admin, say);
        throttle.add(settings(moves, up, bytesPerSecond));
        Runtime.getRuntime().addShutdownHook(throttle.onSignal);
        boolean begun = false;
        try {
            throttle.change();
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

    /// Of what is wanted, that which is not set yet. A topic that is not there any more needs nothing.
    private void add(Map<ConfigResource, Map<String, String>> wanted) {
        Map<ConfigResource, Config> now = there(admin.describeConfigs(wanted.keySet()).values());
        now.forEach((resource, config) -> {
            var missing = new HashMap<String, String>();
            wanted.getOrDefault(resource, Map.of())
                    .forEach((key, value) -> {
                        String added =
                                isTopic(resource) ? missing(value, value(config, key)) : value;
                        if (!added.isEmpty()) {
                            missing.put(key, added);
                        }
                    });
            set.put(resource, missing);
        });
    }

    /// The replicas in one list that are not in another; in a list that says `*` are all.
    static String missing(String wanted, String now) {
        List<String> there = list(now);
        return there.contains("*")
                ? ""
                : String.join(
                        ",", list(wanted).stream().filter(each -> !there.contains(each)).toList());
    }

    private static List<String> list(String value) {
        return value.isBlank() ? List.of() : List.of(value.strip().split("\\s*,\\s*", -1));
    }

    private static String value(Config config, String key) {
        ConfigEntry entry = config.get(key);
        return entry == null || entry.value() == null ? "" : entry.value();
    }

    private static boolean isTopic(ConfigResource resource) {
        return resource.type() == ConfigResource.Type.TOPIC;
    }

    private void change() {
        var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
        set.forEach((resource, values) -> {
            AlterConfigOp.OpType how =
                    isTopic(resource) ? AlterConfigOp.OpType.APPEND : AlterConfigOp.OpType.SET;
            var ops = new ArrayList<AlterConfigOp>();
            values.forEach((key, value) -> ops.add(op(key, value, how)));
            if (!ops.isEmpty()) {
                changes.put(resource, ops);
            }
        });
        there(admin.incrementalAlterConfigs(changes).values());
    }

    private static AlterConfigOp op(String key, String value, AlterConfigOp.OpType how) {
        return new AlterConfigOp(new ConfigEntry(key, value), how);
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
        Map<Integer, String> balancing = new Balancing(admin).rates();
        var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
        admin.describeConfigs(set.keySet(), new DescribeConfigsOptions().timeoutMs(END_MS))
                .values()
                .forEach((resource, answer) ->
                        taken(
                                resource,
                                () -> {
                                    List<AlterConfigOp> ops =
                                            endings(
                                                    resource,
                                                    set.getOrDefault(resource, Map.of()),
                                                    await(answer),
                                                    balancing);
                                    if (!ops.isEmpty()) {
                                        changes.put(resource, ops);
                                    }
                                }));
        admin.incrementalAlterConfigs(changes, new AlterConfigsOptions().timeoutMs(END_MS))
                .values()
                .forEach((resource, answer) -> taken(resource, () -> await(answer)));
    }

    /// Says so where it is not; what is on a topic that was deleted is gone with it.
    private void taken(ConfigResource resource, Runnable step) {
        try {
            step.run();
        } catch (UnknownTopicOrPartitionException deleted) {
            // as said above
        } catch (KafkaException failed) {
            say.accept(
                    "the throttle of %s %s stays, because it could not be taken away (%s): remove %s from its settings"
                            .formatted(
                                    isTopic(resource) ? "topic" : "broker",
                                    resource.name(),
                                    failed.getMessage(),
                                    String.join(
                                            " and ",
                                            new TreeMap<>(set.getOrDefault(resource, Map.of()))
                                                    .keySet())));
        }
    }

    /// What takes settings of ours away: those that somebody has changed since stay, and where the cluster's own balancing copies, its
    /// rate comes back.
    ///
    /// @param balancing its rates, by broker
    static List<AlterConfigOp> endings(
            ConfigResource resource,
            Map<String, String> ours,
            Config now,
            Map<Integer, String> balancing) {
        var ops = new ArrayList<AlterConfigOp>();
        new TreeMap<>(ours)
                .forEach((key, value) -> {
                    String current = value(now, key);
                    if (isTopic(resource)) {
                        List<String> left = new ArrayList<>(list(current));
                        boolean some = left.removeAll(list(value));
                        if (some) {
                            ops.add(
                                    left.isEmpty()
                                            ? op(key, "", AlterConfigOp.OpType.DELETE)
                                            : op(key, value, AlterConfigOp.OpType.SUBTRACT));
                        }
                    } else if (current.equals(value)) {
                        String its = balancing.get(Integer.valueOf(resource.name()));
                        ops.add(
                                its == null
                                        ? op(key, "", AlterConfigOp.OpType.DELETE)
                                        : op(key, its, AlterConfigOp.OpType.SET));
                    }
                });
        return ops;
    }
}
