package dev.millrace.engine;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.replica.Replicas;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/// Lets the group coordinator follow the partitions of its topic: this broker coordinates the groups of those that it leads.
///
/// **Owner.** `onChange` is called in the metadata turn, after the partitions have followed the same image.
final class GroupsOnPartitions {
    private final LedPartitions led;
    private final Groups groups;

    GroupsOnPartitions(
            NodeSettings settings, Env env, Replicas replicas, Supplier<MetadataImage> metadata) {
        this.led = new LedPartitions(Groups.TOPIC, settings.nodeId(), replicas);
        this.groups =
                new Groups(
                        env,
                        GroupSettings.of(settings),
                        () -> LedPartitions.count(metadata.get(), Groups.TOPIC),
                        metadata);
    }

    Groups groups() {
        return groups;
    }

    void onChange(MetadataChange change) {
        led.onChange(change, groups::lead, groups::resign);
        var deleted = new TreeMap<String, Uuid>();
        change.deletedTopics().forEach(topic -> deleted.put(topic.name(), topic.id()));
        if (!deleted.isEmpty()) {
            groups.topicsDeleted(deleted);
        }
    }
}
