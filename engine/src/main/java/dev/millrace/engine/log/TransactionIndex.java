package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The aborted transactions whose markers are in one segment, in the order of the markers: `<base>.txnindex`, there once there is one.
///
/// Kafka's format, 34 bytes an entry, big-endian: version 0 (2), producer id (8), first offset (8), last offset: that of the marker (8),
/// last stable offset (8).
///
/// A cache (L4): who reads it sees to it that it is what the log says ([AbortedTransactions]). What a full disk did not take is kept in
/// memory until it does, which is before the next checkpoint.
final class TransactionIndex {
    static final int ENTRY = 34;
    private static final short VERSION = 0;
    private static final int UNKNOWN = -1;

    private final Storage directory;
    private final String name;

    /// Whole entries in the file.
    private int written = UNKNOWN;

    private final List<AbortedTransaction> unwritten = new ArrayList<>(0);

    /// There is no file yet.
    private boolean missing;

    /// Nothing that is in the file counts: it is replaced by the next write.
    private boolean replaced;

    /// Someone has compared the entries with the log.
    private boolean checked;

    /// The least of all first offsets, and the greatest of all last ones, once it was checked.
    private long leastFirstOffset = Long.MAX_VALUE;

    private long lastOffset = -1;

    TransactionIndex(Storage directory, long baseOffset) {
        this.directory = directory;
        this.name = LogFiles.of(baseOffset, LogFiles.TXN_INDEX);
    }

    String name() {
        return name;
    }

    /// Of a segment that was just made: whatever has its name is of another.
    void isNew() throws IOException {
        directory.delete(name);
        written = 0;
        checked = true;
    }

    /// Somebody has seen that there is no such file, which need not be asked for again.
    void isMissing() {
        missing = true;
        written = 0;
    }

    /// How many entries there are.
    int count() throws IOException {
        return written() + unwritten.size();
    }

    private int written() throws IOException {
        if (written == UNKNOWN) {
            written = (int) (directory.size(name) / ENTRY);
        }
        return written;
    }

    /// False when the file ends within an entry.
    boolean whole() throws IOException {
        return replaced || missing || directory.size(name) == (long) written() * ENTRY;
    }

    boolean checked() {
        return checked;
    }

    /// @param all that it holds
    void checked(List<AbortedTransaction> all) {
        checked = true;
        leastFirstOffset = Long.MAX_VALUE;
        lastOffset = -1;
        all.forEach(this::note);
    }

    private void note(AbortedTransaction entry) {
        leastFirstOffset = Math.min(leastFirstOffset, entry.firstOffset());
        lastOffset = Math.max(lastOffset, entry.lastOffset());
    }

    long leastFirstOffset() {
        return leastFirstOffset;
    }

    long lastOffset() {
        return lastOffset;
    }

    /// A marker was appended to the segment. Kept in memory until [#write].
    void add(AbortedTransaction aborted) {
        unwritten.add(aborted);
        note(aborted);
    }

    /// Writes what is not in the file yet, unsynced. After an error it is tried again later.
    void write() throws IOException {
        if (unwritten.isEmpty() && !replaced) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(unwritten.size() * ENTRY);
        unwritten.forEach(entry -> put(bytes, entry));
        int before = written();
        missing = false;
        if (replaced) {
            // What was synced below the recovery point must not be lost on the way.
            directory.writeAtomically(name, bytes.flip());
        } else {
            append(bytes.flip(), (long) before * ENTRY);
        }
        replaced = false;
        written = before + unwritten.size();
        unwritten.clear();
    }

    /// Makes a file of that name that holds these, unsynced. There is none yet.
    static void writeAll(Storage directory, String name, List<AbortedTransaction> all)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(all.size() * ENTRY);
        all.forEach(entry -> put(bytes, entry));
        try (StoredFile file = directory.open(name)) {
            file.append(bytes.flip());
        }
    }

    /// @param at where the file should end; behind it is what a failed append has left
    private void append(ByteBuffer bytes, long at) throws IOException {
        try (StoredFile file = directory.open(name)) {
            if (file.size() > at) {
                file.truncate(at);
            }
            file.append(bytes);
        }
    }

    /// A whole file of these.
    static ByteBuffer encode(List<AbortedTransaction> all) {
        ByteBuffer bytes = ByteBuffer.allocate(all.size() * ENTRY);
        all.forEach(entry -> put(bytes, entry));
        return bytes.flip();
    }

    private static void put(ByteBuffer bytes, AbortedTransaction entry) {
        bytes.putShort(VERSION)
                .putLong(entry.producerId())
                .putLong(entry.firstOffset())
                .putLong(entry.lastOffset())
                .putLong(entry.lastStableOffset());
    }

    /// All of them; for a check.
    ///
    /// @return null when the file holds anything else
    @Nullable List<AbortedTransaction> all() throws IOException {
        var all = new ArrayList<AbortedTransaction>(count());
        if (written() > 0) {
            try (var entries = entries()) {
                for (int i = 0; i < written; i++) {
                    if (entries.version(i) != VERSION) {
                        return null;
                    }
                    all.add(entries.get(i));
                }
            }
        }
        all.addAll(unwritten);
        return all;
    }

    /// Adds those that overlap with the offsets from `fetchOffset` to below `upperBound`. Only when it was checked.
    void collect(long fetchOffset, long upperBound, List<AbortedTransaction> into)
            throws IOException {
        if (written() > 0) {
            try (var entries = entries()) {
                for (int i = entries.firstEndingAt(fetchOffset, written); i < written; i++) {
                    AbortedTransaction entry = entries.get(i);
                    add(entry, fetchOffset, upperBound, into);
                    if (entry.lastStableOffset() >= upperBound) {
                        return;
                    }
                }
            }
        }
        unwritten.forEach(entry -> add(entry, fetchOffset, upperBound, into));
    }

    private static void add(
            AbortedTransaction entry,
            long fetchOffset,
            long upperBound,
            List<AbortedTransaction> into) {
        if (entry.lastOffset() >= fetchOffset && entry.firstOffset() < upperBound) {
            into.add(entry);
        }
    }

    /// Keeps what ended below `offset`. Only when it was checked.
    void cut(long offset) throws IOException {
        unwritten.removeIf(entry -> entry.lastOffset() >= offset);
        if (!replaced && written() > 0) {
            try (var entries = entries()) {
                int kept = entries.firstEndingAt(offset, written);
                entries.file.truncate((long) kept * ENTRY);
                written = kept;
            }
        }
        lastOffset = Math.min(lastOffset, offset - 1);
    }

    /// Begins anew with these entries, which are written as ever.
    void replace(List<AbortedTransaction> all) {
        replaced = true;
        written = 0;
        unwritten.clear();
        unwritten.addAll(all);
        checked(all);
    }

    private Entries entries() throws IOException {
        return new Entries(directory.open(name));
    }

    /// The file, block by block.
    private static final class Entries implements AutoCloseable {
        private static final int BLOCK = 120;

        private final StoredFile file;
        private final ByteBuffer block = ByteBuffer.allocate(BLOCK * ENTRY).limit(0);
        private int from;

        Entries(StoredFile file) {
            this.file = file;
        }

        private int at(int entry) throws IOException {
            int at = (entry - from) * ENTRY;
            if (entry >= from && at + ENTRY <= block.limit()) {
                return at;
            }
            block.clear();
            file.read((long) entry * ENTRY, block);
            block.flip();
            from = entry;
            if (block.limit() < ENTRY) {
                throw new IOException(file.name() + ": ends within entry " + entry);
            }
            return 0;
        }

        short version(int entry) throws IOException {
            return block.getShort(at(entry));
        }

        long lastOffset(int entry) throws IOException {
            return block.getLong(at(entry) + 18);
        }

        AbortedTransaction get(int entry) throws IOException {
            int at = at(entry);
            return new AbortedTransaction(
                    block.getLong(at + 2),
                    block.getLong(at + 10),
                    block.getLong(at + 18),
                    block.getLong(at + 26));
        }

        /// The first entry whose last offset is at least that; `count` when there is none.
        int firstEndingAt(long offset, int count) throws IOException {
            int low = 0;
            int high = count;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (lastOffset(middle) < offset) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
