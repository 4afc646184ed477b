package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// OffsetFetch: where a group goes on reading.
///
/// What is not committed is -1, and so is everything of a group that is not known: neither is an error. An answer waits until
/// what it shows is committed, so "stable" offsets need nothing more until there are transactions.
final class OffsetFetches {
    private static final long NONE = -1;

    private final GroupShard shard;

    OffsetFetches(GroupShard shard) {
        this.shard = shard;
    }

    static OffsetFetchResponseGroup refusal(String group, Errors error) {
        return new OffsetFetchResponseGroup().setGroupId(group).setErrorCode(error.code());
    }

    /// @param request with the names of its topics; those that do not exist were taken out before. No topics: all that there
    ///     are
    Decision<GroupRecord, OffsetFetchResponseGroup> fetch(OffsetFetchRequestGroup request) {
        boolean known = shard.group(request.groupId()) != null;
        Map<String, Map<Integer, CommittedOffset>> offsets =
                known ? shard.offsets().of(request.groupId()) : Map.of();
        List<OffsetFetchRequestTopics> topics = request.topics();
        return Decision.answer(
                new OffsetFetchResponseGroup()
                        .setGroupId(request.groupId())
                        .setTopics(topics == null ? all(offsets) : some(offsets, topics)));
    }

    private static List<OffsetFetchResponseTopics> all(
            Map<String, Map<Integer, CommittedOffset>> offsets) {
        var answer = new ArrayList<OffsetFetchResponseTopics>(offsets.size());
        offsets.forEach((name, committed) -> {
            var partitions = new ArrayList<OffsetFetchResponsePartitions>();
            committed.forEach((index, offset) -> partitions.add(partition(index, offset)));
            answer.add(new OffsetFetchResponseTopics().setName(name).setPartitions(partitions));
        });
        return answer;
    }

    private static List<OffsetFetchResponseTopics> some(
            Map<String, Map<Integer, CommittedOffset>> offsets,
            List<OffsetFetchRequestTopics> topics) {
        var answer = new ArrayList<OffsetFetchResponseTopics>(topics.size());
        for (OffsetFetchRequestTopics topic : topics) {
            Map<Integer, CommittedOffset> committed = offsets.getOrDefault(topic.name(), Map.of());
            var partitions = new ArrayList<OffsetFetchResponsePartitions>();
            for (int index : topic.partitionIndexes()) {
                CommittedOffset offset = committed.get(index);
                partitions.add(partition(index, ofTopic(offset, topic.topicId())));
            }
            answer.add(
                    new OffsetFetchResponseTopics()
                            .setName(topic.name())
                            .setTopicId(topic.topicId())
                            .setPartitions(partitions));
        }
        return answer;
    }

    /// An offset of an earlier topic of the same name does not count.
    private static @Nullable CommittedOffset ofTopic(@Nullable CommittedOffset offset, Uuid id) {
        return offset == null || !offset.isOf(id) ? null : offset;
    }

    private static OffsetFetchResponsePartitions partition(
            int index, @Nullable CommittedOffset offset) {
        var partition = new OffsetFetchResponsePartitions().setPartitionIndex(index);
        return offset == null
                ? partition.setCommittedOffset(NONE).setCommittedLeaderEpoch(-1).setMetadata("")
                : partition
                        .setCommittedOffset(offset.offset())
                        .setCommittedLeaderEpoch(offset.leaderEpoch())
                        .setMetadata(offset.metadata());
    }
}
