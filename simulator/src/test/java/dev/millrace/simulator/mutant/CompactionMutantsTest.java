package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every bug planted into compaction is caught, and compaction as it is is not.
class CompactionMutantsTest {
    private static final int SEEDS = 400;
    private static final Ground LOG =
            new Ground(
                    "dev.millrace.engine.log",
                    List.of("dev.millrace.engine.log.", "dev.millrace.simulator.compaction."),
                    "dev.millrace.simulator.compaction.CompactionProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(
                LOG.bug(
                        "the last record of a key goes too",
                        "BatchFilter",
                        "return map.latest(hash) <= offset;",
                        "return map.latest(hash) < offset;"),
                LOG.bug(
                        "the last record of a key goes too, where marks tell",
                        "BatchFilter",
                        "return map.isLatest(offset);",
                        "return false;"),
                LOG.bug(
                        "the mark of an older record of the key stays",
                        "OffsetMap",
                        "marks[word(before - 1)] &= ~(LATEST << shift(before - 1));",
                        ""),
                LOG.bug(
                        "a map that grows forgets",
                        "OffsetMap",
                        "System.arraycopy(old, from, slots, slot, stride);",
                        ""),
                LOG.bug(
                        "tombstones go at once",
                        "BatchFilter",
                        "(expired && !record.hasValue())",
                        "!record.hasValue()"),
                LOG.bug(
                        "a tombstone beyond the map gets its horizon too",
                        "BatchFilter",
                        "(tombstones && batch.lastOffset() < end)",
                        "tombstones"),
                LOG.bug(
                        "aborted records beyond the map's end go",
                        "BatchFilter",
                        "return needless && lastOffset < end;",
                        "return needless;"),
                LOG.bug(
                        "records of aborted transactions count",
                        "CompactionMapping",
                        "return !known.isAborted(producer, reader.lastOffset());",
                        "return known.isAborted(producer, reader.lastOffset()) || true;"),
                LOG.bug(
                                "an aborted transaction is taken for the next one of its producer",
                                "CompactionTransactions",
                                "return known != null && lastOffset < known.lastOffset();",
                                "return known != null;")
                        .and(
                                "CompactionTransactions",
                                "AbortedTransaction known = aborted.remove(producerId);",
                                "AbortedTransaction known = aborted.get(producerId);"),
                LOG.bug(
                        "a marker goes while its transaction is there",
                        "CompactionTransactions",
                        "return !needed;",
                        "return true;"),
                LOG.bug(
                        "a cleaned segment has no index of aborted transactions",
                        "CleanedSegment",
                        "if (!aborted.isEmpty()) {",
                        "if (false) {"),
                LOG.bug(
                        "a marker goes without a horizon",
                        "BatchFilter",
                        "(expired && !lastOfOne)",
                        "!lastOfOne"),
                LOG.bug(
                        "the last batch of a producer goes",
                        "BatchFilter",
                        "boolean mayBeEmpty = last || lastOfOne;",
                        "boolean mayBeEmpty = last;"),
                LOG.bug(
                        "the last batch of a segment goes",
                        "BatchFilter",
                        "boolean mayBeEmpty = last || lastOfOne;",
                        "boolean mayBeEmpty = lastOfOne;"),
                LOG.bug(
                        "undecided transactions are compacted",
                        "Log",
                        "extent.start(), extent.end(), lastStable, nowMs)",
                        "extent.start(), extent.end(), extent.end(), nowMs)"),
                LOG.bug(
                        "a cleaned segment is not synced",
                        "CleanedSegment",
                        "Objects.requireNonNull(file).sync();",
                        "Objects.requireNonNull(file);"),
                LOG.bug(
                        "a swap is not committed before the old segments go",
                        "SegmentSwap",
                        "directory.publish(name + LogFiles.CLEANED, name + LogFiles.SWAP);",
                        "directory.rename(name + LogFiles.CLEANED, name + LogFiles.SWAP);"),
                LOG.bug(
                        "a swap that was committed is undone",
                        "SegmentSwap",
                        "if (base != null && base < undone) {",
                        "if (false) {"),
                LOG.bug(
                        "a truncation leaves what is clean as it was",
                        "CompactedLog",
                        "if (offset < cleanedTo) {",
                        "if (false) {"),
                LOG.bug(
                        "a pass outlives a truncation",
                        "CompactedLog",
                        "plannedAt == durability.generation() && present(sources).size() == sources.size()",
                        "true"),
                LOG.bug(
                        "a producer's last marker is emptied",
                        "BatchFilter",
                        "(expired && !lastOfOne)",
                        "expired"),
                LOG.bug(
                        "a pass does not wait for the flush",
                        "Compaction",
                        "flushed |= !awaitsFlush();",
                        "flushed = true;"),
                LOG.bug(
                        "the mark of a truncation goes before what is clean is saved",
                        "Durability",
                        "flushedEnd >= flushedOnce && !markStays",
                        "flushedEnd >= flushedOnce"),
                LOG.bug(
                        "where an epoch begins in a hole is forgotten",
                        "Recovery",
                        "epochs.assignFrom(saved, next, scan.baseOffset(), epoch);",
                        ""),
                LOG.bug(
                        "keys whose slots are the same are one",
                        "OffsetMap",
                        "return joined(slots, slot + 1) == low && (!wide || joined(slots, slot + 3) == high);",
                        "return true;"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int seeds = mutant.seedsToCatch(SEEDS);
        System.out.printf("caught after %3d seeds: %s%n", seeds, mutant.name());
        assertTrue(seeds > 0, mutant.name() + " survives " + SEEDS + " seeds");
    }

    @Test
    void compactionAsItIsPasses() throws Exception {
        assertEquals(-1, LOG.asItIs().seedsToCatch(20));
    }
}
