package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every planted bug is caught, and the log as it is is not.
class MutantsTest {
    private static final int SEEDS = 400;
    private static final String PROBE = "dev.millrace.simulator.log.KillProbe";

    static Stream<Mutant> mutants() {
        return Stream.of(
                Mutant.of("acknowledges before the flush", "FlushPlan", "file.sync();", ""),
                Mutant.of(
                        "flushes the active segment only",
                        "Log",
                        "files.add(sealed.file());",
                        "sealed.file();"),
                Mutant.of("directory not synced", "FlushPlan", "directory.syncDirectory();", ""),
                Mutant.of(
                        "offset index trusted",
                        "IndexFiles",
                        "return scan.next() && scan.lastOffset() == lastOffset;",
                        "return true;"),
                Mutant.of(
                        "time index trusted",
                        "IndexFiles",
                        "return scan != null && scan.lastOffset() == offset && scan.maxTimestamp() == timestamp;",
                        "return true;"),
                Mutant.of("checksum not compared", "Recovery", "&& scan.crcMatches()", ""),
                Mutant.of(
                        "recovery stops at the first bad batch and says nothing",
                        "Recovery",
                        "if (followed && !damage.looksUnsynced())",
                        "if (false)"),
                Mutant.of("torn tail kept", "Recovery", "segment.truncate(position);", ""),
                Mutant.of(
                        "segments behind a cut kept",
                        "Recovery",
                        "segments.removeAtOnce(i);",
                        "segments.get(i);"),
                Mutant.of("truncation without sync", "Segment", "file().sync();", ""),
                Mutant.of(
                        "truncation below the recovery point not noted",
                        "Log",
                        "if (offset < flushedOnce) {",
                        "if (false) {"),
                Mutant.of(
                                "producer snapshot beyond the log end trusted",
                                "ProducerReplay",
                                "snapshots.headSet(newest, true)",
                                "snapshots.headSet(Long.MAX_VALUE, true)")
                        .and(
                                "ProducerReplay",
                                "snapshots.tailSet(newest, false)",
                                "snapshots.tailSet(Long.MAX_VALUE, false)"),
                Mutant.of(
                        "producer snapshot's checksum not compared",
                        "ProducerSnapshots",
                        "|| in.getInt(CRC) != crc(in)",
                        ""),
                Mutant.of("epochs not cut with the log", "Log", "epochs.truncateEnd(logEnd);", ""),
                Mutant.of(
                        "epochs not saved at a checkpoint",
                        "Log",
                        "if (unwritten != null) {",
                        "if (false) {"),
                Mutant.of("failed flush tried again and trusted", "Log", "poison = cause;", ""),
                Mutant.of(
                        "failed append not undone",
                        "Segment",
                        "file().truncate(before);",
                        "file();"),
                Mutant.of(
                                "duplicate sequence accepted",
                                "ProducerStates",
                                "if (found >= 0) {",
                                "if (found > 99) {")
                        .and("ProducerStates", "if (follows) {", "if (true) {"),
                Mutant.of(
                        "sequence gap accepted", "ProducerStates", "if (follows) {", "if (true) {"),
                Mutant.of(
                        "old producer epoch accepted",
                        "ProducerStates",
                        "if (epoch < known.epoch()) {",
                        "if (false) {"),
                Mutant.of(
                        "mark of a clean stop left in place",
                        "LogCheckpoints",
                        "directory.delete(CLEAN_SHUTDOWN);",
                        ""),
                Mutant.of(
                        "recovery begins at the log end",
                        "Opening",
                        "Math.min(mode.recoveryPoint(), truncation)",
                        "Long.MAX_VALUE / 4"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int seeds = seedsToCatch(mutant, SEEDS);
        System.out.printf("caught after %3d seeds: %s%n", seeds, mutant.name());
        assertTrue(seeds > 0, mutant.name() + " survives " + SEEDS + " seeds");
    }

    @Test
    void theLogAsItIsPasses() throws Exception {
        assertEquals(-1, seedsToCatch(new Mutant("none", List.of()), 20));
    }

    private static int seedsToCatch(Mutant mutant, int seeds) throws Exception {
        var probe =
                (IntUnaryOperator)
                        mutant.loader().loadClass(PROBE).getDeclaredConstructor().newInstance();
        return probe.applyAsInt(seeds);
    }
}
