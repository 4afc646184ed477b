package dev.millrace.engine.metadata;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.quorum.QuorumListener.CommittedBatch;
import java.util.List;

/// When the log has grown enough since the last snapshot for another one: Kafka's
/// `metadata.log.max.record.bytes.between.snapshots` and `metadata.log.max.snapshot.interval.ms`.
public final class SnapshotSchedule {
    private final Clock clock;
    private final long maxBytes;
    private final long maxIntervalMs;
    private long bytesSince;
    private long takenAtMs;

    /// @param maxIntervalMs 0 for never by time
    public SnapshotSchedule(Clock clock, long maxBytes, long maxIntervalMs) {
        this.clock = clock;
        this.maxBytes = maxBytes;
        this.maxIntervalMs = maxIntervalMs;
        this.takenAtMs = clock.monotonicMs();
    }

    /// Counts these batches, and says whether a snapshot is due.
    boolean due(List<CommittedBatch> batches) {
        for (CommittedBatch batch : batches) {
            bytesSince += batch.sizeBytes();
        }
        return bytesSince >= maxBytes
                || (maxIntervalMs > 0 && clock.monotonicMs() - takenAtMs >= maxIntervalMs);
    }

    void taken() {
        bytesSince = 0;
        takenAtMs = clock.monotonicMs();
    }
}
