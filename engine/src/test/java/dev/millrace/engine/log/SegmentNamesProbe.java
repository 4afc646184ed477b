package dev.millrace.engine.log;

import dev.millrace.engine.testing.ProbedTests;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// The tests of what a power loss leaves of names and caches, one after the other, against a log with a planted bug.
public final class SegmentNamesProbe implements IntUnaryOperator {
    /// @return the number of the first test that fails, or -1 when all pass
    @Override
    public int applyAsInt(int mostTests) {
        return ProbedTests.firstThatFails(
                List.of(
                        SegmentNamesTest.class,
                        RolledAfterCheckpointTest.class,
                        MissingIndexesTest.class),
                mostTests);
    }
}
