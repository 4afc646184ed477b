package dev.millrace.simulator.compaction;

import java.util.Objects;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// One record as it was appended.
///
/// @param value null for a tombstone; of a marker "commit" or "abort"
/// @param batchBase where its batch began
/// @param batchLast the last offset of its batch
record Entry(
        long offset,
        @Nullable String key,
        @Nullable String value,
        long timestampMs,
        int leaderEpoch,
        long producerId,
        short producerEpoch,
        int baseSequence,
        boolean transactional,
        boolean marker,
        CompressionType codec,
        long batchBase,
        long batchLast) {

    boolean isData() {
        return !marker;
    }

    boolean isTombstone() {
        return isData() && value == null;
    }

    int lastSequence() {
        return baseSequence + (int) (batchLast - batchBase);
    }

    /// What is different in one that was read; null when nothing is.
    @Nullable String difference(Entry read) {
        boolean same =
                Objects.equals(key, read.key)
                        && Objects.equals(value, read.value)
                        && timestampMs == read.timestampMs
                        && leaderEpoch == read.leaderEpoch
                        && producerId == read.producerId
                        && producerEpoch == read.producerEpoch
                        && baseSequence == read.baseSequence
                        && transactional == read.transactional
                        && marker == read.marker
                        && codec == read.codec
                        && batchBase == read.batchBase
                        && batchLast == read.batchLast;
        return same ? null : "wrote " + this + ", read " + read;
    }
}
