package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Bugs planted into replicas and elections that the simulation of whole clusters has not caught ([ClusterMutantsTest]), or cannot (one
/// thread, no time that a disk takes), are caught by tests of the engine.
class ReplicasMutantsTest {
    private static final int ALL_TESTS = Integer.MAX_VALUE;
    private static final Ground REPLICA =
            new Ground(
                    "dev.millrace.engine.replica",
                    List.of("dev.millrace.engine."),
                    "dev.millrace.engine.replica.ReplicasProbe");
    private static final Ground METADATA =
            new Ground(
                    "dev.millrace.engine.metadata",
                    List.of("dev.millrace.engine.metadata."),
                    "dev.millrace.engine.metadata.PartitionChangeProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(
                METADATA.bug(
                        "eligible replicas are elected beside the in-sync set",
                        "PartitionChange",
                        "(isr.isEmpty() && eligible.contains(replica))",
                        "eligible.contains(replica)"),
                REPLICA.bug(
                        "a stop before anything was opened counts as clean",
                        "Replicas",
                        "directories.leaveAsFound();\n                return;",
                        "directories.leaveAsFound();"),
                REPLICA.bug(
                        "what a coordinator does not wait for counts at once",
                        "Appends",
                        "boolean relaxed = !acksAll && origin != Origin.COORDINATOR;",
                        "boolean relaxed = !acksAll;"),
                REPLICA.bug(
                        "a partition is read twice for one answer",
                        "FetchTarget",
                        "boolean again = takenIn == line;",
                        "boolean again = false;"),
                REPLICA.bug(
                        "who is paused waits for the fetch of the others",
                        "ReplicaFetcher",
                        "waitMs = Math.min(waitMs, Math.max(SHORTEST_WAIT_MS, untilMs - nowMs));",
                        ""),
                REPLICA.bug(
                        "a log that is cut stays paused",
                        "ReplicaFetcher",
                        "turn.run(() -> each.pauseMs = FIRST_PAUSE_MS);\n            resume(key, each);",
                        "turn.run(() -> each.pauseMs = FIRST_PAUSE_MS);"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int test = mutant.seedsToCatch(ALL_TESTS);
        System.out.printf("replicas | %-70s | test %s%n", mutant, test);
        assertTrue(test > 0, "survived: " + mutant);
    }

    @Test
    void theEngineAsItIsPasses() throws Exception {
        assertEquals(-1, REPLICA.asItIs().seedsToCatch(ALL_TESTS));
        assertEquals(-1, METADATA.asItIs().seedsToCatch(ALL_TESTS));
    }
}
