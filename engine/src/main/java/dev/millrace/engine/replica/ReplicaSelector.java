package dev.millrace.engine.replica;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which replica a leader sends a client to (KIP-392), by Kafka's names of `replica.selector.class`.
public enum ReplicaSelector {
    /// Nobody is sent anywhere. Followers serve all the same who comes to them.
    LEADER,
    /// The client is sent to the replica of its rack that is furthest; it stays when the leader is of that rack, or nobody is.
    RACK_AWARE;

    public static final String KEY = "replica.selector.class";

    /// What `KEY` may say, in words.
    public static final String ALLOWED =
            "org.apache.kafka.common.replica.RackAwareReplicaSelector or org.apache.kafka.common.replica.LeaderSelector is wanted: classes of one's own are not loaded";

    private static final String PACKAGE = "org.apache.kafka.common.replica.";
    private static final Comparator<View> FURTHEST =
            Comparator.comparingLong(View::logEnd)
                    .thenComparing(Comparator.comparingLong(View::behindMs).reversed())
                    .thenComparingInt(View::brokerId);

    /// A follower in sync that holds the offset which is fetched.
    ///
    /// @param behindMs since when it has not had all that the leader has
    record View(int brokerId, long logEnd, long behindMs) {}

    /// @param className as configured; null or empty for none
    /// @return null when there is none of that name
    public static @Nullable ReplicaSelector of(@Nullable String className) {
        return switch (className == null ? "" : className.strip()) {
            case "", PACKAGE + "LeaderSelector" -> LEADER;
            case PACKAGE + "RackAwareReplicaSelector" -> RACK_AWARE;
            default -> null;
        };
    }

    /// Of a value that was checked at the start.
    public static ReplicaSelector configured(@Nullable String className) {
        return Objects.requireNonNull(of(className), ALLOWED);
    }

    /// The furthest of them; who is caught up for longer, and then the higher id, goes first.
    static @Nullable View furthest(List<View> views) {
        return views.stream().max(FURTHEST).orElse(null);
    }
}
