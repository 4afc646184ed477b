package dev.millrace.engine.api;

import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Where a leader epoch ends in this log (KIP-101, KIP-279): how a consumer finds out that its position was cut off.
///
/// - v3 replica id, v4 flexible encoding
/// - epoch and end offset are -1 when the log holds nothing of that epoch or before
/// - of an epoch that is newer than its leadership, a broker out of its session knows nothing, where Kafka's says that there is none:
///   another may lead at that epoch by now, and the consumer would take its position for cut off
public final class OffsetForLeaderEpochHandler
        implements Handler<OffsetForLeaderEpochRequestData, OffsetForLeaderEpochResponseData> {
    private final Replicas replicas;
    private final BooleanSupplier outOfSession;

    /// @param outOfSession whether the controller may have fenced this broker, and the broker not know it yet; asked by any thread
    public OffsetForLeaderEpochHandler(Replicas replicas, BooleanSupplier outOfSession) {
        this.replicas = replicas;
        this.outOfSession = outOfSession;
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
        Located where = replicas.byName(topic, wanted.partition());
        if (where.partition() == null) {
            return failed(where.error()).setPartition(wanted.partition());
        }
        Partition.Answer<EpochEndOffset> answer =
                where.partition()
                        .ask(
                                wanted.currentLeaderEpoch(),
                                (log, bounds) ->
                                        end(log, bounds.leaderEpoch(), wanted.leaderEpoch()));
        @Nullable EpochEndOffset end = answer.value();
        return (end == null ? failed(answer.error()) : end).setPartition(wanted.partition());
    }

    private EpochEndOffset end(Log log, int leaderEpoch, int asked) throws IOException {
        if (asked > leaderEpoch && outOfSession.getAsBoolean()) {
            return failed(Errors.UNKNOWN_LEADER_EPOCH);
        }
        EpochEnd end = log.endOffsetForEpoch(asked);
        return new EpochEndOffset().setLeaderEpoch(end.epoch()).setEndOffset(end.endOffset());
    }

    private static EpochEndOffset failed(Errors error) {
        return new EpochEndOffset().setErrorCode(error.code());
    }
}
