package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// Reads every batch of a log that nobody has open, and compares every checksum. Changes nothing.
///
/// Offsets may have holes, which compaction leaves; they never go back.
public final class LogCheck {
    private static final int MAGIC_AT = 16;
    private static final int MAGIC = 2;

    private LogCheck() {}

    /// What was found.
    ///
    /// @param lastBase the base offset of the last segment
    /// @param batches that are whole
    /// @param records in them, markers of transactions not counted
    /// @param bytes of those batches
    /// @param end the offset behind the last of them, or the last segment's base when that is empty
    /// @param fault the first thing that is not right; null when there is none
    public record Found(
            long lastBase,
            long batches,
            long records,
            long bytes,
            long end,
            @Nullable Fault fault) {}

    /// @param kind what it is
    /// @param lastSegment whether it stands in the last segment, where an unclean stop leaves it
    /// @param nextOffset the one behind the last whole batch before it
    public record Fault(
            Kind kind, String file, long position, long nextOffset, boolean lastSegment) {}

    /// What may be wrong.
    public enum Kind {
        /// Message format 0 or 1.
        OLD_FORMAT,
        /// Not a whole batch, or not with this checksum.
        DAMAGED,
        /// Offsets go back.
        DISORDERED
    }

    /// @param progress hears of bytes that were read, a batch at a time
    public static Found read(Storage folder, LongConsumer progress) throws IOException {
        List<Long> bases =
                folder.files().stream()
                        .map(file -> LogFiles.offset(file, LogFiles.LOG))
                        .flatMap(base -> Stream.ofNullable(base))
                        .toList();
        var found = new Found(bases.isEmpty() ? 0 : bases.getLast(), 0, 0, 0, 0, null);
        for (int i = 0; i < bases.size() && found.fault() == null; i++) {
            String name = LogFiles.of(Objects.requireNonNull(bases.get(i)), LogFiles.LOG);
            try (StoredFile file = folder.open(name)) {
                found = segment(file, bases.get(i), i == bases.size() - 1, found, progress);
            }
        }
        return found;
    }

    private static Found segment(
            StoredFile file, long base, boolean last, Found before, LongConsumer progress)
            throws IOException {
        long batches = before.batches();
        long records = before.records();
        long bytes = before.bytes();
        long next = Math.max(before.end(), base);
        Kind kind = base < before.end() ? Kind.DISORDERED : null;
        var scan = new BatchScan(file, 0, file.size(), BatchScan.LONG);
        while (kind == null && scan.next()) {
            ByteBuffer header = scan.header();
            int at = scan.headerAt();
            int codec = BatchHeader.codec(header, at);
            int count = BatchHeader.control(header, at) ? 0 : BatchHeader.count(header, at);
            if (!scan.plausible() || codec > CompressionType.ZSTD.id || !scan.crcMatches()) {
                kind = Kind.DAMAGED;
            } else if (scan.baseOffset() < next) {
                kind = Kind.DISORDERED;
            } else {
                next = scan.lastOffset() + 1;
                batches++;
                records += count;
                bytes += scan.size();
                progress.accept(scan.size());
            }
        }
        if (kind == null && !scan.atEnd()) {
            kind = isOld(file, scan.position()) ? Kind.OLD_FORMAT : Kind.DAMAGED;
        }
        Fault fault =
                kind == null ? null : new Fault(kind, file.name(), scan.position(), next, last);
        return new Found(before.lastBase(), batches, records, bytes, next, fault);
    }

    /// Their entries begin with offset and length too, and have the same byte for the format.
    private static boolean isOld(StoredFile file, long position) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(MAGIC_AT + 1);
        if (file.read(position, head) < head.capacity()) {
            return false;
        }
        byte magic = head.get(MAGIC_AT);
        int length = head.getInt(BatchHeader.LOG_OVERHEAD - Integer.BYTES);
        return magic >= 0
                && magic < MAGIC
                && length > MAGIC_AT - BatchHeader.LOG_OVERHEAD
                && position + BatchHeader.LOG_OVERHEAD + length <= file.size()
                && head.getLong(0) >= 0;
    }
}
