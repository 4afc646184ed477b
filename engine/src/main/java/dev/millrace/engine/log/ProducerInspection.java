package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes the producers' states anew from the batches while these are read, and compares the snapshots and the indexes of aborted
/// transactions with that.
final class ProducerInspection {
    private final Storage directory;
    private final LogFacts facts;
    private final List<Finding> findings;
    private final ProducerStates states;
    private final NavigableSet<Long> snapshots;

    /// Everything that a producer did before what is read is known.
    private boolean fromTheBeginning;

    private long begin;

    /// The aborted transactions whose markers are in the segment that is read.
    private List<AbortedTransaction> aborted = new ArrayList<>();

    ProducerInspection(Storage directory, LogFacts facts, List<Finding> findings)
            throws IOException {
        this.directory = directory;
        this.facts = facts;
        this.findings = findings;
        this.states = new ProducerStates(facts.name().toString());
        this.snapshots = ProducerReplay.snapshots(directory);
    }

    /// The first segment begins there.
    void begin(long base) throws IOException {
        begin = base;
        fromTheBeginning = base == 0;
        for (Long below : snapshots.headSet(base, false)) {
            findings.add(
                    Finding.note(
                            LogFiles.of(below, LogFiles.SNAPSHOT),
                            "is of producers before the first segment: it goes with the next start or stop that needs one"));
        }
        if (base > 0 && snapshots.contains(base)) {
            fromTheBeginning = ProducerReplay.load(directory, base, states);
            if (!fromTheBeginning) {
                states.clear();
            }
        }
    }

    /// The log is read up to there.
    ///
    /// @param lost something before could not be
    void reached(long offset, boolean lost) throws IOException {
        while (!snapshots.isEmpty() && snapshots.first() <= offset) {
            long at = Objects.requireNonNull(snapshots.pollFirst());
            if (at >= begin) {
                check(at, at == offset && !lost);
            }
        }
    }

    private void check(long at, boolean comparable) throws IOException {
        var saved = new ProducerStates(facts.name().toString());
        String name = LogFiles.of(at, LogFiles.SNAPSHOT);
        boolean whole = ProducerReplay.load(directory, at, saved);
        String what = whole ? null : "its checksum does not match";
        if (whole && comparable) {
            what = difference(saved);
        }
        if (what != null) {
            ByteBuffer right = ProducerSnapshots.encode(states);
            findings.add(
                    Finding.wrong(
                            name,
                            what,
                            new Mend(
                                    "makes it anew from the log",
                                    () -> directory.writeAtomically(name, right.duplicate()))));
        }
    }

    private @Nullable String difference(ProducerStates saved) {
        for (ProducerState is : saved.all()) {
            ProducerState right = states.get(is.producerId());
            boolean before = is.lastOffset() < begin;
            if (right == null) {
                if (!before && fromTheBeginning) {
                    return "knows a batch of producer %d at offset %d that is not in the log"
                            .formatted(is.producerId(), is.lastOffset());
                }
            } else if (!before && !same(is, right)) {
                return "says of producer %d that its last batch ends at offset %d, with sequence %d of epoch %d; it ends at %d, with %d of %d"
                        .formatted(
                                is.producerId(),
                                is.lastOffset(),
                                is.lastSequence(),
                                is.epoch(),
                                right.lastOffset(),
                                right.lastSequence(),
                                right.epoch());
            }
        }
        return null;
    }

    private boolean same(ProducerState is, ProducerState right) {
        boolean transaction =
                is.transactionFirstOffset() == right.transactionFirstOffset() || !fromTheBeginning;
        return is.epoch() == right.epoch()
                && is.lastSequence() == right.lastSequence()
                && is.lastOffset() == right.lastOffset()
                && transaction;
    }

    /// Where the oldest transaction begins that is open now; `Long.MAX_VALUE` when none is.
    long openSince() {
        return states.firstUnstableOffset();
    }

    /// The next batch.
    void batch(ByteBuffer b, int at) {
        CompletedTransaction ended = states.appended(b, at);
        if (ended != null && ended.aborted()) {
            aborted.add(ended.bounds());
        }
    }

    /// A segment is read; its index of aborted transactions is compared.
    ///
    /// @param lost something of the log could not be read up to here
    void segmentEnd(long base, long end, boolean last, boolean lost) throws IOException {
        List<AbortedTransaction> right = aborted;
        aborted = new ArrayList<>();
        String name = LogFiles.of(base, LogFiles.TXN_INDEX);
        var index = new TransactionIndex(directory, base);
        if (!directory.exists(name)) {
            missing(name, right, last);
            return;
        }
        List<AbortedTransaction> is = index.whole() ? index.all() : null;
        if (is != null && is.equals(right)) {
            return;
        }
        boolean behind = is != null && startsWith(right, is);
        if (behind && last && !facts.closedCleanly()) {
            findings.add(
                    Finding.note(
                            name,
                            "lacks the transactions that were aborted last: the next start adds them"));
            return;
        }
        if (is != null && (lost || !fromTheBeginning)) {
            List<AbortedTransaction> unknown = new ArrayList<>(is);
            unknown.removeAll(right);
            if (is.containsAll(right) && unknown.stream().noneMatch(each -> isFalse(each, end))) {
                return; // what they tell of cannot be read any more
            }
        }
        wrong(name, is == null ? "cannot be read" : difference(is, right), right);
    }

    private static boolean startsWith(
            List<AbortedTransaction> all, List<AbortedTransaction> first) {
        return first.size() <= all.size() && all.subList(0, first.size()).equals(first);
    }

    private static boolean isFalse(AbortedTransaction entry, long end) {
        return entry.lastOffset() >= end
                || entry.firstOffset() >= entry.lastOffset()
                || entry.firstOffset() < 0;
    }

    private static String difference(List<AbortedTransaction> is, List<AbortedTransaction> right) {
        var both = new LinkedHashSet<>(is);
        both.retainAll(right);
        return is.size() <= right.size() && both.size() < is.size()
                ? "has an entry that is not what the log says"
                : "has %d entries, where the log has %d aborted transactions"
                        .formatted(is.size(), right.size());
    }

    private void missing(String name, List<AbortedTransaction> right, boolean last) {
        if (right.isEmpty()) {
            return;
        }
        if (last && !facts.closedCleanly()) {
            findings.add(Finding.note(name, "is not there yet: the next start makes it"));
        } else {
            wrong(
                    name,
                    "is not there, although %d transactions were aborted in its segment: their records would be read"
                            .formatted(right.size()),
                    right);
        }
    }

    private void wrong(String name, String what, List<AbortedTransaction> right) {
        findings.add(
                Finding.wrong(
                        name,
                        what,
                        new Mend(
                                "makes it anew from the log",
                                () ->
                                        directory.writeAtomically(
                                                name, TransactionIndex.encode(right)))));
    }

    /// A clean stop leaves a snapshot of where the log ends.
    ///
    /// @param lost something of the log could not be read
    void end(long logEnd, boolean lost) throws IOException {
        String name = LogFiles.of(logEnd, LogFiles.SNAPSHOT);
        if (logEnd == facts.closedEnd() && logEnd > begin && !lost && !directory.exists(name)) {
            ByteBuffer right = ProducerSnapshots.encode(states);
            findings.add(
                    Finding.derivable(
                            name,
                            "is not there: it is made anew from the log when it is needed, or by --repair",
                            new Mend(
                                    "makes it anew from the log",
                                    () -> directory.writeAtomically(name, right.duplicate()))));
        }
    }

    /// Snapshots of offsets that the log does not have.
    void beyond(long logEnd) throws IOException {
        for (Long at : snapshots) {
            String name = LogFiles.of(at, LogFiles.SNAPSHOT);
            if (facts.closedCleanly()) {
                String aside = KeptAside.free(directory, name);
                findings.add(
                        Finding.wrong(
                                name,
                                "is of a log that ends at %d, where this one ends at %d: a start would take it at its word"
                                        .formatted(at, logEnd),
                                new Mend(
                                        "puts it aside as " + aside,
                                        () -> directory.publish(name, aside))));
            } else {
                findings.add(
                        Finding.note(
                                name,
                                "is of a log that ended at %d: the next start takes it away"
                                        .formatted(at)));
            }
        }
    }
}
