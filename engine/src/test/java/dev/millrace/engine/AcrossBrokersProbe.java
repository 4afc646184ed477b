package dev.millrace.engine;

import dev.millrace.engine.coordinator.txn.LeadershipProbe;
import dev.millrace.engine.testing.ProbedTests;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// The tests of coordinators that go from broker to broker, one after the other, against an engine with a planted bug.
public final class AcrossBrokersProbe implements IntUnaryOperator {
    /// @return the number of the first test that fails, or -1 when all pass
    @Override
    public int applyAsInt(int mostTests) {
        return ProbedTests.firstThatFails(
                List.of(
                        LeadershipProbe.TEST,
                        MarkerBatchesTest.class,
                        LeadershipsOnPartitionsTest.class,
                        CoordinatorVerifierTest.class),
                mostTests);
    }
}
