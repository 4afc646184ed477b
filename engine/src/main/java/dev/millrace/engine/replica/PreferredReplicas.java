package dev.millrace.engine.replica;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where this broker, as the leader, sends clients that had better read from a follower (KIP-392).
///
/// A client is sent to a follower only that is in sync, holds the offset, serves, and can be reached by the client's listener.
public final class PreferredReplicas {
    private final ReplicaSelector selector;
    private final int self;
    private final Supplier<MetadataImage> image;

    /// @param self the id of this broker
    public PreferredReplicas(ReplicaSelector selector, int self, Supplier<MetadataImage> image) {
        this.selector = selector;
        this.self = self;
        this.image = image;
    }

    /// Of a broker that sends nobody anywhere.
    public static PreferredReplicas none() {
        return new PreferredReplicas(ReplicaSelector.LEADER, -1, () -> MetadataImage.EMPTY);
    }

    /// Which brokers a client would rather read from.
    ///
    /// @param rack of the client; empty when it does not say
    /// @param listener by which it came
    /// @return null when it is to read from the leader, this one, whoever follows it
    public @Nullable IntPredicate near(String rack, String listener) {
        if (selector == ReplicaSelector.LEADER || rack.isEmpty()) {
            return null;
        }
        MetadataImage now = image.get();
        return isIn(now, self, rack, listener) ? null : id -> isIn(now, id, rack, listener);
    }

    private static boolean isIn(MetadataImage now, int id, String rack, String listener) {
        BrokerImage broker = now.cluster().broker(id);
        return broker != null
                && !broker.fenced()
                && rack.equals(broker.rack())
                && broker.endpoints().containsKey(listener);
    }
}
