package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Compares one segment's `.index` and `.timeindex` with its batches, while these are read.
///
/// Every entry has to be true. That entries are missing counts only where a stop or a roll has finished the files:
/// - a file that is not there, or empty, is made anew when it is needed: a recovery leaves some so;
/// - one that ends early stays so, and searches walk over what it leaves out.
final class IndexInspection {
    private final Storage directory;
    private final long base;
    private final boolean finished;
    private final int interval;
    private final String indexName;
    private final String timeName;
    private final @Nullable ByteBuffer index;
    private final @Nullable ByteBuffer times;
    private final SegmentIndex right;
    private @Nullable String indexWrong;
    private @Nullable String timesWrong;
    private long indexed;
    private long widest;
    private long end;
    private int largest;

    /// @param finished the files reach to the end of the segment
    IndexInspection(Storage directory, long base, boolean finished, int interval)
            throws IOException {
        this.directory = directory;
        this.base = base;
        this.finished = finished;
        this.interval = interval;
        this.indexName = LogFiles.of(base, LogFiles.INDEX);
        this.timeName = LogFiles.of(base, LogFiles.TIME_INDEX);
        this.index = read(indexName);
        this.times = read(timeName);
        this.right = new SegmentIndex(base);
    }

    private @Nullable ByteBuffer read(String name) throws IOException {
        byte[] bytes = directory.readAll(name);
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }

    /// The next batch of the segment.
    void batch(long position, int size, long lastOffset, long maxTimestamp) {
        right.add(lastOffset, position, size, maxTimestamp, interval);
        end = position + size;
        largest = Math.max(largest, size);
        if (index != null && indexWrong == null) {
            compareIndex(index, position, lastOffset);
        }
        if (times != null && timesWrong == null) {
            compareTimes(times, lastOffset, maxTimestamp);
        }
    }

    private void compareIndex(ByteBuffer in, long position, long lastOffset) {
        while (in.remaining() >= SegmentIndex.ENTRY) {
            int entryOffset = in.getInt(in.position());
            int entryPosition = in.getInt(in.position() + 4);
            if (entryPosition > position) {
                return;
            }
            if (entryPosition < position || base + entryOffset != lastOffset) {
                indexWrong =
                        "entry %d says that the batch that ends at offset %d is at byte %d; it is not"
                                .formatted(
                                        in.position() / SegmentIndex.ENTRY,
                                        base + entryOffset,
                                        entryPosition);
                return;
            }
            in.position(in.position() + SegmentIndex.ENTRY);
            widest = Math.max(widest, position - indexed);
            indexed = position;
        }
    }

    private void compareTimes(ByteBuffer in, long lastOffset, long maxTimestamp) {
        while (in.remaining() >= SegmentIndex.TIME_ENTRY) {
            long time = in.getLong(in.position());
            long offset = base + in.getInt(in.position() + 8);
            if (offset > lastOffset) {
                return;
            }
            boolean newest = time == right.maxTimestamp() && offset == right.maxTimestampOffset();
            if (offset < lastOffset || time != maxTimestamp || !newest) {
                timesWrong =
                        "entry %d says that the greatest time up to offset %d is %d; it is not"
                                .formatted(in.position() / SegmentIndex.TIME_ENTRY, offset, time);
                return;
            }
            in.position(in.position() + SegmentIndex.TIME_ENTRY);
        }
    }

    /// The segment is read.
    ///
    /// @param lost some of it could not be
    void end(boolean lost, List<Finding> findings) {
        right.addTime();
        if (lost) {
            return; // what points into the damage may be true
        }
        var mend = new Mend("makes both indexes anew from the log", () -> mend());
        if (finished && end > 0) {
            absent(findings, indexName, index, end > interval + largest, mend);
            absent(findings, timeName, times, right.maxTimestamp() >= 0, mend);
        }
        if (index != null && index.limit() > 0) {
            add(
                    findings,
                    indexName,
                    indexWrong != null ? indexWrong : indexRest(index, findings),
                    mend);
        }
        if (times != null && times.limit() > 0) {
            add(
                    findings,
                    timeName,
                    timesWrong != null ? timesWrong : timesRest(times, findings),
                    mend);
        }
    }

    /// @param needed it would have an entry
    private static void absent(
            List<Finding> findings,
            String name,
            @Nullable ByteBuffer file,
            boolean needed,
            Mend mend) {
        if (file == null || (file.limit() == 0 && needed)) {
            String is = file == null ? "is not there" : "is empty";
            findings.add(
                    Finding.derivable(
                            name,
                            is + ": it is made anew from the log when it is needed, or by --repair",
                            mend));
        }
    }

    private static void add(List<Finding> findings, String name, @Nullable String what, Mend mend) {
        if (what != null) {
            findings.add(Finding.wrong(name, what, mend));
        }
    }

    private @Nullable String indexRest(ByteBuffer in, List<Finding> findings) {
        if (in.hasRemaining()) {
            return rest(in, indexName, SegmentIndex.ENTRY, findings);
        }
        // It may have been made with another interval: then the stretches between its entries tell
        // which.
        long enough = Math.max(interval, widest) + largest;
        return finished && end - indexed > enough
                ? "has no entry for the last %d bytes".formatted(end - indexed)
                : null;
    }

    private @Nullable String timesRest(ByteBuffer in, List<Finding> findings) {
        if (in.hasRemaining()) {
            return rest(in, timeName, SegmentIndex.TIME_ENTRY, findings);
        }
        int last = in.limit() - SegmentIndex.TIME_ENTRY;
        long newest = last < 0 ? -1 : in.getLong(last);
        return finished && newest < right.maxTimestamp()
                ? "does not reach to the newest record of its segment"
                : null;
    }

    /// Entries behind the end of the segment: after a power loss the log may be shorter than its index. They have to be in order all the same.
    private @Nullable String rest(
            ByteBuffer in, String name, int entryBytes, List<Finding> findings) {
        String what = "%d bytes at its end belong to no batch".formatted(in.remaining());
        if (finished || !rises(in, entryBytes)) {
            return what;
        }
        findings.add(Finding.note(name, what + ": the next start makes it anew"));
        return null;
    }

    private static boolean rises(ByteBuffer in, int entryBytes) {
        for (int at = in.position() + entryBytes; at + entryBytes <= in.limit(); at += entryBytes) {
            int before = at - entryBytes;
            boolean keys =
                    entryBytes == SegmentIndex.ENTRY
                            ? in.getInt(before) < in.getInt(at)
                            : in.getLong(before) < in.getLong(at);
            int second = entryBytes - Integer.BYTES;
            if (!keys || in.getInt(before + second) >= in.getInt(at + second)) {
                return false;
            }
        }
        return true;
    }

    /// Two files, each replaced as a whole; where only one of them is there after a crash, the other one is still wrong.
    private void mend() throws IOException {
        right.writeDurably(directory);
    }
}
