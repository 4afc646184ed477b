package dev.millrace.engine;

import dev.millrace.engine.coordinator.CoordinatorLog;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which partitions of an internal topic this broker leads: their coordinator is told when that changes.
///
/// **Owner.** `onChange` is called in the metadata turn, after the partitions have followed the same image.
final class LedPartitions {
    private final String topic;
    private final int brokerId;
    private final Replicas replicas;

    /// Leads from now on.
    @FunctionalInterface
    interface Lead {
        void lead(int partition, CoordinatorLog log);
    }

    /// Leads no longer, as of that epoch.
    @FunctionalInterface
    interface Resign {
        void resign(int partition, int leaderEpoch);
    }

    LedPartitions(String topic, int brokerId, Replicas replicas) {
        this.topic = topic;
        this.brokerId = brokerId;
        this.replicas = replicas;
    }

    /// Partitions that a topic has, led here or not; 0 while it does not exist. Of the newest image, which every look-up of a leader uses:
    /// an older one would name another partition.
    static int count(MetadataImage image, String topic) {
        TopicImage found = image.topics().byName(topic);
        return found == null ? 0 : found.partitions().size();
    }

    void onChange(MetadataChange change, Lead lead, Resign resign) {
        TopicImage was = change.before().topics().byName(topic);
        TopicImage is = change.after().topics().byName(topic);
        if (!sameTopic(was, is)) {
            resign(was, is, resign);
            lead(is, lead);
        }
    }

    /// Images share what did not change.
    @SuppressWarnings("ReferenceEquality")
    private static boolean sameTopic(@Nullable TopicImage was, @Nullable TopicImage is) {
        return was == is;
    }

    /// A topic that was made again has partitions of its own, whose epochs say nothing of the former ones'.
    private void resign(@Nullable TopicImage was, @Nullable TopicImage now, Resign resign) {
        List<PartitionImage> old = was == null ? List.of() : was.partitions();
        TopicImage is = was != null && now != null && now.id().equals(was.id()) ? now : null;
        for (int p = 0; p < old.size(); p++) {
            PartitionImage next =
                    is != null && p < is.partitions().size() ? is.partitions().get(p) : null;
            if (old.get(p).leader() == brokerId && (next == null || next.leader() != brokerId)) {
                resign.resign(p, next == null ? Integer.MAX_VALUE : next.leaderEpoch());
            }
        }
    }

    private void lead(@Nullable TopicImage is, Lead lead) {
        List<PartitionImage> now = is == null ? List.of() : is.partitions();
        for (int p = 0; p < now.size(); p++) {
            Partition here = replicas.byName(topic, p).partition();
            if (now.get(p).leader() == brokerId && here != null) {
                lead.lead(p, new PartitionCoordinatorLog(here, now.get(p).leaderEpoch()));
            }
        }
    }
}
