package dev.millrace.engine.replica;

import dev.millrace.engine.testing.ProbedTests;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// Tests of replicas, one after the other, against an engine with a planted bug.
public final class ReplicasProbe implements IntUnaryOperator {
    /// @return the number of the first test that fails, or -1 when all pass
    @Override
    public int applyAsInt(int mostTests) {
        return ProbedTests.firstThatFails(
                List.of(
                        ReplicationTest.class,
                        PartitionTest.class,
                        RestartTest.class,
                        FetchLineTest.class,
                        ThrottledFetcherTest.class),
                mostTests);
    }
}
