package dev.millrace.engine.balance;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// What each partition weighs.
///
/// @param rates false when there is nothing to compute rates from: they are 0 then
public record Loads(Map<TopicPartition, Load> partitions, boolean rates) {
    /// Rates over less time say too little.
    static final long SHORTEST_MS = 30_000;

    private static final Load NOTHING = new Load(0, 0, 0);

    /// One partition.
    ///
    /// @param bytes of its largest replica
    /// @param in bytes a second that producers send
    /// @param out bytes a second that consumers read
    public record Load(long bytes, long in, long out) {}

    Load of(TopicPartition partition) {
        return partitions.getOrDefault(partition, NOTHING);
    }

    /// From what was seen.
    ///
    /// @param before an earlier look, for the rates
    public static Loads of(MetadataImage image, Sample last, @Nullable Sample before) {
        Sample base = before != null && last.atMs() - before.atMs() >= SHORTEST_MS ? before : null;
        var loads = new HashMap<TopicPartition, Load>();
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                var name = new TopicPartition(topic.name(), i);
                loads.put(name, load(name, topic.partitions().get(i), last, base));
            }
        }
        return new Loads(loads, base != null);
    }

    private static Load load(
            TopicPartition name, PartitionImage partition, Sample last, @Nullable Sample base) {
        long bytes = 0;
        long in = 0;
        long out = 0;
        for (int broker : partition.replicas()) {
            Figures now = figures(last, broker, name);
            Figures then = base == null ? null : figures(base, broker, name);
            bytes = Math.max(bytes, now == null ? 0 : now.bytes());
            if (now != null && then != null && base != null) {
                long ms = last.atMs() - base.atMs();
                out += perSecond(now.served(), then.served(), ms);
                if (broker == partition.leader()) {
                    in = perSecond(now.appended(), then.appended(), ms);
                }
            }
        }
        return new Load(bytes, in, out);
    }

    private static @Nullable Figures figures(Sample sample, int broker, TopicPartition name) {
        Map<TopicPartition, Figures> held = sample.brokers().get(broker);
        return held == null ? null : held.get(name);
    }

    private static long perSecond(long now, long then, long ms) {
        return then < 0 || now < then ? 0 : (now - then) * 1_000 / ms;
    }
}
