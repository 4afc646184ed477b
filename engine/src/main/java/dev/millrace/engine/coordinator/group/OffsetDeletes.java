package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.Errors;

/// Offsets that are taken back: by an administrator (OffsetDelete, KIP-496), or because their topic is gone.
final class OffsetDeletes {
    private final GroupShard shard;

    OffsetDeletes(GroupShard shard) {
        this.shard = shard;
    }

    static OffsetDeleteResponseData refusal(Errors error) {
        return new OffsetDeleteResponseData().setErrorCode(error.code());
    }

    Decision<GroupRecord, OffsetDeleteResponseData> delete(OffsetDeleteRequestData request) {
        Group group = shard.group(request.groupId());
        if (group == null) {
            return Decision.answer(refusal(Errors.GROUP_ID_NOT_FOUND));
        }
        // Members of other kinds of groups (Connect's workers) might rely on offsets in ways that
        // cannot be seen from here.
        if (!group.isEmpty() && !group.protocolType().equals(Subscriptions.CONSUMER)) {
            return Decision.answer(refusal(Errors.NON_EMPTY_GROUP));
        }
        List<GroupRecord> facts = new ArrayList<>();
        var response = new OffsetDeleteResponseData();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            Errors error =
                    group.isSubscribedTo(topic.name())
                            ? Errors.GROUP_SUBSCRIBED_TO_TOPIC
                            : Errors.NONE;
            var answered = new OffsetDeleteResponseTopic().setName(topic.name());
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                int index = partition.partitionIndex();
                answered.partitions()
                        .add(
                                new OffsetDeleteResponsePartition()
                                        .setPartitionIndex(index)
                                        .setErrorCode(error.code()));
                if (error == Errors.NONE
                        && shard.offsets().get(group.id(), topic.name(), index) != null) {
                    facts.add(new OffsetForgotten(group.id(), topic.name(), index));
                }
            }
            response.topics().add(answered);
        }
        return Decision.write(facts, response);
    }

    /// What a batch holds at most, so that it stays below `max.message.bytes`; the rest follows in the next.
    private static final int MOST_AT_ONCE = 1_000;

    /// Topics were deleted: their offsets go too, of every group, members or not.
    ///
    /// @return how many were forgotten: when that is [#MOST_AT_ONCE], there may be more
    Decision<GroupRecord, Boolean> topicsDeleted(Set<String> topics) {
        List<GroupRecord> facts = new ArrayList<>();
        for (String group : shard.offsets().groups()) {
            for (Map.Entry<String, Map<Integer, CommittedOffset>> topic :
                    shard.offsets().of(group).entrySet()) {
                if (topics.contains(topic.getKey())) {
                    for (int partition : topic.getValue().keySet()) {
                        if (facts.size() == MOST_AT_ONCE) {
                            return Decision.write(facts, true);
                        }
                        facts.add(new OffsetForgotten(group, topic.getKey(), partition));
                    }
                }
            }
        }
        return Decision.write(facts, false);
    }
}
