package dev.millrace.engine.metadata;

import java.util.function.IntUnaryOperator;

/// [PartitionChangeTest] over its seeds, with planted bugs.
public final class PartitionChangeProbe implements IntUnaryOperator {
    /// @param seeds that may be taken
    /// @return how many it took to fail, -1 when all pass
    @Override
    public int applyAsInt(int seeds) {
        int tried = 0;
        for (long seed : PartitionChangeTest.seeds()) {
            tried++;
            if (tried > seeds) {
                break;
            }
            try {
                new PartitionChangeTest().electsWhomKafkaElects(seed);
            } catch (AssertionError failure) {
                System.out.println("seed " + tried + ": " + failure);
                return tried;
            }
        }
        return -1;
    }
}
