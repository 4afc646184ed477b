package dev.millrace.engine.lag;

import java.util.ArrayDeque;
import java.util.Deque;

/// Where a group and the log stood at the last few questions: enough to say whether the group catches up, and when.
///
/// **Owner.** [GroupLags].
final class Pace {
    /// Questions remembered; the oldest goes first.
    static final int MOST_SAMPLES = 8;

    /// What comes sooner after the last sample is answered, but not remembered.
    static final long MIN_INTERVAL_MS = 1_000;

    /// Older samples say nothing of the present.
    static final long WINDOW_MS = 300_000;

    private record Sample(long atMs, long position, long end) {}

    private final Deque<Sample> samples = new ArrayDeque<>(2);

    /// @param nowMs monotonic
    /// @param position of the group, where its lag begins
    /// @return ms until the lag is 0, or [PartitionLag#UNKNOWN] when too little is known or the lag does not shrink
    long drainMs(long nowMs, long position, long end) {
        forgetWhatIsVoid(nowMs, position, end);
        long drain = end <= position ? 0 : drain(nowMs, position, end);
        remember(new Sample(nowMs, position, end));
        return drain;
    }

    /// What is old, and everything when the group or the log has gone back: that is no pace.
    private void forgetWhatIsVoid(long nowMs, long position, long end) {
        Sample last = samples.peekLast();
        if (last != null && (position < last.position || end < last.end)) {
            samples.clear();
        }
        while (!samples.isEmpty() && nowMs - samples.getFirst().atMs > WINDOW_MS) {
            samples.removeFirst();
        }
    }

    private long drain(long nowMs, long position, long end) {
        Sample oldest = samples.peekFirst();
        if (oldest == null || nowMs - oldest.atMs < MIN_INTERVAL_MS) {
            return PartitionLag.UNKNOWN;
        }
        long shrunkBy = (position - oldest.position) - (end - oldest.end);
        if (shrunkBy <= 0) {
            return PartitionLag.UNKNOWN;
        }
        return Math.round((double) (end - position) * (nowMs - oldest.atMs) / shrunkBy);
    }

    private void remember(Sample sample) {
        Sample last = samples.peekLast();
        if (last != null && sample.atMs - last.atMs < MIN_INTERVAL_MS) {
            return;
        }
        if (samples.size() == MOST_SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(sample);
    }
}
