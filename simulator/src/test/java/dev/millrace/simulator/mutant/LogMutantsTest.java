package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every planted bug is caught, and the log as it is is not.
class LogMutantsTest {
    private static final int SEEDS = 400;
    private static final Ground LOG =
            new Ground(
                    "dev.millrace.engine.log",
                    List.of("dev.millrace.engine.log.", "dev.millrace.simulator.log."),
                    "dev.millrace.simulator.log.KillProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(
                LOG.bug("acknowledges before the flush", "FlushPlan", "file.sync();", ""),
                LOG.bug(
                        "flushes the active segment only",
                        "Durability",
                        "files.add(sealed.file());",
                        "sealed.file();"),
                LOG.bug(
                        "a segment that was sealed while it was synced counts as flushed",
                        "Durability",
                        "sealedUnsynced.removeAll(plan.sealed());",
                        "sealedUnsynced.clear();"),
                LOG.bug("directory not synced", "FlushPlan", "directory.syncDirectory();", ""),
                LOG.bug(
                        "offset index trusted",
                        "IndexFiles",
                        "return scan.next() && scan.lastOffset() == lastOffset;",
                        "return true;"),
                LOG.bug(
                        "time index trusted",
                        "IndexFiles",
                        "return found && scan.lastOffset() == offset && scan.maxTimestamp() == timestamp;",
                        "return true;"),
                LOG.bug("checksum not compared", "Recovery", "&& scan.crcMatches()", ""),
                LOG.bug(
                        "recovery stops at the first bad batch and says nothing",
                        "Recovery",
                        "if (followed && !damage.looksUnsynced())",
                        "if (false)"),
                LOG.bug("torn tail kept", "Recovery", "segment.truncate(position);", ""),
                LOG.bug(
                        "segments behind a cut kept",
                        "Recovery",
                        "segments.removeAtOnce(i);",
                        "segments.get(i);"),
                LOG.bug("truncation without sync", "Segment", "file().sync();", ""),
                LOG.bug(
                        "truncation below the recovery point not noted",
                        "Durability",
                        "if (offset < flushedOnce) {",
                        "if (false) {"),
                LOG.bug(
                                "producer snapshot beyond the log end trusted",
                                "ProducerReplay",
                                "snapshots.headSet(newest, true)",
                                "snapshots.headSet(Long.MAX_VALUE, true)")
                        .and(
                                "ProducerReplay",
                                "snapshots.tailSet(newest, false)",
                                "snapshots.tailSet(Long.MAX_VALUE, false)"),
                LOG.bug(
                        "producer snapshot's checksum not compared",
                        "ProducerSnapshots",
                        "|| in.getInt(CRC) != crc(in)",
                        ""),
                LOG.bug(
                        "epochs not cut with the log",
                        "Extent",
                        "end = cut.logEnd();\n            epochs.truncateEnd(end);",
                        "end = cut.logEnd();"),
                LOG.bug(
                        "epochs not saved at a checkpoint",
                        "Durability",
                        "if (unwritten == null) {",
                        "if (true) {"),
                LOG.bug(
                        "failed flush tried again and trusted",
                        "Durability",
                        "poison = cause;",
                        ""),
                LOG.bug(
                        "failed append not undone",
                        "Segment",
                        "file().truncate(before);",
                        "file();"),
                LOG.bug(
                                "duplicate sequence accepted",
                                "ProducerStates",
                                "if (found >= 0) {",
                                "if (found > 99) {")
                        .and("ProducerStates", "if (follows) {", "if (true) {"),
                LOG.bug("sequence gap accepted", "ProducerStates", "if (follows) {", "if (true) {"),
                LOG.bug(
                        "old producer epoch accepted",
                        "ProducerStates",
                        "if (known != null && epoch < known.epoch()) {",
                        "if (false) {"),
                LOG.bug(
                        "mark of a clean stop left in place",
                        "LogCheckpoints",
                        "directory.delete(CLEAN_SHUTDOWN);",
                        ""),
                LOG.bug(
                        "recovery begins at the log end",
                        "Opening",
                        "Math.min(mode.recoveryPoint(), truncation)",
                        "Long.MAX_VALUE / 4"),
                LOG.bug(
                        "aborted transactions not indexed",
                        "Extent",
                        "aborted.aborted(ended.bounds(), settings);",
                        ""),
                LOG.bug(
                        "index of aborted transactions not cut with the log",
                        "AbortedTransactions",
                        "index.cut(logEnd);",
                        "index.name();"),
                LOG.bug(
                        "index of aborted transactions not synced by a checkpoint",
                        "Durability",
                        "cachesUnsynced.addAll(aborted.takeUnsynced());",
                        ""),
                LOG.bug(
                        "index of aborted transactions trusted",
                        "AbortedTransactions",
                        "if (all == null || !plausible(at, all) || !holds(at, all, settings)) {",
                        "if (all == null) {"),
                LOG.bug(
                        "aborted transactions behind the recovery point not found again",
                        "AbortedTransactions",
                        "append(index, found.subList(above, found.size()), settings);",
                        ""),
                LOG.bug(
                        "mark of a truncation raised by the next one",
                        "Durability",
                        "truncationMark = Math.min(offset, truncationMark);",
                        "truncationMark = offset;"),
                LOG.bug(
                        "open transactions not in the snapshots",
                        "ProducerSnapshots",
                        ".putLong(p.transactionFirstOffset());",
                        ".putLong(-1);"),
                LOG.bug(
                        "a transaction ends for readers before its marker is committed",
                        "Extent",
                        "unreplicated.add(ended);",
                        ""),
                LOG.bug(
                        "a transaction begins without a guard",
                        "ProducerStates",
                        "&& (verified == null || guard != verified)",
                        "&& false"),
                LOG.bug(
                        "old batches served without a look",
                        "Segment",
                        "known = new CheckedBytes(size());",
                        "known = new CheckedBytes(0);"),
                LOG.bug(
                        "checksum of old batches not compared",
                        "RangeCheck",
                        "if (!scan.plausible() || !scan.crcMatches()) {",
                        "if (!scan.plausible()) {"),
                LOG.bug(
                        "offsets of old batches not compared",
                        "RangeCheck",
                        "if (scan.baseOffset() < Math.max(expected, segment.baseOffset)",
                        "if (scan.baseOffset() < 0"),
                LOG.bug(
                        "leader epochs of old batches not compared",
                        "RangeCheck",
                        "(began >= 0 && began != scan.leaderEpoch())",
                        "false"),
                LOG.bug(
                        "what follows damage is lost with it",
                        "UncheckedReads",
                        "if (start < lost.endOffset()) {",
                        "if (true) {"),
                LOG.bug(
                        "a segment's name is not durable before the next one's",
                        "Segments",
                        "if (namesUnsynced || namesBeingSynced) {",
                        "if (false) {"),
                LOG.bug(
                        "a flipped bit is taken for a torn write",
                        "Damage",
                        "if (oneBitExplainsIt()) {",
                        "if (false) {"),
                LOG.bug(
                        "offsets outside the checksum believed in recovery",
                        "Recovery",
                        "&& !contradiction.of(scan, at, next, epoch)",
                        ""),
                LOG.bug(
                        "marker of an old coordinator accepted",
                        "ProducerStates",
                        "if (marker.coordinatorEpoch() < known.coordinatorEpoch()) {",
                        "if (false) {"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int seeds = mutant.seedsToCatch(SEEDS);
        System.out.printf("caught after %3d seeds: %s%n", seeds, mutant.name());
        assertTrue(seeds > 0, mutant.name() + " survives " + SEEDS + " seeds");
    }

    @Test
    void theLogAsItIsPasses() throws Exception {
        assertEquals(-1, LOG.asItIs().seedsToCatch(20));
    }
}
