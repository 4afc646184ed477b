package dev.millrace.engine.api;

import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.TimestampOffset;
import dev.millrace.engine.replica.Isolation;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.jspecify.annotations.Nullable;

/// Finds offsets by timestamp, exact to the record.
///
/// - special timestamps: latest -1, earliest -2, max timestamp -3 (v7, KIP-734), earliest local -4 (v8), latest tiered -5 (v9),
///   earliest pending upload -6 (v11)
/// - v2 isolation level, v4 leader epochs, v10 a time-out that only remote logs need
/// - without a remote log the earliest local offset is the earliest one, and nothing is tiered or pending
public final class ListOffsetsHandler
        implements Handler<ListOffsetsRequestData, ListOffsetsResponseData> {
    private static final long UNKNOWN = -1;

    /// A new leader cannot tell (KIP-207).
    private static final TimestampOffset NOT_YET = new TimestampOffset(-2, -2, -2);

    private final Replicas replicas;

    public ListOffsetsHandler(Replicas replicas) {
        this.replicas = replicas;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_OFFSETS;
    }

    @Override
    public Outcome<ListOffsetsResponseData> handle(
            RequestContext context, ListOffsetsRequestData request) {
        Isolation isolation = Isolation.of(request.isolationLevel());
        Set<TopicPartition> twice = namedTwice(request);
        var response = new ListOffsetsResponseData();
        for (ListOffsetsTopic topic : request.topics()) {
            var answers = new ListOffsetsTopicResponse().setName(topic.name());
            for (ListOffsetsPartition wanted : topic.partitions()) {
                boolean ambiguous =
                        twice.contains(new TopicPartition(topic.name(), wanted.partitionIndex()));
                answers.partitions()
                        .add(
                                ambiguous
                                        ? failed(wanted, Errors.INVALID_REQUEST)
                                        : answer(context, topic.name(), wanted, isolation));
            }
            response.topics().add(answers);
        }
        return Outcome.reply(response);
    }

    private static Set<TopicPartition> namedTwice(ListOffsetsRequestData request) {
        Set<TopicPartition> once = new HashSet<>();
        Set<TopicPartition> twice = new HashSet<>();
        for (ListOffsetsTopic topic : request.topics()) {
            for (ListOffsetsPartition wanted : topic.partitions()) {
                var name = new TopicPartition(topic.name(), wanted.partitionIndex());
                if (!once.add(name)) {
                    twice.add(name);
                }
            }
        }
        return twice;
    }

    private ListOffsetsPartitionResponse answer(
            RequestContext context,
            String topic,
            ListOffsetsPartition wanted,
            Isolation isolation) {
        Located where = replicas.byName(topic, wanted.partitionIndex());
        if (where.partition() == null) {
            return failed(wanted, where.error());
        }
        if (!known(wanted.timestamp(), context.version())) {
            return failed(wanted, Errors.UNSUPPORTED_VERSION);
        }
        Partition.Answer<TimestampOffset> found = find(where.partition(), wanted, isolation);
        TimestampOffset at = found.value();
        if (NOT_YET.equals(at)) {
            return failed(
                    wanted,
                    context.version() >= 5
                            ? Errors.OFFSET_NOT_AVAILABLE
                            : Errors.LEADER_NOT_AVAILABLE);
        }
        return at == null
                ? failed(wanted, found.error())
                : new ListOffsetsPartitionResponse()
                        .setPartitionIndex(wanted.partitionIndex())
                        .setTimestamp(at.timestamp())
                        .setOffset(at.offset())
                        .setLeaderEpoch(context.version() >= 4 ? at.leaderEpoch() : -1);
    }

    private static boolean known(long timestamp, short version) {
        return version >= sinceVersion(timestamp);
    }

    /// The first version that knows a timestamp; of one that nobody knows, none.
    private static int sinceVersion(long timestamp) {
        if (timestamp >= ListOffsetsRequest.EARLIEST_TIMESTAMP) {
            return 0;
        }
        return switch ((int) Math.max(timestamp, Integer.MIN_VALUE)) {
            case (int) ListOffsetsRequest.MAX_TIMESTAMP -> 7;
            case (int) ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP -> 8;
            case (int) ListOffsetsRequest.LATEST_TIERED_TIMESTAMP -> 9;
            case (int) ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP -> 11;
            default -> Integer.MAX_VALUE;
        };
    }

    /// The end of a log is known without opening it: tools ask it of every partition there is.
    private static Partition.Answer<TimestampOffset> find(
            Partition partition, ListOffsetsPartition wanted, Isolation isolation) {
        int epoch = wanted.currentLeaderEpoch();
        return wanted.timestamp() == ListOffsetsRequest.LATEST_TIMESTAMP
                ? partition.askBounds(epoch, bounds -> latest(bounds, isolation))
                : partition.ask(
                        epoch, (log, bounds) -> find(log, bounds, wanted.timestamp(), isolation));
    }

    private static TimestampOffset latest(Partition.Bounds bounds, Isolation isolation) {
        return bounds.settled()
                ? new TimestampOffset(UNKNOWN, bounds.end(isolation), bounds.leaderEpoch())
                : NOT_YET;
    }

    private static TimestampOffset find(
            Log log, Partition.Bounds bounds, long timestamp, Isolation isolation)
            throws IOException {
        long end = bounds.end(isolation);
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return new TimestampOffset(UNKNOWN, bounds.logStart(), log.epochAt(bounds.logStart()));
        }
        if (timestamp < ListOffsetsRequest.MAX_TIMESTAMP) {
            return nowhere();
        }
        // The newest record of all, or none when it is not to be seen: Kafka does not look for
        // another.
        @Nullable TimestampOffset found =
                timestamp == ListOffsetsRequest.MAX_TIMESTAMP
                        ? log.maxTimestamp(log.logEnd())
                        : log.offsetForTimestamp(timestamp, end);
        if (found != null && found.offset() < end) {
            return found;
        }
        return bounds.settled() ? nowhere() : NOT_YET;
    }

    private static TimestampOffset nowhere() {
        return new TimestampOffset(UNKNOWN, UNKNOWN, (int) UNKNOWN);
    }

    private static ListOffsetsPartitionResponse failed(ListOffsetsPartition wanted, Errors error) {
        return new ListOffsetsPartitionResponse()
                .setPartitionIndex(wanted.partitionIndex())
                .setErrorCode(error.code())
                .setTimestamp(UNKNOWN)
                .setOffset(UNKNOWN);
    }
}
