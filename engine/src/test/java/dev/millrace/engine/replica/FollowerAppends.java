package dev.millrace.engine.replica;

import dev.millrace.engine.testing.Batches;
import java.io.IOException;

/// Plays the leader of a partition that is followed here, for tests of other packages.
public final class FollowerAppends {
    private FollowerAppends() {}

    /// The leader of the present epoch sends one record, and says how far all are.
    public static void append(
            Partition partition, long timestampMs, String value, long highWatermark)
            throws IOException {
        int epoch = partition.role().leaderEpoch();
        partition
                .following()
                .replicate(
                        epoch,
                        Batches.plain().at(partition.logEnd(), epoch).of(timestampMs, value),
                        highWatermark,
                        0);
    }
}
