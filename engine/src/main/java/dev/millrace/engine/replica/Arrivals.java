package dev.millrace.engine.replica;

/// How many bytes a follower has below its high watermark, as far as waiting readers have to be told: of what came last, the leader mostly
/// says in its next answer only that all have it.
///
/// **Owner.** The partition, in its turn.
final class Arrivals {
    /// The end of the log, and the bytes ever appended, before the last batches came.
    private long end;

    private long bytes;

    /// What lies below the last high watermark: never more than there is, so that nobody is told twice.
    private long visible;

    void appending(long logEnd, long appendedBytes) {
        end = logEnd;
        bytes = appendedBytes;
    }

    /// @param appendedBytes in all, up to `logEnd`
    long visible(long highWatermark, long logEnd, long appendedBytes) {
        if (highWatermark >= logEnd) {
            visible = appendedBytes;
        } else if (highWatermark >= end) {
            visible = Math.max(visible, bytes);
        }
        return visible;
    }
}
