package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
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
    private final ShardHost<GroupRecord> host;

    OffsetDeletes(GroupShard shard, ShardHost<GroupRecord> host) {
        this.shard = shard;
        this.host = host;
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
        if (group instanceof ClassicGroup
                && !group.isEmpty()
                && !group.protocolType().equals(Subscriptions.CONSUMER)) {
            return Decision.answer(refusal(Errors.NON_EMPTY_GROUP));
        }
        Predicate<String> subscribed = group.subscribedTopics();
        List<GroupRecord> facts = new ArrayList<>();
        var response = new OffsetDeleteResponseData();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            Errors error =
                    subscribed.test(topic.name()) ? Errors.GROUP_SUBSCRIBED_TO_TOPIC : Errors.NONE;
            var answered = new OffsetDeleteResponseTopic().setName(topic.name());
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                int index = partition.partitionIndex();
                answered.partitions()
                        .add(
                                new OffsetDeleteResponsePartition()
                                        .setPartitionIndex(index)
                                        .setErrorCode(error.code()));
                if (error == Errors.NONE && isThere(group.id(), topic.name(), index)) {
                    facts.add(new OffsetForgotten(group.id(), topic.name(), index));
                }
            }
            response.topics().add(answered);
        }
        return Decision.writeSpread(facts, response, () -> {});
    }

    private boolean isThere(String group, String topic, int partition) {
        return shard.offsets().has(group, topic, partition)
                || shard.pendingOffsets().has(group, topic, partition);
    }

    /// Takes back every offset of a group, also those of open transactions.
    List<GroupRecord> all(String group) {
        var facts = new ArrayList<GroupRecord>();
        shard.offsets()
                .of(group)
                .forEach((topic, offsets) -> {
                    for (int i = 0; i < offsets.size(); i++) {
                        facts.add(new OffsetForgotten(group, topic, offsets.partition(i)));
                    }
                });
        shard.pendingOffsets()
                .partitions(group)
                .forEach((topic, partitions) -> {
                    for (int partition : partitions) {
                        if (!shard.offsets().has(group, topic, partition)) {
                            facts.add(new OffsetForgotten(group, topic, partition));
                        }
                    }
                });
        return facts;
    }

    // ---- topics that are gone

    /// What one turn takes back; the rest follows in the next.
    private static final int MOST_AT_ONCE = 1_000;

    private static final long PAUSE_MS = 1;

    /// Topics were deleted: their offsets go too, of every group, members or not. Those that are known to be of another topic
    /// of the same name stay.
    ///
    /// @param topics ids by name
    Decision<GroupRecord, Boolean> topicsDeleted(SortedMap<String, Uuid> topics) {
        return Decision.answer(true, () -> schedule(topics, 0));
    }

    private void schedule(SortedMap<String, Uuid> topics, long delayMs) {
        host.schedule(new TimerKey.TopicsDeleted(topics), delayMs, () -> forget(topics));
    }

    private Decision<GroupRecord, Boolean> forget(SortedMap<String, Uuid> topics) {
        var facts = new ArrayList<GroupRecord>();
        collect(shard.offsets(), topics, facts);
        for (Offsets pending : shard.pendingOffsets().all()) {
            collect(pending, topics, facts);
        }
        boolean isMore = facts.size() >= MOST_AT_ONCE;
        return Decision.writeSpread(
                facts,
                true,
                () -> {
                    if (isMore) {
                        schedule(topics, PAUSE_MS);
                    }
                });
    }

    private static void collect(
            Offsets offsets, SortedMap<String, Uuid> topics, List<GroupRecord> facts) {
        for (String group : offsets.groups()) {
            var read = offsets.of(group);
            topics.forEach((topic, id) -> {
                TopicOffsets partitions = read.get(topic);
                for (int i = 0; partitions != null && i < partitions.size(); i++) {
                    if (facts.size() < MOST_AT_ONCE && partitions.isOf(i, id)) {
                        facts.add(new OffsetForgotten(group, topic, partitions.partition(i)));
                    }
                }
            });
        }
    }
}
