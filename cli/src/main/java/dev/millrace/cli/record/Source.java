package dev.millrace.cli.record;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.PartitionCount;
import dev.millrace.cli.cluster.TopicFilter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/// Which records a command reads: the topics, and whether as a member of a group.
///
/// Without a group the partitions are assigned by hand: no rebalance to wait for, and no group left behind on the cluster
/// (Kafka's console consumer joins one with a random name). New partitions are noticed while nothing arrives.
///
/// @param topic one topic by name; null when `include` is given
/// @param include topics by expression; null when `topic` is given
/// @param partition only this one; null for all
public record Source(
        @Nullable String topic, @Nullable TopicFilter include, @Nullable Integer partition) {
    private static final long LOOK_AGAIN_NS = 5_000_000_000L;

    /// Opens a consumer of bytes.
    ///
    /// @param settings client settings of the command, which win over ours
    public static Consumer<byte[], byte[]> open(Connection connection, Map<String, ?> settings) {
        connection.requireAnswer();
        var config = connection.clientSettings("console-consumer");
        config.put("max.poll.records", "2000");
        config.put("fetch.max.wait.ms", "250");
        if (!settings.containsKey("group.id")) {
            config.put("enable.auto.commit", "false");
        }
        config.putAll(settings);
        var bytes = new ByteArrayDeserializer();
        return new KafkaConsumer<>(config, bytes, bytes);
    }

    /// Joins the group for these topics.
    ///
    /// @return what to do while idle
    public Receiver.Idle subscribe(Consumer<?, ?> consumer, Terminal terminal) {
        if (include != null) {
            consumer.subscribe(include.pattern());
        } else if (topic != null) {
            consumer.subscribe(List.of(topic));
        }
        return new Leaderless(consumer, terminal);
    }

    /// Assigns every partition there is.
    ///
    /// @return what to do while idle: look for new topics and partitions, every few seconds
    public Receiver.Idle assign(Consumer<?, ?> consumer, Terminal terminal) {
        var found = partitions(consumer);
        if (found.isEmpty()) {
            terminal.err()
                    .println(
                            "no such topic yet: waiting for "
                                    + (topic == null ? "one that matches" : topic)
                                    + (partition == null ? "" : "-" + partition));
        }
        Receiver.assignAlso(consumer, found);
        var leaderless = new Leaderless(consumer, terminal);
        leaderless.look();
        return new LookAgain(consumer, leaderless, found.isEmpty());
    }

    private final class LookAgain implements Receiver.Idle {
        private final Consumer<?, ?> consumer;
        private final Leaderless leaderless;
        private boolean waiting;
        private long lastNs = System.nanoTime();

        LookAgain(Consumer<?, ?> consumer, Leaderless leaderless, boolean waiting) {
            this.consumer = consumer;
            this.leaderless = leaderless;
            this.waiting = waiting;
        }

        @Override
        public boolean waiting() {
            return waiting;
        }

        @Override
        public void poll() {
            long now = System.nanoTime();
            if (!waiting && now - lastNs < LOOK_AGAIN_NS) {
                return;
            }
            lastNs = now;
            waiting &= !readAlso(consumer, partitions(consumer));
            leaderless.look();
        }
    }

    /// A partition that appeared while we were watching is read from its start: nothing in it was missed by choice.
    ///
    /// @return whether there is one
    static boolean readAlso(Consumer<?, ?> consumer, List<TopicPartition> partitions) {
        var added = Receiver.assignAlso(consumer, partitions);
        if (added.isEmpty()) {
            return false; // to the consumer, no partitions are all of them
        }
        consumer.seekToBeginning(added);
        return true;
    }

    /// Every partition that is meant and there, as the cluster knows them now.
    ///
    /// @throws CommandFailed when the topic has partitions, and the one that was named is none of them
    public List<TopicPartition> existing(Consumer<?, ?> consumer) {
        var found = all(consumer);
        if (partition != null && topic != null && !found.isEmpty()) {
            PartitionCount.require(new TopicPartition(topic, partition), found.size());
        }
        return meant(found);
    }

    private List<TopicPartition> partitions(Consumer<?, ?> consumer) {
        return meant(all(consumer));
    }

    private List<TopicPartition> meant(List<TopicPartition> found) {
        return found.stream()
                .filter(each -> partition == null || each.partition() == partition)
                .toList();
    }

    private List<TopicPartition> all(Consumer<?, ?> consumer) {
        if (include == null) {
            return topic == null ? List.of() : Receiver.partitions(consumer, List.of(topic));
        }
        var matching = new HashMap<>(consumer.listTopics());
        matching.keySet().removeIf(name -> TopicFilter.isInternal(name) || !include.test(name));
        return Receiver.partitions(consumer, matching.keySet());
    }
}
