package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The index files of a sealed segment, searched where they lie (some 18 small reads, no memory held).
///
/// They are caches (L4): an entry counts only when the batch that it points at is there and has that last offset or that
/// timestamp. Otherwise the files are made anew from the log, once.
final class IndexFiles {
    private static final Logger LOG = LoggerFactory.getLogger(IndexFiles.class);

    private static final int SMALL = 1 << 20;

    private final String log;
    private final Storage directory;
    private final Segment segment;
    private final int interval;
    private boolean rebuilt;

    IndexFiles(String log, Storage directory, Segment segment, int interval) {
        this.log = log;
        this.directory = directory;
        this.segment = segment;
        this.interval = interval;
    }

    /// One sorted file of entries, as the search needs it.
    private record Entries(StoredFile file, int entryBytes, int count) {
        static Entries of(StoredFile file, int entryBytes) {
            return new Entries(file, entryBytes, (int) (file.size() / entryBytes));
        }

        /// A file that ends within an entry was torn.
        boolean whole() {
            return file.size() % entryBytes == 0;
        }

        ByteBuffer entry(int at) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(entryBytes);
            if (file.read((long) at * entryBytes, bytes) != entryBytes) {
                throw new IOException(file.name() + ": ends within entry " + at);
            }
            return bytes.flip();
        }

        /// The last entry whose key is at most `limit`; -1 when there is none.
        int floor(Key key, long limit) throws IOException {
            int low = 0;
            int high = count - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                if (key.of(entry(middle)) <= limit) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return high;
        }
    }

    private interface Key {
        long of(ByteBuffer entry);
    }

    private StoredFile open(String suffix) throws IOException {
        return directory.open(LogFiles.of(segment.baseOffset, suffix));
    }

    /// As [#positionFor], before anybody has checked the log: nothing is rebuilt, 0 in doubt.
    long positionIfIndexed(long offset) throws IOException {
        if (segment.size() <= SMALL) {
            return positionIfRead(offset - segment.baseOffset);
        }
        boolean before = rebuilt;
        rebuilt = true;
        try {
            return positionFor(offset);
        } finally {
            rebuilt = before;
        }
    }

    /// Of a segment whose index is soon read whole: nothing stays open or is made, for each of many logs.
    private long positionIfRead(long limit) throws IOException {
        byte[] bytes = directory.readAll(LogFiles.of(segment.baseOffset, LogFiles.INDEX));
        ByteBuffer entries = ByteBuffer.wrap(bytes == null ? new byte[0] : bytes);
        int at = entries.limit() / SegmentIndex.ENTRY - 1;
        while (at >= 0 && entries.getInt(at * SegmentIndex.ENTRY) > limit) {
            at--;
        }
        if (at < 0) {
            return 0;
        }
        long offset = entries.getInt(at * SegmentIndex.ENTRY);
        long position = entries.getInt(at * SegmentIndex.ENTRY + 4);
        return holds(position, segment.baseOffset + offset) ? position : 0;
    }

    long positionFor(long offset) throws IOException {
        return search(e -> e.getInt(0), offset - segment.baseOffset);
    }

    long positionBelow(long position) throws IOException {
        return search(e -> e.getInt(4), position);
    }

    private long search(Key key, long limit) throws IOException {
        if (!directory.exists(LogFiles.of(segment.baseOffset, LogFiles.INDEX))) {
            // To open it would make it; and that it is gone says that other caches may be gone too.
            return missing(0) ? again(key, limit) : 0;
        }
        try (StoredFile file = open(LogFiles.INDEX)) {
            var entries = Entries.of(file, SegmentIndex.ENTRY);
            int floor = entries.floor(key, limit);
            if (floor < 0) {
                return missing(entries.count()) ? again(key, limit) : 0;
            }
            ByteBuffer entry = entries.entry(floor);
            long position = entry.getInt(4);
            return holds(position, segment.baseOffset + entry.getInt(0))
                    ? position
                    : again(key, limit);
        }
    }

    private long again(Key key, long limit) throws IOException {
        return rebuild() ? search(key, limit) : 0;
    }

    /// Whether entries are missing from a segment that must have some.
    private boolean missing(int count) throws IOException {
        return count == 0 && segment.size() > 8L * interval;
    }

    /// Whether a batch with that last offset stands at that position.
    private boolean holds(long position, long lastOffset) throws IOException {
        if (position < 0 || position >= segment.size()) {
            return false;
        }
        var scan = new BatchScan(segment.file(), position, segment.size(), BatchHeader.BYTES);
        return scan.next() && scan.lastOffset() == lastOffset;
    }

    long offsetBefore(long timestamp) throws IOException {
        try (StoredFile file = open(LogFiles.TIME_INDEX)) {
            var entries = Entries.of(file, SegmentIndex.TIME_ENTRY);
            int floor = entries.floor(e -> e.getLong(0), timestamp - 1);
            if (floor < 0) {
                return segment.baseOffset;
            }
            ByteBuffer entry = entries.entry(floor);
            long offset = segment.baseOffset + entry.getInt(8);
            if (hasTimestamp(offset, entry.getLong(0))) {
                return offset;
            }
            return rebuild() ? offsetBefore(timestamp) : segment.baseOffset;
        }
    }

    private boolean hasTimestamp(long offset, long timestamp) throws IOException {
        var scan =
                new BatchScan(segment.file(), positionFor(offset), segment.size(), BatchScan.SHORT);
        boolean found = false;
        while (!found && scan.next()) {
            found = scan.lastOffset() >= offset;
        }
        return found && scan.lastOffset() == offset && scan.maxTimestamp() == timestamp;
    }

    long maxTimestamp() throws IOException {
        return last().timestamp();
    }

    long maxTimestampOffset() throws IOException {
        return last().offset();
    }

    private TimestampOffset last() throws IOException {
        try (StoredFile file = open(LogFiles.TIME_INDEX)) {
            var entries = Entries.of(file, SegmentIndex.TIME_ENTRY);
            if (entries.count() > 0) {
                ByteBuffer entry = entries.entry(entries.count() - 1);
                long offset = segment.baseOffset + entry.getInt(8);
                if (entries.whole()
                        && hasTimestamp(offset, entry.getLong(0))
                        && newestBatch() <= entry.getLong(0)) {
                    return new TimestampOffset(entry.getLong(0), offset, -1);
                }
            }
        }
        SegmentIndex built = build();
        save(built);
        return new TimestampOffset(built.maxTimestamp(), built.maxTimestampOffset(), -1);
    }

    /// The timestamp of the last batch: when it is newer than the last entry, entries are missing.
    private long newestBatch() throws IOException {
        var scan =
                new BatchScan(
                        segment.file(),
                        positionBelow(segment.size()),
                        segment.size(),
                        BatchScan.SHORT);
        long newest = -1;
        while (scan.next()) {
            newest = scan.maxTimestamp();
        }
        return newest;
    }

    private boolean rebuild() throws IOException {
        if (rebuilt) {
            return false;
        }
        rebuilt = true;
        return save(build());
    }

    /// A full disk must not fail a read: without the files, searches begin at the start of the segment.
    private boolean save(SegmentIndex built) {
        try {
            built.writeDurably(directory);
            return true;
        } catch (IOException e) {
            LOG.debug("{}: index of {} was not written: {}", log, segment.name(), e.toString());
            return false;
        }
    }

    private SegmentIndex build() throws IOException {
        return IndexBuild.of(segment, interval);
    }
}
