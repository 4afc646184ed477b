package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/// What consumers of the classic protocol tell each other in bytes that brokers need not read, and must when a group goes over
/// to the consumer protocol: subscriptions and assignments, by the names of topics.
final class EmbeddedProtocol {
    private EmbeddedProtocol() {}

    /// @param topics in order
    /// @param owned partitions of topics that exist; empty from a member that gives up everything before it joins
    record Subscription(
            List<String> topics,
            @Nullable String rack,
            List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned) {}

    /// An assignment that was read.
    ///
    /// @param partitions of topics that exist, in order
    /// @param hasUserData an assignor of the client's own said something in it that only it understands
    record Assignment(Map<Uuid, Set<Integer>> partitions, boolean hasUserData) {
        static final Assignment NOTHING = new Assignment(Map.of(), false);
    }

    /// @return null when these bytes are no subscription
    static @Nullable Subscription subscription(Bytes bytes, TopicsImage topics) {
        try {
            ConsumerProtocolSubscription read =
                    ConsumerProtocol.deserializeConsumerProtocolSubscription(
                            ByteBuffer.wrap(bytes.get()));
            return new Subscription(
                    ConsumerSubscription.inOrder(read.topics()),
                    read.rackId() == null || read.rackId().isEmpty() ? null : read.rackId(),
                    owned(read.ownedPartitions(), topics));
        } catch (RuntimeException _) {
            // The reader of foreign bytes throws whatever they make it stumble over.
            return null;
        }
    }

    private static List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned(
            Collection<ConsumerProtocolSubscription.TopicPartition> owned, TopicsImage topics) {
        var byId = new ArrayList<ConsumerGroupHeartbeatRequestData.TopicPartitions>();
        for (ConsumerProtocolSubscription.TopicPartition each : owned) {
            TopicImage topic = topics.byName(each.topic());
            if (topic != null) {
                byId.add(
                        new ConsumerGroupHeartbeatRequestData.TopicPartitions()
                                .setTopicId(topic.id())
                                .setPartitions(each.partitions()));
            }
        }
        return byId;
    }

    /// @return null when these bytes are no assignment
    static @Nullable Assignment assignment(Bytes bytes, TopicsImage topics) {
        if (bytes.get().length == 0) {
            return Assignment.NOTHING;
        }
        try {
            ConsumerProtocolAssignment read =
                    ConsumerProtocol.deserializeConsumerProtocolAssignment(
                            ByteBuffer.wrap(bytes.get()));
            var partitions = new TreeMap<Uuid, Set<Integer>>();
            for (ConsumerProtocolAssignment.TopicPartition each : read.assignedPartitions()) {
                TopicImage topic = topics.byName(each.topic());
                if (topic != null) {
                    partitions.put(topic.id(), new TreeSet<>(each.partitions()));
                }
            }
            ByteBuffer userData = read.userData();
            return new Assignment(partitions, userData != null && userData.hasRemaining());
        } catch (RuntimeException _) {
            // As above.
            return null;
        }
    }

    /// The assignment in the bytes that a client expects which subscribed with these.
    ///
    /// @param partitions those of topics that are gone are left out
    static Bytes assignment(
            Map<Uuid, ? extends Collection<Integer>> partitions,
            Bytes subscription,
            TopicsImage topics) {
        var assigned = new ConsumerProtocolAssignment();
        partitions.forEach((id, indexes) -> {
            TopicImage topic = topics.byId(id);
            if (topic != null) {
                assigned.assignedPartitions()
                        .add(
                                new ConsumerProtocolAssignment.TopicPartition()
                                        .setTopic(topic.name())
                                        .setPartitions(List.copyOf(indexes)));
            }
        });
        // Both begin with the version, in two bytes.
        short version =
                subscription.get().length < Short.BYTES
                        ? 0
                        : ByteBuffer.wrap(subscription.get()).getShort();
        return Bytes.wrap(Utils.toArray(ConsumerProtocol.serializeAssignment(assigned, version)));
    }
}
