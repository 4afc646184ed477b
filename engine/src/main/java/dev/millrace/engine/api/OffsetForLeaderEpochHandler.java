package dev.millrace.engine.api;

import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;

/// Where a leader epoch ends in this log (KIP-101, KIP-279): how a consumer finds out that its position was cut off.
///
/// - v3 replica id, v4 flexible encoding
/// - epoch and end offset are -1 when the log holds nothing of that epoch or before
public final class OffsetForLeaderEpochHandler
        implements Handler<OffsetForLeaderEpochRequestData, OffsetForLeaderEpochResponseData> {
    private final Replicas replicas;

    public OffsetForLeaderEpochHandler(Replicas replicas) {
        this.replicas = replicas;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.OFFSET_FOR_LEADER_EPOCH;
    }

    @Override
    public Outcome<OffsetForLeaderEpochResponseData> handle(
            RequestContext context, OffsetForLeaderEpochRequestData request) {
        var response = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic : request.topics()) {
            var answers = new OffsetForLeaderTopicResult().setTopic(topic.topic());
            for (OffsetForLeaderPartition wanted : topic.partitions()) {
                answers.partitions().add(answer(topic.topic(), wanted));
            }
            response.topics().add(answers);
        }
        return Outcome.reply(response);
    }

    private EpochEndOffset answer(String topic, OffsetForLeaderPartition wanted) {
        var answer = new EpochEndOffset().setPartition(wanted.partition());
        Located where = replicas.byName(topic, wanted.partition());
        if (where.partition() == null) {
            return answer.setErrorCode(where.error().code());
        }
        Partition.Answer<EpochEnd> end =
                where.partition()
                        .ask(
                                wanted.currentLeaderEpoch(),
                                (log, _) -> log.endOffsetForEpoch(wanted.leaderEpoch()));
        EpochEnd at = end.value();
        return at == null
                ? answer.setErrorCode(end.error().code())
                : answer.setLeaderEpoch(at.epoch()).setEndOffset(at.endOffset());
    }
}
