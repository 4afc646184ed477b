package dev.millrace.engine.metadata;

import dev.millrace.engine.metadata.PartitionChange.Election;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// More partitions, and who leads them.
public final class PartitionDecisions {
    private PartitionDecisions() {}

    /// @param topics of one request
    /// @throws PolicyViolationException when they ask for more new partitions than one batch holds, as in Kafka for all of them together
    public static void checkAdded(MetadataImage image, Collection<CreatePartitionsTopic> topics) {
        long added = 0;
        for (CreatePartitionsTopic request : topics) {
            @Nullable TopicImage topic = image.topics().byName(request.name());
            if (topic != null) {
                added += Math.max(0, (long) request.count() - topic.partitions().size());
            }
        }
        if (added > TopicDecisions.MAX_RECORDS) {
            throw new PolicyViolationException(
                    "Excessively large number of additional partitions per request.");
        }
    }

    /// Adds partitions to a topic.
    ///
    /// @throws org.apache.kafka.common.errors.ApiException with Kafka's error and sentence
    public static List<ApiMessageAndVersion> add(
            MetadataImage image, CreatePartitionsTopic request) {
        @Nullable TopicImage topic = image.topics().byName(request.name());
        if (topic == null) {
            throw new UnknownTopicOrPartitionException();
        }
        int now = topic.partitions().size();
        if (request.count() == now) {
            throw new InvalidPartitionsException("Topic already has " + now + " partition(s).");
        }
        if (request.count() < now) {
            throw new InvalidPartitionsException(
                    "The topic "
                            + topic.name()
                            + " currently has "
                            + now
                            + " partition(s); "
                            + request.count()
                            + " would not be an increase.");
        }
        int count = request.count() - now;
        List<PartitionImage> added =
                request.assignments() == null
                        ? placed(image, topic, count)
                        : manual(image, topic, request, count);
        MetadataVersion version = image.features().metadataVersion();
        var records = new ArrayList<ApiMessageAndVersion>();
        for (int i = 0; i < count; i++) {
            records.add(
                    new ApiMessageAndVersion(
                            ImageRecords.partition(topic.id(), now + i, added.get(i), version),
                            version.partitionRecordVersion()));
        }
        return records;
    }

    private static List<PartitionImage> placed(MetadataImage image, TopicImage topic, int count) {
        short factor = (short) topic.partitions().getFirst().replicas().size();
        return NewPartitions.place(
                image.cluster(), topic.name(), topic.partitions().size(), count, factor);
    }

    private static List<PartitionImage> manual(
            MetadataImage image, TopicImage topic, CreatePartitionsTopic request, int count) {
        int first = topic.partitions().size();
        int factor = topic.partitions().getFirst().replicas().size();
        if (request.assignments().size() != count) {
            throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                    "Attempted to add "
                            + count
                            + " additional partition(s), but only "
                            + request.assignments().size()
                            + " assignment(s) were specified.");
        }
        var added = new ArrayList<PartitionImage>();
        for (var assignment : request.assignments()) {
            NewPartitions.checkManual(image.cluster(), assignment.brokerIds(), factor);
            List<Integer> isr = NewPartitions.active(image.cluster(), assignment.brokerIds());
            if (isr.isEmpty()) {
                throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                        "All brokers specified in the manual partition assignment for partition "
                                + (first + added.size())
                                + " are fenced or in controlled shutdown.");
            }
            added.add(NewPartitions.of(image.cluster(), assignment.brokerIds(), isr));
        }
        return added;
    }

    /// Elects one partition's leader.
    ///
    /// @param records takes the record of the change, when there is one
    public static ApiError elect(
            MetadataImage image,
            String topicName,
            int partition,
            ElectionType type,
            List<ApiMessageAndVersion> records) {
        @Nullable TopicImage topic = image.topics().byName(topicName);
        if (topic == null) {
            return new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such topic as " + topicName);
        }
        if (partition < 0 || partition >= topic.partitions().size()) {
            return new ApiError(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    "No such partition as " + topicName + "-" + partition);
        }
        PartitionImage now = topic.partitions().get(partition);
        boolean preferred = type == ElectionType.PREFERRED;
        if (preferred ? now.leader() == now.replicas().getFirst() : now.hasLeader()) {
            return new ApiError(Errors.ELECTION_NOT_NEEDED);
        }
        @Nullable ApiMessageAndVersion record =
                PartitionChange.of(image, topic, partition)
                        .elect(preferred ? Election.PREFERRED : Election.UNCLEAN)
                        .record();
        if (record == null) {
            return new ApiError(
                    preferred
                            ? Errors.PREFERRED_LEADER_NOT_AVAILABLE
                            : Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE);
        }
        records.add(record);
        return ApiError.NONE;
    }
}
