package dev.millrace.engine.api;

import dev.millrace.engine.log.Log;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.io.IOException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// Raises a partition's log start offset, so that what is below it is gone for readers at once and from the disk soon.
///
/// - v2 flexible encoding; offset -1 means the high watermark
/// - topics that are compacted but not deleted from are refused, as internal topics are
public final class DeleteRecordsHandler
        implements Handler<DeleteRecordsRequestData, DeleteRecordsResponseData> {
    private static final long HIGH_WATERMARK = -1;

    private final Replicas replicas;

    public DeleteRecordsHandler(Replicas replicas) {
        this.replicas = replicas;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_RECORDS;
    }

    private record Raised(Errors error, long lowWatermark) {}

    @Override
    public Outcome<DeleteRecordsResponseData> handle(
            RequestContext context, DeleteRecordsRequestData request) {
        var response = new DeleteRecordsResponseData();
        for (DeleteRecordsTopic topic : request.topics()) {
            var answers = new DeleteRecordsTopicResult().setName(topic.name());
            for (DeleteRecordsPartition wanted : topic.partitions()) {
                Raised raised = raise(topic.name(), wanted);
                answers.partitions()
                        .add(
                                new DeleteRecordsPartitionResult()
                                        .setPartitionIndex(wanted.partitionIndex())
                                        .setErrorCode(raised.error.code())
                                        .setLowWatermark(raised.lowWatermark));
            }
            response.topics().add(answers);
        }
        return Outcome.reply(response);
    }

    private Raised raise(String topic, DeleteRecordsPartition wanted) {
        if (Topic.isInternal(topic)) {
            return new Raised(Errors.INVALID_TOPIC_EXCEPTION, -1);
        }
        Located where = replicas.byName(topic, wanted.partitionIndex());
        if (where.partition() == null) {
            return new Raised(where.error(), -1);
        }
        Partition.Answer<Raised> raised =
                where.partition().ask(-1, (log, bounds) -> raise(log, bounds, wanted.offset()));
        return raised.value() == null ? new Raised(raised.error(), -1) : raised.value();
    }

    private static Raised raise(Log log, Partition.Bounds bounds, long wanted) throws IOException {
        long offset = wanted == HIGH_WATERMARK ? bounds.highWatermark() : wanted;
        if (!log.settings().delete()) {
            return new Raised(Errors.POLICY_VIOLATION, -1);
        }
        if (offset < 0 || offset > bounds.highWatermark()) {
            return new Raised(Errors.OFFSET_OUT_OF_RANGE, -1);
        }
        log.raiseLogStart(offset);
        return new Raised(Errors.NONE, log.logStart());
    }
}
