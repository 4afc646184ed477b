package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.testing.Batches;

/// What a client's record with acks=all is to a leader.
final class LeaderAppends {
    private LeaderAppends() {}

    static void append(Partition leader, long wallMs, String value) {
        assertInstanceOf(
                AppendResult.Appended.class,
                leader.append(Batches.plain().of(wallMs, value), true, Origin.CLIENT));
    }
}
