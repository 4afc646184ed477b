package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The sparse indexes of one segment in memory: about one entry for `index.interval.bytes` of log. The active segment's grow
/// here; they are written when the segment is rolled and when the log is closed.
///
/// Kafka's formats, big-endian, offsets relative to the segment's base:
/// - `.index`: (last offset of a batch, 4)(position of that batch, 4)
/// - `.timeindex`: (greatest timestamp so far, 8)(last offset of the batch that has it, 4)
///
/// Bounded by segment size / interval (and by `segment.index.bytes`): 256 Ki entries for 1 GiB.
final class SegmentIndex {
    static final int ENTRY = 8;
    static final int TIME_ENTRY = 12;

    private final long baseOffset;
    private int[] offsets = new int[8];
    private int[] positions = new int[8];
    private int count;
    private long[] times = new long[4];
    private int[] timeOffsets = new int[4];
    private int timeCount;
    private long maxTimestamp = -1;
    private long maxTimestampOffset;
    private int bytesSinceEntry;

    SegmentIndex(long baseOffset) {
        this.baseOffset = baseOffset;
        this.maxTimestampOffset = baseOffset;
    }

    /// A batch was appended at `position`.
    void add(long lastOffset, long position, int size, long batchMaxTimestamp, int interval) {
        if (batchMaxTimestamp > maxTimestamp) {
            maxTimestamp = batchMaxTimestamp;
            maxTimestampOffset = lastOffset;
        }
        if (bytesSinceEntry > interval) {
            addEntry((int) (lastOffset - baseOffset), (int) position);
            addTime();
            bytesSinceEntry = 0;
        }
        bytesSinceEntry += size;
    }

    private void addEntry(int offset, int position) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, count * 2);
            positions = Arrays.copyOf(positions, count * 2);
        }
        offsets[count] = offset;
        positions[count++] = position;
    }

    /// Adds the greatest timestamp so far, when it has grown since the last entry.
    void addTime() {
        if (maxTimestamp < 0 || (timeCount > 0 && times[timeCount - 1] >= maxTimestamp)) {
            return;
        }
        if (timeCount == times.length) {
            times = Arrays.copyOf(times, timeCount * 2);
            timeOffsets = Arrays.copyOf(timeOffsets, timeCount * 2);
        }
        times[timeCount] = maxTimestamp;
        timeOffsets[timeCount++] = (int) (maxTimestampOffset - baseOffset);
    }

    int entries() {
        return Math.max(count, timeCount);
    }

    long maxTimestamp() {
        return maxTimestamp;
    }

    long maxTimestampOffset() {
        return maxTimestampOffset;
    }

    /// The position of a batch at or before the one that holds `offset`.
    long positionFor(long offset) {
        int found =
                Arrays.binarySearch(
                        offsets, 0, count, (int) Math.min(Integer.MAX_VALUE, offset - baseOffset));
        int entry = found >= 0 ? found : -found - 2;
        return entry < 0 ? 0 : positions[entry];
    }

    /// The greatest indexed position that is not beyond `position`.
    long positionBelow(long position) {
        int found =
                Arrays.binarySearch(
                        positions, 0, count, (int) Math.min(Integer.MAX_VALUE, position));
        int entry = found >= 0 ? found : -found - 2;
        return entry < 0 ? 0 : positions[entry];
    }

    /// An offset such that every batch before the one that holds it is older than `timestamp`.
    long offsetBefore(long timestamp) {
        int found = Arrays.binarySearch(times, 0, timeCount, timestamp - 1);
        int entry = found >= 0 ? found : -found - 2;
        return entry < 0 ? baseOffset : baseOffset + timeOffsets[entry];
    }

    /// Writes both files, unsynced: they are caches, and checked when they are read (L4).
    void write(Storage directory) throws IOException {
        write(directory, "");
    }

    /// @param behind the usual names
    void write(Storage directory, String behind) throws IOException {
        replace(directory, LogFiles.of(baseOffset, LogFiles.INDEX) + behind, entryBytes());
        replace(directory, LogFiles.of(baseOffset, LogFiles.TIME_INDEX) + behind, timeBytes());
    }

    /// As [#write], durably: what is written below a recovery point is not looked at when power was lost, and a time index that ends
    /// early between two entries looks right.
    void writeDurably(Storage directory) throws IOException {
        directory.writeAtomically(LogFiles.of(baseOffset, LogFiles.INDEX), entryBytes());
        directory.writeAtomically(LogFiles.of(baseOffset, LogFiles.TIME_INDEX), timeBytes());
    }

    private ByteBuffer entryBytes() {
        ByteBuffer index = ByteBuffer.allocate(count * ENTRY);
        for (int i = 0; i < count; i++) {
            index.putInt(offsets[i]).putInt(positions[i]);
        }
        return index.flip();
    }

    private ByteBuffer timeBytes() {
        addTime();
        ByteBuffer time = ByteBuffer.allocate(timeCount * TIME_ENTRY);
        for (int i = 0; i < timeCount; i++) {
            time.putLong(times[i]).putInt(timeOffsets[i]);
        }
        return time.flip();
    }

    private static void replace(Storage directory, String name, ByteBuffer bytes)
            throws IOException {
        try (StoredFile file = directory.open(name)) {
            file.truncate(0);
            file.append(bytes);
        }
    }

    /// Reads what a clean close has written; then only the batches behind the last entry are walked over. Null when the files do not
    /// fit the segment: then [IndexBuild] reads it all.
    static @Nullable SegmentIndex load(
            Storage directory, StoredFile file, long baseOffset, long size) throws IOException {
        byte[] entries = directory.readAll(LogFiles.of(baseOffset, LogFiles.INDEX));
        byte[] times = directory.readAll(LogFiles.of(baseOffset, LogFiles.TIME_INDEX));
        if (entries == null || times == null) {
            return null;
        }
        var index = new SegmentIndex(baseOffset);
        boolean fits =
                index.readEntries(ByteBuffer.wrap(entries), size)
                        && index.readTimes(ByteBuffer.wrap(times));
        return fits && index.walkTail(file, size) ? index : null;
    }

    private boolean readEntries(ByteBuffer in, long size) {
        while (in.remaining() >= ENTRY) {
            int offset = in.getInt();
            int position = in.getInt();
            boolean rises =
                    count == 0 || (offset > offsets[count - 1] && position > positions[count - 1]);
            if (!rises || offset < 0 || position < 0 || position >= size) {
                return false;
            }
            addEntry(offset, position);
        }
        return !in.hasRemaining() && (count > 0 || size == 0);
    }

    private boolean readTimes(ByteBuffer in) {
        while (in.remaining() >= TIME_ENTRY) {
            maxTimestamp = in.getLong();
            int offset = in.getInt();
            if (offset < 0 || (timeCount > 0 && times[timeCount - 1] >= maxTimestamp)) {
                return false;
            }
            maxTimestampOffset = baseOffset + offset;
            addTime();
        }
        return !in.hasRemaining();
    }

    /// From the last entry on: is it right, and what has come since?
    private boolean walkTail(StoredFile file, long size) throws IOException {
        if (count == 0) {
            return size == 0;
        }
        var scan = new BatchScan(file, positions[count - 1], size, BatchScan.SHORT);
        if (!scan.next() || scan.lastOffset() - baseOffset != offsets[count - 1]) {
            return false;
        }
        do {
            if (scan.maxTimestamp() > maxTimestamp) {
                return false; // the close wrote the greatest of all
            }
            bytesSinceEntry += scan.size();
        } while (scan.next());
        return scan.atEnd();
    }
}
