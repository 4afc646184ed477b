package dev.millrace.engine.replica;

import dev.millrace.engine.log.AbortedTransaction;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// What a read of one partition found.
///
/// @param records whole batches, empty when there are none or on an error
/// @param highWatermark -1 on an error, as the other offsets
/// @param logEnd of the leader, as far as a follower may read
/// @param divergingEpoch -1, or the epoch at which the reader's log departs from this one (KIP-595), ending at
///     `divergingEnd`
/// @param leaderEpoch in which it was read; -1 on an error
/// @param preferredReplica the broker from which the client had better read, without records from here; -1 for none (KIP-392)
/// @param aborted what a reader of committed records leaves out of the batches; empty for others
public record PartitionRead(
        Errors error,
        BaseRecords records,
        long highWatermark,
        long lastStable,
        long logStart,
        long logEnd,
        int divergingEpoch,
        long divergingEnd,
        int leaderEpoch,
        int preferredReplica,
        List<AbortedTransaction> aborted) {
    public static PartitionRead failed(Errors error) {
        return new PartitionRead(
                error, MemoryRecords.EMPTY, -1, -1, -1, -1, -1, -1, -1, -1, List.of());
    }

    /// What a follower is told that is not within the log: where it begins, and how far all have come.
    static PartitionRead outOfRange(long logStart, long highWatermark) {
        return new PartitionRead(
                Errors.OFFSET_OUT_OF_RANGE,
                MemoryRecords.EMPTY,
                highWatermark,
                -1,
                logStart,
                -1,
                -1,
                -1,
                -1,
                -1,
                List.of());
    }

    /// One past the last offset that a read at this isolation level may return; -1 on an error.
    long end(Isolation isolation) {
        return isolation.of(highWatermark, lastStable, logEnd);
    }
}
