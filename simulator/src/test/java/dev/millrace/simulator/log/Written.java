package dev.millrace.simulator.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// One batch as the model knows it: records with one value, or a marker.
///
/// @param transactional whether it belongs to a transaction of its producer
/// @param marker null for records
record Written(
        long baseOffset,
        long lastOffset,
        int leaderEpoch,
        long producerId,
        short producerEpoch,
        int baseSequence,
        long timestampMs,
        ByteBuffer value,
        boolean transactional,
        @Nullable Marker marker) {

    /// How a transaction ended, and who said so.
    record Marker(boolean commit, int coordinatorEpoch) {}

    int count() {
        return (int) (lastOffset - baseOffset) + 1;
    }

    int lastSequence() {
        return baseSequence + count() - 1;
    }

    /// What is different in a batch that was read; null when nothing is.
    @Nullable String difference(MutableRecordBatch read) {
        if (read.baseOffset() != baseOffset
                || read.lastOffset() != lastOffset
                || read.partitionLeaderEpoch() != leaderEpoch
                || read.producerId() != producerId
                || read.isTransactional() != transactional
                || read.isControlBatch() != (marker != null)
                || (producerId >= 0 && read.baseSequence() != baseSequence)) {
            return "wrote " + this + ", read " + read;
        }
        if (!read.isValid()) {
            return "an invalid batch is served at " + baseOffset;
        }
        for (Record record : read) {
            if (marker != null) {
                ControlRecordType wanted =
                        marker.commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
                return ControlRecordType.parse(record.key()) == wanted ? null : "another marker";
            }
            if (!value.equals(record.value()) || record.timestamp() != timestampMs) {
                return "other bytes at " + record.offset();
            }
        }
        return null;
    }

    /// As seen by [Log#producers].
    String producer() {
        return "%d/%d seq %d offset %d"
                .formatted(producerId, producerEpoch, lastSequence(), lastOffset);
    }

    @Override
    public String toString() {
        return "[%d-%d epoch %d producer %d seq %d, %s]"
                .formatted(
                        baseOffset,
                        lastOffset,
                        leaderEpoch,
                        producerId,
                        baseSequence,
                        marker != null ? marker : value.remaining() + " bytes");
    }
}
