package dev.millrace.engine.replica;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One partition of a fetch, and within a session what its client was told last (KIP-227).
///
/// Touched only by the request that holds the session's turn.
public final class FetchTarget {
    /// How a session knows a partition: by topic id from version 13 on, by name before.
    ///
    /// @param topic empty when the client names the topic by its id
    public record Key(Uuid topicId, String topic, int partition) {}

    private final Key key;
    private long offset;
    private int maxBytes;
    private int currentLeaderEpoch;
    private int lastFetchedEpoch;
    private long toldHighWatermark = -1;
    private long toldLogStart = -1;

    FetchTarget(Key key, FetchPartition wanted) {
        this.key = key;
        update(wanted);
    }

    void update(FetchPartition wanted) {
        offset = wanted.fetchOffset();
        maxBytes = wanted.partitionMaxBytes();
        currentLeaderEpoch = wanted.currentLeaderEpoch();
        lastFetchedEpoch = wanted.lastFetchedEpoch();
    }

    public Key key() {
        return key;
    }

    /// Reads it, or says why not.
    ///
    /// @param partition null when it is not here, in which case `missing` says why
    public PartitionRead read(
            @Nullable Partition partition,
            Errors missing,
            int budget,
            boolean atLeastOneBatch,
            Isolation isolation) {
        if (partition == null) {
            return PartitionRead.failed(missing);
        }
        return partition.read(
                offset,
                currentLeaderEpoch,
                lastFetchedEpoch,
                Math.min(budget, maxBytes),
                atLeastOneBatch,
                isolation);
    }

    /// Whether an incremental answer must name this partition: it has records, an error, or an offset that the client has not
    /// been told.
    boolean worthTelling(PartitionData answer) {
        boolean changed =
                answer.records().sizeInBytes() > 0
                        || answer.errorCode() != Errors.NONE.code()
                        || answer.divergingEpoch().epoch() >= 0
                        || answer.highWatermark() != toldHighWatermark
                        || answer.logStartOffset() != toldLogStart;
        // After an error the next good answer is news, even with the same offsets.
        boolean failed = answer.errorCode() != Errors.NONE.code();
        toldHighWatermark = failed ? -1 : answer.highWatermark();
        toldLogStart = failed ? -1 : answer.logStartOffset();
        return changed;
    }
}
