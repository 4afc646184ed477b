package dev.millrace.engine.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;

/// Writes a batch again without those of its records that have gone. Offsets, sequences, epoch and codec stay; of an uncompressed
/// batch the bytes are those that Kafka's own filter writes.
///
/// A record that stays is copied as it lies; only its timestamp delta is written anew, where the base timestamp is another.
final class BatchRewriter {
    private static final int FIRST_BYTES = 64 << 10;
    private static final int VARINT = 5;
    private static final int VARLONG = 10;

    private ByteBuffer out = ByteBuffer.allocate(FIRST_BYTES);
    private ByteBuffer body = ByteBuffer.allocate(0);

    /// The batch from 0 to [#size()], until the next one is written.
    ByteBuffer out() {
        return out;
    }

    int size() {
        return out.limit();
    }

    /// Only its header.
    void empty(BatchReader batch) {
        header(batch, 0);
        BatchHeader.setEmpty(out, 0);
        out.flip();
    }

    /// @param horizonMs its new delete horizon; -1 when that stays as it is
    void records(BatchReader batch, BitSet kept, int keptCount, long horizonMs) throws IOException {
        RecordCursor records = batch.records();
        CompressionType codec = CompressionType.forId(BatchHeader.codec(batch.batch(), batch.at()));
        long oldBase = BatchHeader.baseTimestamp(batch.batch(), batch.at());
        boolean hasHorizon = BatchHeader.hasDeleteHorizon(batch.batch(), batch.at());
        boolean ownTimes = !BatchHeader.logAppendTime(batch.batch(), batch.at());
        long base = horizonMs >= 0 ? horizonMs : oldBase;
        long newest = Long.MIN_VALUE;
        boolean first = true;
        for (int i = 0; batch.nextRecord(); i++) {
            if (kept.get(i)) {
                if (first) {
                    if (horizonMs < 0 && !hasHorizon && ownTimes) {
                        base = oldBase + records.timestampDelta();
                    }
                    begin(records, keptCount);
                    first = false;
                }
                newest = Math.max(newest, oldBase + records.timestampDelta());
                add(records, oldBase - base);
            }
        }
        body.flip();
        if (codec == CompressionType.NONE) {
            header(batch, body.remaining());
            out.put(body);
        } else {
            pack(batch, codec);
        }
        BatchHeader.setRecords(
                out,
                0,
                out.position(),
                keptCount,
                base,
                ownTimes ? newest : BatchHeader.maxTimestamp(batch.batch(), batch.at()),
                horizonMs >= 0 || hasHorizon);
        out.flip();
    }

    /// Makes room for all that can follow.
    private void begin(RecordCursor firstKept, int keptCount) {
        int most =
                Math.addExact(
                        firstKept.limit() - firstKept.start(),
                        Math.multiplyExact(keptCount, VARINT + VARLONG));
        if (body.capacity() < most) {
            body = ByteBuffer.allocate(most);
        }
        body.clear();
    }

    private void add(RecordCursor record, long shift) {
        if (shift == 0) {
            body.put(record.bytes(), record.start(), record.end() - record.start());
            return;
        }
        long delta = record.timestampDelta() + shift;
        int rest = record.end() - record.afterTimestamp();
        ByteUtils.writeVarint(1 + ByteUtils.sizeOfVarlong(delta) + rest, body);
        body.put(record.attributes());
        ByteUtils.writeVarlong(delta, body);
        body.put(record.bytes(), record.afterTimestamp(), rest);
    }

    private void pack(BatchReader batch, CompressionType codec) throws IOException {
        header(batch, 0);
        var stream = new ByteBufferOutputStream(out);
        try (OutputStream packed = Compression.of(codec).build().wrapForOutput(stream, (byte) 2)) {
            packed.write(body.array(), 0, body.remaining());
        }
        out = stream.buffer();
    }

    /// Copies the header, and leaves room for so much behind it.
    private void header(BatchReader batch, int more) {
        if (out.capacity() < BatchHeader.BYTES + more) {
            out = ByteBuffer.allocate(BatchHeader.BYTES + more);
        }
        out.clear()
                .put(
                        batch.batch()
                                .duplicate()
                                .limit(batch.at() + BatchHeader.BYTES)
                                .position(batch.at()));
    }
}
