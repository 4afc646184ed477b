package dev.millrace.engine.metadata;

import dev.millrace.engine.metadata.BalanceDecisions.Target;
import dev.millrace.engine.metadata.config.BalanceKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// Keeps what balancing copies below a rate, with the settings that Kafka's own tools use for that: rates of brokers, and lists of
/// replicas of topics.
///
/// What was set is noted in a setting of its own, `millrace.balance.throttled`, in the same batch (M6), so that the next controller takes
/// away what this one has set. A rate that somebody else has set for a broker is left as it is, before and meanwhile.
///
/// ```
/// millrace.balance.throttled = 1=20000000,3=20000000,orders:7        our rates of brokers, partitions whose replicas we have named
/// ```
/// A broker without a rate was noted by an older version: its rates are taken away whatever they are.
final class BalanceThrottle {
    static final String LEADER_RATE = "leader.replication.throttled.rate";
    static final String FOLLOWER_RATE = "follower.replication.throttled.rate";
    static final String LEADER_REPLICAS = "leader.replication.throttled.replicas";
    static final String FOLLOWER_REPLICAS = "follower.replication.throttled.replicas";
    private static final List<String> EVERY_REPLICA = List.of("*");
    private static final ConfigResource ALL = new ConfigResource(ConfigResource.Type.BROKER, "");

    private BalanceThrottle() {}

    /// Sets it for moves that copy something.
    static void begin(
            MetadataImage image,
            List<Target> copies,
            long bytesPerSecond,
            List<ApiMessageAndVersion> records) {
        var noted = new TreeSet<>(list(image, ALL, BalanceKeys.THROTTLED));
        var brokers = new TreeSet<Integer>();
        var senders = new TreeMap<String, List<String>>();
        var receivers = new TreeMap<String, List<String>>();
        for (Target copy : copies) {
            String topic = copy.partition().topic();
            int partition = copy.partition().partition();
            List<Integer> added = new ArrayList<>(copy.to());
            added.removeAll(copy.from());
            name(image, topic, LEADER_REPLICAS, partition, copy.from(), senders);
            name(image, topic, FOLLOWER_REPLICAS, partition, added, receivers);
            brokers.addAll(copy.from());
            brokers.addAll(added);
            noted.add(topic + ":" + partition);
        }
        senders.forEach((topic, list) -> records.add(set(topic(topic), LEADER_REPLICAS, list)));
        receivers.forEach((topic, list) -> records.add(set(topic(topic), FOLLOWER_REPLICAS, list)));
        for (int broker : brokers) {
            Map<String, String> now = image.configs().of(broker(broker));
            if (!now.containsKey(LEADER_RATE) && !now.containsKey(FOLLOWER_RATE)) {
                String rate = Long.toString(bytesPerSecond);
                records.add(set(broker(broker), LEADER_RATE, List.of(rate)));
                records.add(set(broker(broker), FOLLOWER_RATE, List.of(rate)));
                noted.removeIf(each -> ofBroker(each, broker));
                noted.add(broker + "=" + rate);
            }
        }
        records.add(set(ALL, BalanceKeys.THROTTLED, List.copyOf(noted)));
    }

    /// Where a list names every replica (`*`) nothing may stand beside that.
    private static void name(
            MetadataImage image,
            String topic,
            String key,
            int partition,
            List<Integer> brokers,
            Map<String, List<String>> all) {
        List<String> now = list(image, topic(topic), key);
        if (now.equals(EVERY_REPLICA)) {
            return;
        }
        List<String> named = all.computeIfAbsent(topic, _ -> new ArrayList<>(now));
        for (int broker : brokers) {
            String replica = partition + ":" + broker;
            if (!named.contains(replica)) {
                named.add(replica);
            }
        }
    }

    /// Whether something is noted.
    static boolean noted(MetadataImage image) {
        return !list(image, ALL, BalanceKeys.THROTTLED).isEmpty();
    }

    /// Takes away what is noted, once none of the partitions is moving any more.
    static void end(MetadataImage image, List<ApiMessageAndVersion> records) {
        List<String> noted = list(image, ALL, BalanceKeys.THROTTLED);
        var partitions = new TreeMap<String, List<Integer>>();
        for (String each : noted) {
            int colon = each.indexOf(':');
            if (colon > 0) {
                String topic = each.substring(0, colon);
                int partition = Integer.parseInt(each.substring(colon + 1));
                if (moving(image, topic, partition)) {
                    return;
                }
                partitions.computeIfAbsent(topic, _ -> new ArrayList<>()).add(partition);
            }
        }
        partitions.forEach((topic, moved) -> {
            if (image.topics().byName(topic) != null) {
                forget(image, topic, LEADER_REPLICAS, moved, records);
                forget(image, topic, FOLLOWER_REPLICAS, moved, records);
            }
        });
        for (String each : noted) {
            if (each.indexOf(':') < 0) {
                forget(image, each, records);
            }
        }
        if (!noted.isEmpty()) {
            records.add(record(ALL, BalanceKeys.THROTTLED, null));
        }
    }

    private static boolean ofBroker(String noted, int broker) {
        return noted.equals(Integer.toString(broker)) || noted.startsWith(broker + "=");
    }

    /// Rates that are still what is noted.
    private static void forget(
            MetadataImage image, String noted, List<ApiMessageAndVersion> records) {
        String[] parts = noted.split("=", 2);
        ConfigResource broker = broker(Integer.parseInt(parts[0]));
        Map<String, String> now = image.configs().of(broker);
        for (String key : List.of(LEADER_RATE, FOLLOWER_RATE)) {
            String rate = now.get(key);
            if (rate != null && (parts.length == 1 || rate.equals(parts[1]))) {
                records.add(record(broker, key, null));
            }
        }
    }

    private static boolean moving(MetadataImage image, String name, int partition) {
        TopicImage topic = image.topics().byName(name);
        return topic != null
                && partition < topic.partitions().size()
                && ReassignmentDecisions.moving(topic.partitions().get(partition));
    }

    private static void forget(
            MetadataImage image,
            String topic,
            String key,
            List<Integer> partitions,
            List<ApiMessageAndVersion> records) {
        List<String> now = list(image, topic(topic), key);
        List<String> left =
                now.stream()
                        .filter(replica ->
                                partitions.stream().noneMatch(p -> replica.startsWith(p + ":")))
                        .toList();
        if (left.size() < now.size()) {
            records.add(
                    left.isEmpty()
                            ? record(topic(topic), key, null)
                            : set(topic(topic), key, left));
        }
    }

    private static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private static ConfigResource broker(int id) {
        return new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(id));
    }

    private static List<String> list(MetadataImage image, ConfigResource resource, String key) {
        String value = image.configs().of(resource).getOrDefault(key, "").strip();
        return value.isEmpty() ? List.of() : Arrays.asList(value.split("\\s*,\\s*", -1));
    }

    private static ApiMessageAndVersion set(
            ConfigResource resource, String key, List<String> values) {
        return record(resource, key, String.join(",", values));
    }

    private static ApiMessageAndVersion record(
            ConfigResource resource, String key, @Nullable String value) {
        return new ApiMessageAndVersion(
                new ConfigRecord()
                        .setResourceType(resource.type().id())
                        .setResourceName(resource.name())
                        .setName(key)
                        .setValue(value),
                (short) 0);
    }
}
