package dev.millrace.simulator.invariant;

import dev.millrace.simulator.disk.SeenFile;
import dev.millrace.simulator.disk.SimDisk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The batches of one log, as they lie on a machine's disk, read by their headers: by no code of the log itself. A batch whose checksum
/// is wrong, or that does not begin where the one before it ends, ends it: a power loss has torn it, and the machine has not opened the log
/// since, which cuts it. So a log that has lost its head, or a segment in between, holds nothing from there on: none that is watched is compacted, or
/// gives up its oldest records. The checksum does not cover the offset: where a sector ends within the first bytes of a batch, those may be lost, and the
/// rest is whole.
final class LogMirror {
    private static final int HEADER = 61;
    private static final int CRC = 17;
    private static final int COVERED_FROM = 21;

    /// @param crc covers all but the offset and the epoch
    record Batch(long base, long last, int epoch, int crc) {}

    /// Is told of a batch when it is first seen, and of the one before it.
    @FunctionalInterface
    interface Seen {
        void batch(Batch batch, @Nullable Batch before);
    }

    private record Read(SeenFile file, int rewrites, int upTo) {}

    private record Lies(SeenFile in, int from, int to) {}

    private final String directory;
    private final Seen seen;
    private final TreeMap<Long, Batch> batches = new TreeMap<>();
    private final Map<Long, Lies> where = new HashMap<>();
    private final Map<String, Read> read = new TreeMap<>();

    /// Where the last look was, and how many operations of the disk there had been.
    private @Nullable SimDisk looked;

    private int changes;

    /// @param directory of the log, within the disk's root
    LogMirror(String directory, Seen seen) {
        this.directory = directory;
        this.seen = seen;
    }

    /// Reads what has changed.
    void refresh(SimDisk disk) {
        if (disk == looked && disk.changes() == changes) {
            return;
        }
        looked = disk;
        changes = disk.changes();
        Map<String, SeenFile> logs = new TreeMap<>();
        disk.look(directory)
                .forEach((name, file) -> {
                    if (name.endsWith(".log")) {
                        logs.put(name, file);
                    }
                });
        if (!goesOn(logs)) {
            read.clear();
            batches.clear();
            where.clear();
        }
        logs.forEach(this::readOn);
    }

    private boolean goesOn(Map<String, SeenFile> logs) {
        for (Map.Entry<String, Read> each : read.entrySet()) {
            Read before = each.getValue();
            SeenFile now = logs.get(each.getKey());
            if (now == null
                    || !now.is(before.file)
                    || now.rewrites() != before.rewrites
                    || now.size() < before.upTo) {
                return false;
            }
        }
        return true;
    }

    private void readOn(String name, SeenFile file) {
        Read before = read.get(name);
        int from = before == null ? 0 : before.upTo;
        if (before != null && file.size() == from) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(file.bytesFrom(from));
        int at = 0;
        while (bytes.limit() - at >= HEADER) {
            int size = 12 + bytes.getInt(at + 8);
            if (size < HEADER
                    || size > bytes.limit() - at
                    || bytes.getLong(at) != end()
                    || isTorn(bytes, at, size)) {
                break;
            }
            where.put(bytes.getLong(at), new Lies(file, from + at, from + at + size));
            batch(bytes, at);
            at += size;
        }
        read.put(name, new Read(file, file.rewrites(), from + at));
    }

    private static boolean isTorn(ByteBuffer bytes, int at, int size) {
        var crc = new CRC32C();
        crc.update(bytes.slice(at + COVERED_FROM, size - COVERED_FROM));
        return (int) crc.getValue() != bytes.getInt(at + CRC);
    }

    private void batch(ByteBuffer bytes, int at) {
        long base = bytes.getLong(at);
        var batch =
                new Batch(
                        base,
                        base + bytes.getInt(at + 23),
                        bytes.getInt(at + 12),
                        bytes.getInt(at + CRC));
        @Nullable Batch before = last();
        batches.put(base, batch);
        seen.batch(batch, before);
    }

    private @Nullable Batch last() {
        return batches.isEmpty() ? null : batches.lastEntry().getValue();
    }

    /// The batch at that offset; null when there is none.
    @Nullable Batch at(long base) {
        return batches.get(base);
    }

    /// Whether the batch at that offset would be there if the power went now.
    boolean isDurable(long base) {
        Lies lies = where.get(base);
        return lies != null && lies.in.isDurable(lies.from, lies.to);
    }

    /// The offset that the next record gets; 0 for an empty log.
    long end() {
        Batch last = last();
        return last == null ? 0 : last.last + 1;
    }

    /// Batches from that offset on, below another.
    List<Batch> between(long from, long to) {
        return new ArrayList<>(batches.subMap(from, to).values());
    }
}
