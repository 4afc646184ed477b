package dev.millrace.simulator.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// `-Dmillrace.quorum.seeds=N` runs more seeds, `-Dmillrace.quorum.first=N` begins elsewhere.
class QuorumSimulationTest {
    private static final int SEEDS = Integer.getInteger("millrace.quorum.seeds", 20);
    private static final long FIRST = Long.getLong("millrace.quorum.first", 1);

    @Test
    void whatIsCommittedIsNeverLostAndTheClusterComesBack() {
        long virtualMs = 0;
        long events = 0;
        long committed = 0;
        long elections = 0;
        long written = 0;
        long loaded = 0;
        long added = 0;
        long removed = 0;
        Map<String, Integer> faults = new TreeMap<>();
        long began = System.nanoTime();
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            QuorumRun.Result result = QuorumRun.of(seed);
            if (result.violation() != null) {
                List<String> story = QuorumRun.told(seed).story();
                throw new AssertionError(
                        "seed "
                                + seed
                                + ": "
                                + result.violation()
                                + "\n"
                                + String.join("\n", story));
            }
            virtualMs += result.virtualMs();
            events += result.events();
            committed += result.committed();
            elections += result.elections();
            written += result.snapshotsWritten();
            loaded += result.snapshotsLoaded();
            added += result.votersAdded();
            removed += result.votersRemoved();
            result.faults().forEach((fault, n) -> faults.merge(fault, n, Integer::sum));
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(
                "%d seeds, %.1f virtual hours, %d events (%.0f/s), %d records committed, %d elections, %d snapshots written, %d loaded, %d voters added, %d removed%n%s%n",
                SEEDS,
                virtualMs / 3_600_000.0,
                events,
                events / seconds,
                committed,
                elections,
                written,
                loaded,
                added,
                removed,
                faults);
        assertTrue(committed > 50L * SEEDS, committed + " records");
        assertTrue(elections > 3L * SEEDS, elections + " elections");
    }

    @Test
    void theSameSeedIsTheSameRun() {
        for (long seed = 3; seed < 6; seed++) {
            assertEquals(QuorumRun.of(seed), QuorumRun.of(seed));
        }
    }

    /// Hashes of strings and immutable sets differ from one JVM to the next; a run must not.
    @Test
    void theSameSeedIsTheSameRunInAnotherProcess() throws IOException, InterruptedException {
        Process other =
                new ProcessBuilder(
                                System.getProperty("java.home") + "/bin/java",
                                "-cp",
                                System.getProperty("java.class.path"),
                                HashOfRun.class.getName(),
                                "8",
                                "9")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String printed;
        try (InputStream out = other.getInputStream()) {
            printed = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertEquals(0, other.waitFor());
        assertEquals(HashOfRun.hashes("8", "9"), printed.strip());
    }
}
