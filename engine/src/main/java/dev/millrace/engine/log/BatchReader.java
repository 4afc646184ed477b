package dev.millrace.engine.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/// Reads a segment's batches whole, one after the other, and their records where somebody wants them. What is read is checked: a
/// batch that is damaged is not carried on.
///
/// **Owner.** One pass. **Bound.** A block, one batch where it is larger, and one batch unpacked up to a limit.
final class BatchReader {
    private final String log;
    private final int blockBytes;
    private final int unpackBytes;
    private final BufferSupplier buffers = BufferSupplier.create();
    private final RecordCursor records = new RecordCursor();
    private byte[] unpacked = new byte[0];

    /// Of the current batch; -1 as long as nobody has asked for its records.
    private int unpackedLength = -1;

    private BatchScan scan;
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private int at;

    BatchReader(String log, CompactionLimits limits, CompactionSource first) {
        this.log = log;
        this.blockBytes = limits.blockBytes();
        this.unpackBytes = limits.unpackBytes();
        this.scan = new BatchScan(first.file(), 0, first.size(), blockBytes);
    }

    /// Goes on at a batch's position in a segment.
    void begin(CompactionSource source, long position) {
        scan = new BatchScan(source.file(), position, source.size(), blockBytes);
    }

    /// Goes to the next batch; false at the segment's end.
    ///
    /// @throws CorruptLogException when what stands there is no batch, or its checksum is wrong
    boolean next() throws IOException {
        unpackedLength = -1;
        if (!scan.nextOrCorrupt(log)) {
            return false;
        }
        if (scan.size() <= blockBytes) {
            verify(scan.crcMatches()); // which reads all of it into the block
            batch = scan.header();
            at = scan.headerAt();
        } else {
            batch = scan.records().load().buffer();
            at = 0;
            verify(BatchHeader.crcMatches(batch, 0, scan.size()));
        }
        return true;
    }

    private void verify(boolean right) throws CorruptLogException {
        if (!right) {
            throw new CorruptLogException(
                    log, scan.fileName(), scan.position(), "a batch with a wrong checksum");
        }
    }

    /// Holds the batch at [#at()], until the next one.
    ByteBuffer batch() {
        return batch;
    }

    int at() {
        return at;
    }

    int size() {
        return scan.size();
    }

    long position() {
        return scan.position();
    }

    long baseOffset() {
        return BatchHeader.baseOffset(batch, at);
    }

    long lastOffset() {
        return BatchHeader.lastOffset(batch, at);
    }

    /// The records from the first on, stepped over with [#nextRecord()].
    RecordCursor records() throws IOException {
        int count = BatchHeader.count(batch, at);
        if (BatchHeader.codec(batch, at) == 0) {
            int from = batch.arrayOffset() + at;
            records.begin(batch.array(), from + BatchHeader.BYTES, from + size(), count);
        } else {
            if (unpackedLength < 0) {
                unpackedLength = count == 0 ? 0 : unpack();
            }
            records.begin(unpacked, 0, unpackedLength, count);
        }
        return records;
    }

    /// As [RecordCursor#next()].
    ///
    /// @throws UncleanableException when the bytes are no records
    boolean nextRecord() throws UncleanableException {
        try {
            return records.next();
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException damaged) {
            throw undecodable();
        }
    }

    private int unpack() throws IOException {
        ByteBuffer body = batch.slice(at + BatchHeader.BYTES, size() - BatchHeader.BYTES);
        var codec = CompressionType.forId(BatchHeader.codec(batch, at));
        int length = 0;
        try (InputStream in = Compression.of(codec).build().wrapForInput(body, (byte) 2, buffers)) {
            while (true) {
                if (length == unpacked.length) {
                    grow();
                }
                int read = in.read(unpacked, length, unpacked.length - length);
                if (read < 0) {
                    break;
                }
                length += read;
            }
        } catch (UncleanableException tooLarge) {
            throw tooLarge;
        } catch (IOException | KafkaException damaged) {
            throw undecodable();
        }
        return length;
    }

    private void grow() throws UncleanableException {
        if (unpacked.length >= unpackBytes) {
            throw new UncleanableException(
                    "the batch at offset %d unpacks to more than %d bytes"
                            .formatted(baseOffset(), unpackBytes));
        }
        long twice = Math.max(64L << 10, 2L * unpacked.length);
        unpacked = Arrays.copyOf(unpacked, (int) Math.min(unpackBytes, twice));
    }

    private UncleanableException undecodable() {
        return new UncleanableException(
                "the records of the batch at offset %d cannot be read".formatted(baseOffset()));
    }
}
