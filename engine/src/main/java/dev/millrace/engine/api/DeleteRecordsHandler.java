package dev.millrace.engine.api;

import dev.millrace.engine.env.Timers;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResultCollection;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResultCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// Raises a partition's log start offset, so that what is below it is gone for readers at once and from the disk soon. The answer waits
/// until every live replica's log begins there (its low watermark), or for as long as the request says: REQUEST_TIMED_OUT, and it
/// happens all the same.
///
/// - v2 flexible encoding; offset -1 means the high watermark
/// - topics that are compacted but not deleted from are refused, as internal topics are
public final class DeleteRecordsHandler
        implements Handler<DeleteRecordsRequestData, DeleteRecordsResponseData> {
    private static final long HIGH_WATERMARK = -1;

    private final Replicas replicas;
    private final Timers timers;

    public DeleteRecordsHandler(Replicas replicas, Timers timers) {
        this.replicas = replicas;
        this.timers = timers;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_RECORDS;
    }

    /// @param below what is below is gone here; -1 with an error
    private record Raised(Errors error, long below) {
        static Raised refused(Errors error) {
            return new Raised(error, -1);
        }
    }

    /// A partition that was raised here, and perhaps not everywhere.
    private record Pending(
            DeleteRecordsPartitionResult answer,
            Partition partition,
            CompletableFuture<Errors> removed) {
        void settle() {
            Errors error = removed.getNow(Errors.REQUEST_TIMED_OUT);
            boolean leads = error == Errors.NONE || error == Errors.REQUEST_TIMED_OUT;
            answer.setErrorCode(error.code())
                    .setLowWatermark(leads ? partition.lowWatermark() : -1);
        }
    }

    @Override
    public Outcome<DeleteRecordsResponseData> handle(
            RequestContext context, DeleteRecordsRequestData request) {
        var response =
                new DeleteRecordsResponseData()
                        .setTopics(
                                new DeleteRecordsTopicResultCollection(
                                        request.topics().size() + 1));
        var pending = new ArrayList<Pending>();
        for (DeleteRecordsTopic topic : request.topics()) {
            var answers =
                    new DeleteRecordsTopicResult()
                            .setName(topic.name())
                            .setPartitions(
                                    new DeleteRecordsPartitionResultCollection(
                                            topic.partitions().size() + 1));
            for (DeleteRecordsPartition wanted : topic.partitions()) {
                answers.partitions().add(raise(topic.name(), wanted, pending));
            }
            response.topics().add(answers);
        }
        if (pending.stream().allMatch(each -> each.removed.isDone())) {
            pending.forEach(Pending::settle);
            return Outcome.reply(response);
        }
        return Outcome.whenAll(
                pending.stream().map(Pending::removed).toList(),
                timers,
                request.timeoutMs(),
                () -> {
                    pending.forEach(Pending::settle);
                    return response;
                });
    }

    private DeleteRecordsPartitionResult raise(
            String topic, DeleteRecordsPartition wanted, List<Pending> pending) {
        var answer =
                new DeleteRecordsPartitionResult()
                        .setPartitionIndex(wanted.partitionIndex())
                        .setLowWatermark(-1);
        if (Topic.isInternal(topic)) {
            return answer.setErrorCode(Errors.INVALID_TOPIC_EXCEPTION.code());
        }
        Located where = replicas.byName(topic, wanted.partitionIndex());
        Partition partition = where.partition();
        if (partition == null) {
            return answer.setErrorCode(where.error().code());
        }
        Partition.Answer<Raised> asked =
                partition.ask(-1, (log, bounds) -> raise(log, bounds, wanted.offset()));
        Raised raised = asked.value() == null ? Raised.refused(asked.error()) : asked.value();
        if (raised.error == Errors.NONE) {
            var removed = partition.removed(raised.below).toCompletableFuture();
            pending.add(new Pending(answer, partition, removed));
        }
        return answer.setErrorCode(raised.error.code());
    }

    private static Raised raise(Log log, Partition.Bounds bounds, long wanted) throws IOException {
        long offset = wanted == HIGH_WATERMARK ? bounds.highWatermark() : wanted;
        if (!log.settings().delete()) {
            return Raised.refused(Errors.POLICY_VIOLATION);
        }
        if (offset < 0 || offset > bounds.highWatermark()) {
            return Raised.refused(Errors.OFFSET_OUT_OF_RANGE);
        }
        log.raiseLogStart(offset);
        return new Raised(Errors.NONE, offset);
    }
}
