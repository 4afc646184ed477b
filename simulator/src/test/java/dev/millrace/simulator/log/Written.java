package dev.millrace.simulator.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

/// One batch as the model knows it: one record for each value.
record Written(
        long baseOffset,
        long lastOffset,
        int leaderEpoch,
        long producerId,
        short producerEpoch,
        int baseSequence,
        long timestampMs,
        ByteBuffer value) {

    int count() {
        return (int) (lastOffset - baseOffset) + 1;
    }

    int lastSequence() {
        return baseSequence + count() - 1;
    }

    /// What is different in a batch that was read; null when nothing is.
    @org.jspecify.annotations.Nullable
    String difference(MutableRecordBatch read) {
        if (read.baseOffset() != baseOffset
                || read.lastOffset() != lastOffset
                || read.partitionLeaderEpoch() != leaderEpoch
                || read.producerId() != producerId
                || (producerId >= 0 && read.baseSequence() != baseSequence)) {
            return "wrote " + this + ", read " + read;
        }
        if (!read.isValid()) {
            return "an invalid batch is served at " + baseOffset;
        }
        for (Record record : read) {
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
        return "[%d-%d epoch %d producer %d seq %d, %d bytes]"
                .formatted(
                        baseOffset,
                        lastOffset,
                        leaderEpoch,
                        producerId,
                        baseSequence,
                        value.remaining());
    }
}
