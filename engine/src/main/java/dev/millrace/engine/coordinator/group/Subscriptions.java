package dev.millrace.engine.coordinator.group;

import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.jspecify.annotations.Nullable;

/// What the members of a consumers' group read, as far as can be seen: their subscriptions are the clients' own bytes.
final class Subscriptions {
    /// The protocol type of consumers; Connect's workers and others have their own.
    static final String CONSUMER = "consumer";

    private Subscriptions() {}

    static boolean isConsumers(ClassicGroup group) {
        return group.protocolType().equals(CONSUMER);
    }

    /// Where a subscription cannot be read the answer is yes, to be on the safe side.
    static boolean isSubscribed(ClassicGroup group, String topic) {
        String protocol = group.protocol();
        if (group.isEmpty()) {
            return false;
        }
        if (protocol == null) {
            return isConsumers(group);
        }
        for (ClassicMember member : group.members()) {
            if (isSubscribed(member.metadata(protocol).get(), topic)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSubscribed(byte[] metadata, String topic) {
        Subscription subscription = read(metadata);
        return subscription == null || subscription.topics().contains(topic);
    }

    /// A consumer's subscription; null when the bytes are none.
    static @Nullable Subscription read(byte[] metadata) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(metadata);
            short version = ConsumerProtocol.deserializeVersion(bytes);
            return ConsumerProtocol.deserializeSubscription(bytes, version);
        } catch (
                RuntimeException
                        e) { // the client's bytes: Kafka's generated readers throw this very type
            return null;
        }
    }
}
