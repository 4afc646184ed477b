package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a group of segments becomes, while it is written: `<base>.log.cleaned` and its indexes, synced when it is whole.
///
/// Of a single segment nothing is written as long as its batches stay as they are: they are counted, and copied when the first one
/// does not.
final class CleanedSegment {
    /// Synced at a time: a flush of somebody's records may have to wait for so much of ours.
    private static final long SYNC_BYTES = 16 << 20;

    private final Storage directory;
    private final CompactionSource first;
    private final int interval;
    private final SegmentIndex index;
    private final List<AbortedTransaction> aborted = new ArrayList<>(0);
    private final ByteBuffer block;
    private @Nullable StoredFile file;
    private long size;
    private long written;
    private long unsynced;

    /// @param blockBytes are written at a time
    CleanedSegment(Storage directory, CompactionSource first, int interval, int blockBytes) {
        this.directory = directory;
        this.first = first;
        this.interval = interval;
        this.index = new SegmentIndex(first.baseOffset());
        this.block = ByteBuffer.allocate(blockBytes);
    }

    private String name(String suffix) {
        return LogFiles.of(first.baseOffset(), suffix) + LogFiles.CLEANED;
    }

    /// Takes a batch that is as it was.
    void same(ByteBuffer batches, int at, int bytes) throws IOException {
        if (file != null) {
            write(batches, at, bytes);
        }
        add(batches, at, bytes);
    }

    /// Takes a batch that was written anew.
    void changed(ByteBuffer batches, int at, int bytes) throws IOException {
        begin();
        write(batches, at, bytes);
        add(batches, at, bytes);
    }

    /// It holds the marker that aborted a transaction of which there are batches still.
    void aborted(AbortedTransaction transaction) {
        aborted.add(transaction);
    }

    private void add(ByteBuffer batches, int at, int bytes) throws UncleanableException {
        long lastOffset = BatchHeader.lastOffset(batches, at);
        if (size + bytes > Integer.MAX_VALUE
                || lastOffset - first.baseOffset() > Integer.MAX_VALUE) {
            throw new UncleanableException(
                    "the segment at offset %d would be too large".formatted(first.baseOffset()));
        }
        index.add(lastOffset, size, bytes, BatchHeader.maxTimestamp(batches, at), interval);
        size += bytes;
    }

    /// From here on something differs: what was the same so far is copied.
    void begin() throws IOException {
        if (file != null) {
            return;
        }
        // The swap before this one has ended for good: a `.cleaned` beside its `.swap` would undo
        // it.
        directory.syncDirectory();
        directory.delete(name(LogFiles.LOG));
        StoredFile made = directory.open(name(LogFiles.LOG));
        file = made;
        for (long at = 0; at < size; ) {
            block.clear().limit((int) Math.min(block.capacity(), size - at));
            int read = first.file().read(at, block);
            if (read <= 0) {
                throw new IOException(first.file().name() + ": ends at byte " + at);
            }
            append(block.flip());
            at += read;
        }
        written = size;
        block.clear();
    }

    private void write(ByteBuffer batches, int at, int bytes) throws IOException {
        if (block.remaining() < bytes) {
            flush();
        }
        ByteBuffer batch = batches.duplicate().limit(at + bytes).position(at);
        if (block.remaining() < bytes) {
            append(batch);
        } else {
            block.put(batch);
        }
    }

    private void flush() throws IOException {
        append(block.flip());
        block.clear();
    }

    private void append(ByteBuffer bytes) throws IOException {
        StoredFile into = Objects.requireNonNull(file);
        written += bytes.remaining();
        unsynced += bytes.remaining();
        into.append(bytes);
        if (unsynced >= SYNC_BYTES) {
            into.sync();
            unsynced = 0;
        }
    }

    /// Whether it differs from what it was made of.
    boolean differs() {
        return file != null;
    }

    long size() {
        return size;
    }

    /// Bytes written so far.
    long written() {
        return written;
    }

    /// Makes all of it durable but the names.
    void finish() throws IOException {
        flush();
        Objects.requireNonNull(file).sync();
        index.write(directory, LogFiles.CLEANED);
        directory.delete(name(LogFiles.TXN_INDEX));
        if (!aborted.isEmpty()) {
            TransactionIndex.writeAll(directory, name(LogFiles.TXN_INDEX), aborted);
        }
        for (String cache : SegmentSwap.CACHES) {
            if (directory.exists(name(cache))) {
                try (StoredFile written = directory.open(name(cache))) {
                    written.sync();
                }
            }
        }
        close();
    }

    /// Deletes what was written.
    void discard() throws IOException {
        close();
        for (String cache : SegmentSwap.CACHES) {
            directory.delete(name(cache));
        }
        directory.delete(name(LogFiles.LOG));
    }

    private void close() throws IOException {
        StoredFile known = file;
        if (known != null) {
            known.close();
        }
    }
}
