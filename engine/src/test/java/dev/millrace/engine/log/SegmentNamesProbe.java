package dev.millrace.engine.log;

import java.io.IOException;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// The tests of what a power loss leaves of names and caches, one after the other, against a log with a planted bug.
public final class SegmentNamesProbe implements IntUnaryOperator {
    private interface Case {
        void run() throws IOException;
    }

    private static final List<Case> CASES =
            List.of(
                    () -> new SegmentNamesTest().aSwapIsDoneOrNot(true),
                    () -> new SegmentNamesTest().aSwapIsDoneOrNot(false),
                    () -> new SegmentNamesTest().aSegmentThatGoesHasItsIndexesAsLongAsItsName(),
                    () -> new RolledAfterCheckpointTest().itsTimeIndexIsNotBelieved(),
                    () -> new MissingIndexesTest().thatOfAbortedTransactionsIsMadeFirst());

    /// @return the number of the first one that fails, or -1 when all pass
    @Override
    public int applyAsInt(int most) {
        for (int i = 0; i < Math.min(most, CASES.size()); i++) {
            try {
                CASES.get(i).run();
            } catch (IOException | AssertionError found) {
                System.out.println(found.getMessage());
                return i + 1;
            }
        }
        return -1;
    }
}
