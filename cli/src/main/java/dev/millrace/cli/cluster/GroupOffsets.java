package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;

/// Where a group of any kind goes on in each partition, read and written.
///
/// A share group has a start offset instead of a committed one: nothing before it is delivered again.
///
/// @param type empty for a group that does not exist yet
public record GroupOffsets(Admin admin, String group, Optional<GroupType> type) {
    /// Sorted by topic and partition.
    public Map<TopicPartition, Long> committed() {
        var committed = new TreeMap<TopicPartition, Long>(Groups.BY_TOPIC);
        if (is(GroupType.SHARE)) {
            var spec = Map.of(group, new ListShareGroupOffsetsSpec());
            await(admin.listShareGroupOffsets(spec).partitionsToOffsetInfo(group))
                    .forEach((partition, offset) -> {
                        if (offset != null) {
                            committed.put(partition, offset.startOffset());
                        }
                    });
        } else {
            new Groups(admin)
                    .committed(group)
                    .forEach((partition, offset) -> committed.put(partition, offset.offset()));
        }
        return committed;
    }

    private boolean is(GroupType kind) {
        return type.equals(Optional.of(kind));
    }

    /// [#committed] in the form that [OffsetReset] takes.
    public Map<TopicPartition, OffsetAndMetadata> asMetadata() {
        var offsets = new TreeMap<TopicPartition, OffsetAndMetadata>(Groups.BY_TOPIC);
        committed()
                .forEach((partition, offset) ->
                        offsets.put(partition, new OffsetAndMetadata(offset)));
        return offsets;
    }

    /// The partitions that a reset without topics is about: those with an offset, but not the topics that a Kafka Streams
    /// application made for itself.
    public Collection<TopicPartition> input() {
        return is(GroupType.STREAMS)
                ? new StreamsGroups(admin).inputOffsets(group).keySet()
                : committed().keySet();
    }

    /// Sets offsets of a group that has no members.
    public void commit(Map<TopicPartition, Long> offsets) {
        if (is(GroupType.SHARE)) {
            await(admin.alterShareGroupOffsets(group, offsets).all());
        } else {
            new Groups(admin).commit(group, offsets);
        }
    }
}
