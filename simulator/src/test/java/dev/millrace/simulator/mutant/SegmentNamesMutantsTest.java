package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every bug planted into what happens to the names of segments and their caches is caught by one of its tests, and what is there is not.
class SegmentNamesMutantsTest {
    private static final int ALL_TESTS = Integer.MAX_VALUE;
    private static final String REMOVAL =
            """
                    String doomed = putAside(segment);
                    directory.syncDirectory();
                    list.remove(at);
                    deleteCaches(segment);
            """;
    private static final Ground LOG =
            new Ground(
                    "dev.millrace.engine.log",
                    List.of("dev.millrace.engine.log."),
                    "dev.millrace.engine.log.SegmentNamesProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(
                LOG.bug(
                        "a swap ends without the sync before its log has its name",
                        "SegmentSwap",
                        "        directory.syncDirectory();\n        String name",
                        "        String name"),
                LOG.bug(
                        "recovery deletes the indexes that such a swap has named",
                        "SegmentSwap",
                        "|| (isCache(file) && !files.contains(file + LogFiles.SWAP))",
                        ""),
                LOG.bug(
                        "recovery finishes a swap that was not committed",
                        "SegmentSwap",
                        "if (base != null && base < undone) {",
                        "if (base != null) {"),
                LOG.bug(
                        "a cleaned segment is begun while the last swap may be undone",
                        "CleanedSegment",
                        "directory.syncDirectory();",
                        ""),
                LOG.bug(
                        "an index of aborted transactions goes before its segment's name",
                        "Segments",
                        REMOVAL,
                        """
                                deleteCaches(segment);
                                String doomed = putAside(segment);
                                directory.syncDirectory();
                                list.remove(at);
                        """),
                LOG.bug(
                        "an index of aborted transactions goes before that is durable",
                        "Segments",
                        REMOVAL,
                        """
                                String doomed = putAside(segment);
                                list.remove(at);
                                deleteCaches(segment);
                                directory.syncDirectory();
                        """),
                LOG.bug(
                        "indexes are trusted of a segment that was rolled after the last checkpoint",
                        "Recovery",
                        "forgetIndexes(segments.get(first - 1));",
                        ""),
                LOG.bug(
                        "an index is made before that of aborted transactions is",
                        "IndexFiles",
                        "if (!directory.exists(LogFiles.of(segment.baseOffset, LogFiles.INDEX))) {",
                        "if (false) {"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int test = mutant.seedsToCatch(ALL_TESTS);
        System.out.printf("names | %-75s | test %s%n", mutant, test);
        assertTrue(test > 0, "survived: " + mutant);
    }

    @Test
    void whatIsThereIsNot() throws Exception {
        assertEquals(-1, LOG.asItIs().seedsToCatch(ALL_TESTS));
    }
}
