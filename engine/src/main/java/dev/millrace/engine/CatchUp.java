package dev.millrace.engine;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Whether a broker that has started has caught up: every replica that it holds is in sync. Once it has been seen so it counts as
/// caught up for good, however far a replica lags later.
///
/// Not waited for: a partition without a leader, which nobody can follow; one that is moving here, which may take hours and is not
/// counted on yet; and one whose log cannot be used in this run.
///
/// **Owner.** Any thread.
final class CatchUp {
    private final int self;
    private final Supplier<? extends Set<TopicPartition>> offline;
    private volatile boolean done;

    /// @param offline the broker's partitions whose log cannot be used
    CatchUp(int self, Supplier<? extends Set<TopicPartition>> offline) {
        this.self = self;
        this.offline = offline;
    }

    /// What is still waited for, in words; null when it is nothing, and from then on.
    @Nullable String waitsFor(MetadataImage image) {
        int behind = done ? 0 : behind(image, offline.get());
        if (behind == 0) {
            done = true;
            return null;
        }
        return behind == 1
                ? "1 replica is not in sync yet"
                : behind + " replicas are not in sync yet";
    }

    private int behind(MetadataImage image, Set<TopicPartition> unusable) {
        int behind = 0;
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                if (isBehind(topic.partitions().get(i))
                        && !unusable.contains(new TopicPartition(topic.name(), i))) {
                    behind++;
                }
            }
        }
        return behind;
    }

    private boolean isBehind(PartitionImage partition) {
        return partition.hasLeader()
                && partition.replicas().contains(self)
                && !partition.isr().contains(self)
                && !partition.adding().contains(self);
    }
}
