package dev.millrace.engine.coordinator.group;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.ClusterImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// What an assignment depends on of the topics that a group reads, in one number (KIP-1101): ids, partitions, and the racks of
/// their replicas. Kafka's own, so that a group that comes from it, or goes to it, is not assigned anew.
///
/// ```
///   topic   XXH3 of: byte 0, id, name, number of partitions, for each: its index, its replicas' racks in order
///   group   XXH3 of the hashes of its topics that exist, by name; 0 when there is none
/// ```
/// A topic's hash is kept as long as its image is the same.
final class TopicHashes {
    private static final byte FORMAT = 0;

    /// Of topics that no group reads any more, until they are this many more than the topics there are.
    private static final int FORGOTTEN_KEPT = 1_000;

    private final Map<String, Hashed> known = new HashMap<>();

    private record Hashed(TopicImage topic, long hash) {}

    long of(SortedSet<String> names, MetadataImage image) {
        @Nullable HashStream64 all = null;
        for (String name : names) {
            TopicImage topic = image.topics().byName(name);
            if (topic != null) {
                all = all == null ? Hashing.xxh3_64().hashStream() : all;
                all.putLong(of(topic, image));
            }
        }
        return all == null ? 0 : all.getAsLong();
    }

    @SuppressWarnings("ReferenceEquality") // images share what did not change
    private long of(TopicImage topic, MetadataImage image) {
        Hashed before = known.get(topic.name());
        if (before != null && before.topic == topic) {
            return before.hash;
        }
        if (known.size() > image.topics().size() + FORGOTTEN_KEPT) {
            known.clear();
        }
        var hashed = new Hashed(topic, hash(topic, image.cluster()));
        known.put(topic.name(), hashed);
        return hashed.hash;
    }

    static long hash(TopicImage topic, ClusterImage cluster) {
        HashStream64 stream = Hashing.xxh3_64().hashStream();
        stream.putByte(FORMAT)
                .putLong(topic.id().getMostSignificantBits())
                .putLong(topic.id().getLeastSignificantBits())
                .putString(topic.name())
                .putInt(topic.partitions().size());
        for (int i = 0; i < topic.partitions().size(); i++) {
            stream.putInt(i);
            for (String rack : racks(topic.partitions().get(i), cluster)) {
                stream.putInt(rack.length()).putString(rack);
            }
        }
        return stream.getAsLong();
    }

    private static List<String> racks(PartitionImage partition, ClusterImage cluster) {
        var racks = new ArrayList<String>(partition.replicas().size());
        for (int replica : partition.replicas()) {
            BrokerImage broker = cluster.broker(replica);
            if (broker != null && broker.rack() != null) {
                racks.add(broker.rack());
            }
        }
        racks.sort(null);
        return racks;
    }
}
