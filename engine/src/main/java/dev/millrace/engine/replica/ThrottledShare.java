package dev.millrace.engine.replica;

import org.apache.kafka.common.TopicPartition;

/// What one round of a follower's fetches may take of what a throttle has at hand: who comes first gets all that it wants.
///
/// **Owner.** The round.
final class ThrottledShare {
    private final ReplicaThrottle throttle;
    private final int maxBytes;
    private long left = -1;

    /// @param maxBytes of one partition
    ThrottledShare(ReplicaThrottle throttle, int maxBytes) {
        this.throttle = throttle;
        this.maxBytes = maxBytes;
    }

    /// How much may be asked for; 0 when the partition has to wait.
    ///
    /// @param behind whether it is behind the high watermark: who is not is never held back, for producers wait for it
    int of(TopicPartition name, boolean behind) {
        if (!behind || !throttle.limits(name)) {
            return maxBytes;
        }
        left = left < 0 ? throttle.atHand() : left;
        int share = (int) Math.min(maxBytes, left);
        left -= share;
        return share;
    }
}
