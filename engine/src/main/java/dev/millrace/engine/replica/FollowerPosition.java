package dev.millrace.engine.replica;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.Errors;

/// How far a follower is.
///
/// @param latestEpoch of its last record; -1 of an empty log
/// @param reportable completes when the leader may be told: what it counts is on this disk. Not at once after a restart, or where another
///     leads by now, whose acknowledgements rest on it
record FollowerPosition(
        long logEnd,
        int latestEpoch,
        long logStart,
        long highWatermark,
        CompletionStage<Errors> reportable) {
    boolean isReportable() {
        return reportable.toCompletableFuture().isDone();
    }
}
