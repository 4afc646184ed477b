package dev.millrace.engine;

import dev.millrace.engine.coordinator.CoordinatorLog;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which partitions of an internal topic this broker leads: their coordinator is told when that changes.
///
/// **Owner.** `onChange` is called in the metadata turn, after the partitions have followed the same image; any thread may ask for
/// the number of partitions.
final class LedPartitions {
    private final String topic;
    private final int brokerId;
    private final Replicas replicas;
    private volatile int count;

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

    /// Partitions that the topic has, led here or not; 0 while it does not exist.
    int count() {
        return count;
    }

    void onChange(MetadataChange change, Lead lead, Resign resign) {
        TopicImage was = change.before().topics().byName(topic);
        TopicImage is = change.after().topics().byName(topic);
        if (!sameTopic(was, is)) {
            count = is == null ? 0 : is.partitions().size();
            resign(was, is, resign);
            lead(is, lead);
        }
    }

    /// Images share what did not change.
    @SuppressWarnings("ReferenceEquality")
    private static boolean sameTopic(@Nullable TopicImage was, @Nullable TopicImage is) {
        return was == is;
    }

    private void resign(@Nullable TopicImage was, @Nullable TopicImage is, Resign resign) {
        List<PartitionImage> old = was == null ? List.of() : was.partitions();
        for (int p = 0; p < old.size(); p++) {
            PartitionImage now =
                    is != null && p < is.partitions().size() ? is.partitions().get(p) : null;
            if (old.get(p).leader() == brokerId && (now == null || now.leader() != brokerId)) {
                resign.resign(p, now == null ? Integer.MAX_VALUE : now.leaderEpoch());
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
