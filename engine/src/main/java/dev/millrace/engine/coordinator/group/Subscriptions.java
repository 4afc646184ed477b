package dev.millrace.engine.coordinator.group;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
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

    /// What all members together read; null where a subscription cannot be read, which may say any topic. Reads every member's bytes.
    static @Nullable Set<String> topics(ClassicGroup group) {
        String protocol = group.protocol();
        if (group.isEmpty()) {
            return Set.of();
        }
        if (protocol == null) {
            return isConsumers(group) ? null : Set.of();
        }
        var topics = new HashSet<String>();
        for (ClassicMember member : group.members()) {
            Subscription subscription = read(member.metadata(protocol).get());
            if (subscription == null) {
                return null;
            }
            topics.addAll(subscription.topics());
        }
        return topics;
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
