package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The aborted transactions of a log, from the indexes of its segments.
///
/// An index is believed when its entries point at markers and first batches that are there ([#holds]); otherwise it is made anew from
/// the log (L4). A log in which nothing was aborted, or nothing that a reader has still before it, costs a reader one comparison.
///
/// **Owner.** The log.
final class AbortedTransactions {
    private static final Logger LOG = LoggerFactory.getLogger(AbortedTransactions.class);
    private static final long UNKNOWN = Long.MAX_VALUE;

    /// A look at one place of the log reads at least this much.
    private static final int LOOK = BatchScan.SHORT;

    private static final int SMALL = 1 << 20;

    private final String log;
    private final Storage directory;
    private final Segments segments;

    /// No transaction was aborted behind it.
    private long newest = UNKNOWN;

    /// Indexes that hold what the disk did not take.
    private final Set<TransactionIndex> unwritten = new LinkedHashSet<>(0);

    private final Set<String> unsynced = new LinkedHashSet<>(0);

    AbortedTransactions(String log, Storage directory, Segments segments) {
        this.log = log;
        this.directory = directory;
        this.segments = segments;
    }

    /// Those that overlap with the offsets from `fetchOffset` to below `upperBound`, in the order of their markers.
    List<AbortedTransaction> overlapping(long fetchOffset, long upperBound, LogSettings settings)
            throws IOException {
        if (fetchOffset > newest) {
            return List.of();
        }
        List<AbortedTransaction> found = new ArrayList<>(0);
        long last = fetchOffset - 1;
        for (int i = segments.floor(fetchOffset); i < segments.count(); i++) {
            TransactionIndex index = segments.get(i).transactions();
            check(i, index, settings);
            last = Math.max(last, index.lastOffset());
            if (index.leastFirstOffset() < upperBound) {
                index.collect(fetchOffset, upperBound, found);
            }
        }
        newest = last;
        return found;
    }

    /// A transaction was aborted by a marker that was just appended to the active segment.
    void aborted(AbortedTransaction transaction, LogSettings settings) {
        newest = newest == UNKNOWN ? UNKNOWN : transaction.lastOffset();
        TransactionIndex index = segments.active().transactions();
        // An index that was made anew for a marker before, of the same write, has this one too.
        if (!index.checked() || index.lastOffset() < transaction.lastOffset()) {
            append(index, List.of(transaction), settings);
        }
    }

    private void append(
            TransactionIndex index, List<AbortedTransaction> transactions, LogSettings settings) {
        transactions.forEach(index::add);
        writeIfPossible(index, settings);
    }

    private void writeIfPossible(TransactionIndex index, LogSettings settings) {
        unwritten.add(index);
        unsynced.add(index.name());
        try {
            write(index, settings);
        } catch (IOException e) {
            LOG.debug("{}: {} was not written: {}", log, index.name(), e.toString());
        }
    }

    /// Writes what the disk did not take before.
    void write(LogSettings settings) throws IOException {
        for (TransactionIndex index : List.copyOf(unwritten)) {
            write(index, settings);
        }
    }

    /// What stands in front of it in the file is looked at first: it would look whole afterwards.
    private void write(TransactionIndex index, LogSettings settings) throws IOException {
        for (int at = segments.count() - 1; at >= 0 && !index.checked(); at--) {
            if (segments.get(at).transactions() == index) {
                check(at, index, settings);
            }
        }
        index.write();
        unwritten.remove(index);
    }

    /// Files that have changed since this was last asked.
    Set<String> takeUnsynced() {
        Set<String> taken = Set.copyOf(unsynced);
        unsynced.clear();
        return taken;
    }

    /// Everything is gone.
    void clear() {
        newest = UNKNOWN;
        unwritten.clear();
    }

    /// The log ends at `logEnd` now, within the active segment.
    void truncated(long logEnd, LogSettings settings) throws IOException {
        newest = UNKNOWN;
        unwritten.retainAll(known());
        TransactionIndex index = segments.active().transactions();
        unsynced.add(index.name());
        if (index.checked()) {
            index.cut(logEnd);
        } else if (index.count() > 0 || !index.whole()) {
            rebuild(segments.count() - 1, settings);
        }
    }

    /// Other segments stand in the place of some, with indexes of their own.
    void replaced() {
        unwritten.retainAll(known());
    }

    /// Those whose markers are in one segment.
    List<AbortedTransaction> in(int at, LogSettings settings) throws IOException {
        TransactionIndex index = segments.get(at).transactions();
        check(at, index, settings);
        List<AbortedTransaction> all = index.all();
        if (all == null) {
            throw new IOException(index.name() + " has changed while it was read");
        }
        return all;
    }

    private Set<TransactionIndex> known() {
        var known = new LinkedHashSet<TransactionIndex>();
        for (int i = 0; i < segments.count(); i++) {
            known.add(segments.get(i).transactions());
        }
        return known;
    }

    /// The log was recovered from `from` on: below it the indexes were synced by the checkpoint, from there on they may hold anything.
    ///
    /// @param aborted what was found in what was read, in the order of the markers
    void recovered(long from, List<AbortedTransaction> aborted, LogSettings settings)
            throws IOException {
        int next = 0;
        while (next < aborted.size() && aborted.get(next).lastOffset() < from) {
            next++;
        }
        for (int i = segments.floor(from); i < segments.count(); i++) {
            long end = segments.endOffset(i, Long.MAX_VALUE);
            int first = next;
            while (next < aborted.size() && aborted.get(next).lastOffset() < end) {
                next++;
            }
            recovered(i, from, aborted.subList(first, next), settings);
        }
    }

    private void recovered(int at, long from, List<AbortedTransaction> found, LogSettings settings)
            throws IOException {
        TransactionIndex index = segments.get(at).transactions();
        unsynced.add(
                index.name()); // what is there already was perhaps written by a process that was
        // killed
        List<AbortedTransaction> all = index.whole() ? index.all() : null;
        int above = all == null ? -1 : startsWith(all, from, found);
        if (above < 0) {
            rebuild(at, settings);
            return;
        }
        if (above < found.size()) {
            append(index, found.subList(above, found.size()), settings);
        }
    }

    /// How many of the entries are of transactions that were found from `from` on; -1 when they are not the first of those.
    private static int startsWith(
            List<AbortedTransaction> all, long from, List<AbortedTransaction> found) {
        int below = 0;
        while (below < all.size() && all.get(below).lastOffset() < from) {
            below++;
        }
        List<AbortedTransaction> above = all.subList(below, all.size());
        boolean same = above.size() <= found.size() && above.equals(found.subList(0, above.size()));
        return same ? above.size() : -1;
    }

    private void check(int at, TransactionIndex index, LogSettings settings) throws IOException {
        if (index.checked()) {
            return;
        }
        List<AbortedTransaction> all = index.whole() ? index.all() : null;
        if (all == null || !plausible(at, all) || !holds(at, all, settings)) {
            rebuild(at, settings);
            return;
        }
        index.checked(all);
    }

    /// Whether the entries make sense together; what a search relies on.
    private boolean plausible(int at, List<AbortedTransaction> all) {
        long begin = segments.get(at).baseOffset;
        long end = segments.endOffset(at, Long.MAX_VALUE);
        long leastFirst = Long.MAX_VALUE;
        for (int i = all.size() - 1; i >= 0; i--) {
            AbortedTransaction entry = all.get(i);
            boolean inOrder =
                    begin <= entry.lastOffset()
                            && entry.lastOffset() < end
                            && 0 <= entry.firstOffset()
                            && entry.firstOffset() < entry.lastOffset()
                            && entry.lastStableOffset() <= entry.lastOffset() + 1
                            && entry.lastStableOffset() <= leastFirst;
            if (!inOrder) {
                return false;
            }
            end = entry.lastOffset();
            leastFirst = Math.min(leastFirst, entry.firstOffset());
        }
        return true;
    }

    /// Whether the log has what the entries point at. Where that were more to read than the segment is long, it is read instead.
    private boolean holds(int at, List<AbortedTransaction> all, LogSettings settings)
            throws IOException {
        if ((long) all.size() * LOOK > Math.max(SMALL, segments.get(at).size())) {
            return false;
        }
        for (AbortedTransaction entry : all) {
            if (!holds(at, entry, settings)) {
                return false;
            }
        }
        return true;
    }

    /// Of an entry whose batches are damaged nobody can say more than it does itself.
    private boolean holds(int at, AbortedTransaction entry, LogSettings settings)
            throws IOException {
        try {
            return holdsMarker(at, entry, settings) && holdsFirst(entry, settings);
        } catch (CorruptLogException damaged) {
            LOG.warn("{}: {} cannot be checked: {}", log, entry, damaged.getMessage());
            return true;
        }
    }

    private boolean holdsMarker(int at, AbortedTransaction entry, LogSettings settings)
            throws IOException {
        BatchScan found = segments.get(at).find(entry.lastOffset(), settings.indexIntervalBytes());
        return found != null
                && found.baseOffset() == entry.lastOffset()
                && BatchHeader.producerId(found.header(), found.headerAt()) == entry.producerId()
                && BatchHeader.control(found.header(), found.headerAt())
                && ProducerReplay.isAbort(found);
    }

    /// Its first records may be deleted, or compacted away.
    private boolean holdsFirst(AbortedTransaction entry, LogSettings settings) throws IOException {
        if (entry.firstOffset() < segments.first().baseOffset || settings.compact()) {
            return true;
        }
        Segment segment = segments.get(segments.floor(entry.firstOffset()));
        BatchScan found = segment.find(entry.firstOffset(), settings.indexIntervalBytes());
        return found != null
                && found.baseOffset() == entry.firstOffset()
                && BatchHeader.producerId(found.header(), found.headerAt()) == entry.producerId()
                && BatchHeader.transactional(found.header(), found.headerAt())
                && !BatchHeader.control(found.header(), found.headerAt())
                && !endsBefore(found, entry);
    }

    /// Whether the transaction that begins there ends before the entry says, as far as one megabyte of that segment tells.
    private boolean endsBefore(BatchScan scan, AbortedTransaction entry) throws IOException {
        long limit = scan.position() + SMALL;
        while (scan.nextOrCorrupt(log)
                && scan.baseOffset() < entry.lastOffset()
                && scan.position() < limit) {
            if (BatchHeader.control(scan.header(), scan.headerAt())
                    && BatchHeader.producerId(scan.header(), scan.headerAt())
                            == entry.producerId()) {
                return true;
            }
        }
        return false;
    }

    /// Makes the index of a segment anew. A full disk must not fail a read.
    void rebuild(int at, LogSettings settings) throws IOException {
        Segment segment = segments.get(at);
        List<AbortedTransaction> all = new ArrayList<>();
        new ProducerReplay(log, directory, segments, settings)
                .replayAgain(
                        segment.baseOffset,
                        segments.endOffset(at, Long.MAX_VALUE),
                        aborted -> {
                            if (segment.baseOffset <= aborted.lastOffset()) {
                                all.add(aborted);
                            }
                        });
        TransactionIndex index = segment.transactions();
        LOG.debug("{}: {} was made anew, {} entries", log, index.name(), all.size());
        index.replace(all);
        writeIfPossible(index, settings);
    }
}
