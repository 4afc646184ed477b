package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
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
/// what it shows is committed. Who needs stable offsets is told, for each partition, that a transaction may still change it.
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
    /// @param stable do not show what an open transaction may change
    Decision<GroupRecord, OffsetFetchResponseGroup> fetch(
            OffsetFetchRequestGroup request, boolean stable) {
        Group group = shard.group(request.groupId());
        Errors error =
                group == null
                        ? Errors.NONE
                        : group.admitFetch(request.memberId(), request.memberEpoch());
        if (error != Errors.NONE) {
            return Decision.answer(refusal(request.groupId(), error));
        }
        var offsets = shard.offsets().of(request.groupId());
        var unstable =
                stable
                        ? shard.pendingOffsets().partitions(request.groupId())
                        : Map.<String, SortedSet<Integer>>of();
        List<OffsetFetchRequestTopics> topics = request.topics();
        return Decision.answer(
                new OffsetFetchResponseGroup()
                        .setGroupId(request.groupId())
                        .setTopics(
                                topics == null
                                        ? all(offsets, unstable)
                                        : some(offsets, unstable, topics)));
    }

    private static List<OffsetFetchResponseTopics> all(
            SortedMap<String, TopicOffsets> offsets, Map<String, SortedSet<Integer>> unstable) {
        var answer = new ArrayList<OffsetFetchResponseTopics>(offsets.size());
        offsets.forEach((name, committed) -> {
            Set<Integer> open = unstable.getOrDefault(name, Collections.emptySortedSet());
            var partitions = new ArrayList<OffsetFetchResponsePartitions>(committed.size());
            for (int i = 0; i < committed.size(); i++) {
                int index = committed.partition(i);
                partitions.add(
                        open.contains(index) ? unstable(index) : partition(index, committed.at(i)));
            }
            answer.add(new OffsetFetchResponseTopics().setName(name).setPartitions(partitions));
        });
        return answer;
    }

    private static List<OffsetFetchResponseTopics> some(
            SortedMap<String, TopicOffsets> offsets,
            Map<String, SortedSet<Integer>> unstable,
            List<OffsetFetchRequestTopics> topics) {
        var answer = new ArrayList<OffsetFetchResponseTopics>(topics.size());
        for (OffsetFetchRequestTopics topic : topics) {
            TopicOffsets committed = offsets.get(topic.name());
            Set<Integer> open = unstable.getOrDefault(topic.name(), Collections.emptySortedSet());
            var partitions = new ArrayList<OffsetFetchResponsePartitions>();
            for (int index : topic.partitionIndexes()) {
                CommittedOffset offset = committed == null ? null : committed.get(index);
                partitions.add(
                        open.contains(index)
                                ? unstable(index)
                                : partition(index, ofTopic(offset, topic.topicId())));
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

    private static OffsetFetchResponsePartitions unstable(int index) {
        return partition(index, null).setErrorCode(Errors.UNSTABLE_OFFSET_COMMIT.code());
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
