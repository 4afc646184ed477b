package dev.millrace.engine;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// Lets the group coordinator follow the partitions of its topic: this broker coordinates the groups of those that it leads.
///
/// **Owner.** `onChange` is called in the metadata turn, after the partitions have followed the same image.
final class GroupsOnPartitions {
    private final int brokerId;
    private final Replicas replicas;
    private final Groups groups;
    private volatile int partitions;

    GroupsOnPartitions(
            NodeSettings settings, Env env, Replicas replicas, Supplier<MetadataImage> metadata) {
        this.brokerId = settings.nodeId();
        this.replicas = replicas;
        this.groups = new Groups(env, GroupSettings.of(settings), () -> partitions, metadata);
    }

    Groups groups() {
        return groups;
    }

    void onChange(MetadataChange change) {
        TopicImage was = change.before().topics().byName(Groups.TOPIC);
        TopicImage is = change.after().topics().byName(Groups.TOPIC);
        if (!sameTopic(was, is)) {
            partitions = is == null ? 0 : is.partitions().size();
            resign(was, is);
            lead(is);
        }
        var deleted = new TreeMap<String, Uuid>();
        change.deletedTopics().forEach(topic -> deleted.put(topic.name(), topic.id()));
        if (!deleted.isEmpty()) {
            groups.topicsDeleted(deleted);
        }
    }

    /// Images share what did not change.
    @SuppressWarnings("ReferenceEquality")
    private static boolean sameTopic(@Nullable TopicImage was, @Nullable TopicImage is) {
        return was == is;
    }

    private void resign(@Nullable TopicImage was, @Nullable TopicImage is) {
        List<PartitionImage> old = was == null ? List.of() : was.partitions();
        for (int p = 0; p < old.size(); p++) {
            PartitionImage now =
                    is != null && p < is.partitions().size() ? is.partitions().get(p) : null;
            if (old.get(p).leader() == brokerId && (now == null || now.leader() != brokerId)) {
                groups.resign(p, now == null ? Integer.MAX_VALUE : now.leaderEpoch());
            }
        }
    }

    private void lead(@Nullable TopicImage is) {
        List<PartitionImage> now = is == null ? List.of() : is.partitions();
        for (int p = 0; p < now.size(); p++) {
            Partition here = replicas.byName(Groups.TOPIC, p).partition();
            if (now.get(p).leader() == brokerId && here != null) {
                groups.lead(p, new PartitionCoordinatorLog(here, now.get(p).leaderEpoch()));
            }
        }
    }
}
