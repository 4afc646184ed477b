package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.InTransaction;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetCommitted;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// OffsetCommit and TxnOffsetCommit: how far a group has come.
final class OffsetCommits {
    /// From this version on a client knows that a group may be unknown (KIP-848).
    private static final int GROUP_ID_NOT_FOUND_SINCE = 9;

    private static final int MEMBER_EPOCHS_IN_TRANSACTIONS_SINCE = 6;

    private final GroupShard shard;
    private final Clock clock;
    private final GroupConfig config;

    OffsetCommits(GroupShard shard, Clock clock, GroupConfig config) {
        this.shard = shard;
        this.clock = clock;
        this.config = config;
    }

    /// The same error for every partition.
    static OffsetCommitResponseData refusal(OffsetCommitRequestData request, Errors error) {
        var response = new OffsetCommitResponseData();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            var answered = topic(response, topic);
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                answer(answered, partition, error);
            }
        }
        return response;
    }

    private static OffsetCommitResponseTopic topic(
            OffsetCommitResponseData response, OffsetCommitRequestTopic topic) {
        var answered =
                new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
        response.topics().add(answered);
        return answered;
    }

    private static void answer(
            OffsetCommitResponseTopic topic, OffsetCommitRequestPartition partition, Errors error) {
        topic.partitions()
                .add(
                        new OffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(error.code()));
    }

    /// @param request with the names of its topics; those that do not exist were taken out before
    Decision<GroupRecord, OffsetCommitResponseData> commit(
            Caller caller, OffsetCommitRequestData request) {
        Group group = shard.group(request.groupId());
        boolean knowsUnknown = caller.version() >= GROUP_ID_NOT_FOUND_SINCE;
        Errors error =
                group == null
                        ? admitUnknown(knowsUnknown, request.generationIdOrMemberEpoch())
                        : group.admitCommit(caller, request);
        if (error != Errors.NONE) {
            return Decision.answer(refusal(request, error));
        }
        List<GroupRecord> facts = new ArrayList<>();
        OffsetCommitResponseData response = decide(request, facts);
        return Decision.write(facts, response, () -> shard.heardOf(group, request.memberId()));
    }

    /// TxnOffsetCommit, which knows the errors of the consumer protocol from version 6 on.
    Decision<GroupRecord, OffsetCommitResponseData> commit(
            Caller caller, OffsetCommitRequestData request, InTransaction transaction) {
        Group group = shard.group(request.groupId());
        boolean knowsEpochs = caller.version() >= MEMBER_EPOCHS_IN_TRANSACTIONS_SINCE;
        Errors error =
                group == null
                        ? admitUnknown(knowsEpochs, request.generationIdOrMemberEpoch())
                        : group.admitTransactionalCommit(request);
        if (error != Errors.NONE) {
            boolean stale = error == Errors.STALE_MEMBER_EPOCH && !knowsEpochs;
            return Decision.answer(refusal(request, stale ? Errors.ILLEGAL_GENERATION : error));
        }
        List<GroupRecord> facts = new ArrayList<>();
        OffsetCommitResponseData response = decide(request, facts);
        return Decision.write(transaction, facts, response, () -> {});
    }

    private OffsetCommitResponseData decide(
            OffsetCommitRequestData request, List<GroupRecord> facts) {
        long nowMs = clock.wallMs();
        var response = new OffsetCommitResponseData();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            var answered = topic(response, topic);
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                if (isTooLong(partition.committedMetadata())) {
                    answer(answered, partition, Errors.OFFSET_METADATA_TOO_LARGE);
                } else {
                    facts.add(fact(request, topic, partition, nowMs));
                    answer(answered, partition, Errors.NONE);
                }
            }
        }
        return response;
    }

    /// A group that is not known may be one that only keeps its offsets here: it comes to be with its first.
    private static Errors admitUnknown(boolean knowsUnknown, int generation) {
        if (generation < 0) {
            return Errors.NONE;
        }
        return knowsUnknown ? Errors.GROUP_ID_NOT_FOUND : Errors.ILLEGAL_GENERATION;
    }

    private boolean isTooLong(@Nullable String metadata) {
        return metadata != null && metadata.length() > config.offsetMetadataMaxBytes();
    }

    private static GroupRecord fact(
            OffsetCommitRequestData request,
            OffsetCommitRequestTopic topic,
            OffsetCommitRequestPartition partition,
            long nowMs) {
        String metadata = partition.committedMetadata();
        long expiresMs =
                request.retentionTimeMs() < 0
                        ? CommittedOffset.NEVER
                        : nowMs + request.retentionTimeMs();
        return new OffsetCommitted(
                request.groupId(),
                topic.name(),
                partition.partitionIndex(),
                new CommittedOffset(
                        partition.committedOffset(),
                        Math.max(partition.committedLeaderEpoch(), -1),
                        metadata == null ? "" : metadata,
                        nowMs,
                        expiresMs,
                        topic.topicId()));
    }
}
