package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One file of batches, and what is known of it. Opened when first touched.
final class Segment {
    final long baseOffset;
    private final String log;
    private final Storage directory;
    private @Nullable StoredFile file;
    private long size = -1;
    private @Nullable SegmentIndex index;
    private @Nullable IndexFiles indexFiles;
    private boolean indexUnsynced;

    /// Its index files hold what nobody has compared with it; they are written or deleted before the log is closed.
    private boolean indexDoubted;

    private long firstTimestamp = -1;
    private final TransactionIndex transactions;
    private @Nullable CheckedBytes checked;

    /// When it was made or opened: the age of a segment whose batches have no timestamps. Wall ms.
    final long createdMs;

    /// How much earlier than `segment.ms` it is rolled.
    final long jitterMs;

    Segment(String log, Storage directory, long baseOffset, long createdMs, long jitterMs) {
        this.log = log;
        this.directory = directory;
        this.baseOffset = baseOffset;
        this.createdMs = createdMs;
        this.jitterMs = jitterMs;
        this.transactions = new TransactionIndex(directory, baseOffset);
    }

    /// The aborted transactions that end in it.
    TransactionIndex transactions() {
        return transactions;
    }

    String name() {
        return LogFiles.of(baseOffset, LogFiles.LOG);
    }

    StoredFile file() throws IOException {
        StoredFile known = file;
        if (known == null) {
            known = directory.open(name());
            file = known;
        }
        return known;
    }

    long size() throws IOException {
        if (size < 0) {
            StoredFile known = file;
            size = known != null ? known.size() : directory.size(name());
        }
        return size;
    }

    /// What of it may be served.
    CheckedBytes checked() throws IOException {
        CheckedBytes known = checked;
        if (known == null) {
            known = new CheckedBytes(size());
            checked = known;
        }
        return known;
    }

    /// What is known to be lost of it.
    List<LostRange> lost() {
        CheckedBytes known = checked;
        return known == null ? List.of() : known.lost();
    }

    /// Appends with one write. On an error the file is cut back to what it was; when even that fails the caller must not go on.
    ///
    /// @throws BrokenAppend when the file may end in a part of the bytes
    void append(ByteBuffer bytes) throws IOException {
        long before = size();
        checked();
        int length = bytes.remaining();
        try {
            file().append(bytes);
        } catch (IOException failed) {
            try {
                file().truncate(before);
            } catch (IOException worse) {
                failed.addSuppressed(worse);
                throw new BrokenAppend(failed);
            }
            throw failed;
        }
        size = before + length;
    }

    /// A failed append that could not be undone.
    static final class BrokenAppend extends IOException {
        private static final long serialVersionUID = 1L;

        BrokenAppend(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /// Cuts to a batch boundary, durably; the index is rebuilt when it is next needed.
    void truncate(long bytes) throws IOException {
        file().truncate(bytes);
        file().sync();
        checked().truncated(bytes);
        size = bytes;
        index = null;
        indexFiles = null;
        firstTimestamp = -1;
        deleteIndexFiles();
    }

    private void deleteIndexFiles() throws IOException {
        directory.delete(LogFiles.of(baseOffset, LogFiles.INDEX));
        directory.delete(LogFiles.of(baseOffset, LogFiles.TIME_INDEX));
        indexDoubted = false;
    }

    /// Of the segment that grows, after a recovery: what its index files say counts for nothing from now on.
    void doubtIndexFiles() {
        indexDoubted = true;
    }

    /// The index of the segment that grows, kept in memory; made from the files or from the log when it is not there.
    SegmentIndex growingIndex(int interval) throws IOException {
        SegmentIndex known = index;
        if (known == null && !indexDoubted) {
            known = SegmentIndex.load(directory, file(), baseOffset, size());
        }
        if (known == null) {
            known = IndexBuild.of(this, interval);
        }
        if (index == null) {
            index = known;
        }
        return known;
    }

    void index(SegmentIndex built) {
        index = built;
    }

    /// Its index files were written by a recovery, and not synced.
    void indexUnsynced(boolean now) {
        indexUnsynced = now;
    }

    boolean indexUnsynced() {
        return indexUnsynced;
    }

    /// Writes the indexes and lets go of them.
    void seal(int interval) throws IOException {
        growingIndex(interval).write(directory);
        indexDoubted = false;
        index = null;
    }

    /// Writes the indexes of the active segment when they are in memory; otherwise the files on disk are still right, or go.
    void writeIndexIfGrown() throws IOException {
        SegmentIndex known = index;
        if (known != null) {
            known.write(directory);
            indexDoubted = false;
        } else if (indexDoubted) {
            deleteIndexFiles();
        }
    }

    /// The index in memory, if that is where to look; otherwise the files are.
    private @Nullable SegmentIndex indexInMemory(int interval) throws IOException {
        return indexDoubted ? growingIndex(interval) : index;
    }

    private IndexFiles indexFiles(int interval) throws IOException {
        IndexFiles known = indexFiles;
        if (known == null) {
            known = new IndexFiles(log, directory, this, interval);
            indexFiles = known;
        }
        return known;
    }

    /// Where to begin looking for the batch that holds `offset`.
    long positionFor(long offset, int interval) throws IOException {
        if (offset <= baseOffset) {
            return 0;
        }
        SegmentIndex known = indexInMemory(interval);
        return known != null ? known.positionFor(offset) : indexFiles(interval).positionFor(offset);
    }

    /// As [#positionFor], of a log that nobody has checked yet: no index is made.
    long positionIfIndexed(long offset, int interval) throws IOException {
        if (offset <= baseOffset) {
            return 0;
        }
        if (index != null) {
            return index.positionFor(offset);
        }
        return indexDoubted ? 0 : indexFiles(interval).positionIfIndexed(offset);
    }

    /// A batch boundary at or below `position`, near it.
    long positionBelow(long position, int interval) throws IOException {
        SegmentIndex known = indexInMemory(interval);
        return known != null
                ? known.positionBelow(position)
                : indexFiles(interval).positionBelow(position);
    }

    /// An offset such that every batch before the one that holds it is older than `timestamp`.
    long offsetBefore(long timestamp, int interval) throws IOException {
        SegmentIndex known = indexInMemory(interval);
        return known != null
                ? known.offsetBefore(timestamp)
                : indexFiles(interval).offsetBefore(timestamp);
    }

    long maxTimestamp(int interval) throws IOException {
        SegmentIndex known = indexInMemory(interval);
        return known != null ? known.maxTimestamp() : indexFiles(interval).maxTimestamp();
    }

    /// The last offset of the batch that has the greatest timestamp.
    long maxTimestampOffset(int interval) throws IOException {
        SegmentIndex known = indexInMemory(interval);
        return known != null
                ? known.maxTimestampOffset()
                : indexFiles(interval).maxTimestampOffset();
    }

    /// The greatest timestamp of the first batch: the age of the segment. -1 when it is empty.
    long firstTimestamp() throws IOException {
        if (firstTimestamp < 0 && size() > 0) {
            var scan = new BatchScan(file(), 0, size(), BatchHeader.BYTES);
            boolean good = scan.next() && (checked().covers(0) || scan.crcMatches());
            firstTimestamp = good ? scan.maxTimestamp() : createdMs;
        }
        return firstTimestamp;
    }

    /// The batch that holds `offset`, or the first after it; null when there is none.
    @Nullable BatchScan find(long offset, int interval) throws IOException {
        return findFrom(positionFor(offset, interval), offset);
    }

    /// As [#find], looking from a known batch boundary on.
    @Nullable BatchScan findFrom(long position, long offset) throws IOException {
        var scan = new BatchScan(file(), position, size(), BatchScan.SHORT);
        return scan.checking(checked()).reach(offset, log) ? scan : null;
    }

    /// In a segment that is sound: where the batch begins that holds `offset`, or the first after it; -1 when there is none.
    long startOf(long offset, int interval) throws IOException {
        try (var scan = BatchScan.borrowing(file(), positionFor(offset, interval), size())) {
            return scan.reach(offset, log) ? scan.position() : -1;
        }
    }

    void close() throws IOException {
        StoredFile known = file;
        if (known != null) {
            file = null;
            known.close();
        }
    }
}
