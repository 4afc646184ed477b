package dev.millrace.engine.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Reads a segment's batches whole, one after the other, and their records where somebody wants them. What is read is checked: a
/// batch that is damaged is not carried on.
///
/// **Owner.** One pass. **Bound.** A block, one batch where it is larger, and one batch unpacked up to a limit.
final class BatchReader {
    private final String log;
    private final int blockBytes;
    private final int unpackBytes;
    private final Unpacker unpacker;
    private final RecordCursor records = new RecordCursor();

    /// Where the records of the current batch end; -1 as long as nobody has asked for them.
    private int unpackedEnd = -1;

    private BatchScan scan;
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private int at;

    BatchReader(String log, CompactionLimits limits, CompactionSource first) {
        this.log = log;
        this.blockBytes = limits.blockBytes();
        this.unpackBytes = limits.unpackBytes();
        this.unpacker = new Unpacker(unpackBytes);
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
        unpackedEnd = -1;
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
            if (unpackedEnd < 0) {
                unpackedEnd = count == 0 ? BatchHeader.BYTES : unpack();
            }
            records.begin(unpacker.bytes(), BatchHeader.BYTES, unpackedEnd, count);
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

    private int unpack() throws UncleanableException {
        int end = unpacker.unpack(batch, at);
        if (end == Unpacker.TOO_LARGE) {
            throw new UncleanableException(
                    "the batch at offset %d unpacks to more than %d bytes"
                            .formatted(baseOffset(), unpackBytes));
        }
        if (end == Unpacker.DAMAGED) {
            throw undecodable();
        }
        return end;
    }

    private UncleanableException undecodable() {
        return new UncleanableException(
                "the records of the batch at offset %d cannot be read".formatted(baseOffset()));
    }
}
