package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// More partitions, and who leads them.
public final class PartitionDecisions {
    private PartitionDecisions() {}

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
        if (count > TopicDecisions.MAX_RECORDS) {
            throw new PolicyViolationException(
                    "Excessively large number of additional partitions per request.");
        }
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
        int preferred = now.replicas().getFirst();
        if (type == ElectionType.PREFERRED) {
            if (now.leader() == preferred) {
                return new ApiError(Errors.ELECTION_NOT_NEEDED);
            }
            if (!now.isr().contains(preferred) || !active(image, preferred)) {
                return new ApiError(Errors.PREFERRED_LEADER_NOT_AVAILABLE);
            }
            records.add(change(image, topic.id(), partition).leader(preferred).record());
            return ApiError.NONE;
        }
        if (now.hasLeader()) {
            return new ApiError(Errors.ELECTION_NOT_NEEDED);
        }
        for (int replica : now.replicas()) {
            if (active(image, replica)) {
                records.add(
                        change(image, topic.id(), partition)
                                .uncleanLeader(replica, now.isr())
                                .record());
                return ApiError.NONE;
            }
        }
        return new ApiError(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE);
    }

    static boolean active(MetadataImage image, int brokerId) {
        @Nullable BrokerImage broker = image.cluster().broker(brokerId);
        return broker != null && broker.active();
    }

    static Change change(MetadataImage image, Uuid topic, int partition) {
        return new Change(image.features().metadataVersion(), topic, partition);
    }

    /// A change record in the making; what is not said stays as it is.
    static final class Change {
        private final MetadataVersion version;
        private final PartitionChangeRecord record;

        private Change(MetadataVersion version, Uuid topic, int partition) {
            this.version = version;
            this.record = new PartitionChangeRecord().setTopicId(topic).setPartitionId(partition);
        }

        Change leader(int id) {
            record.setLeader(id);
            return this;
        }

        /// A leader that may lack records that were acknowledged: it is in sync alone, and recovers first (KIP-704).
        Change uncleanLeader(int id, List<Integer> isr) {
            record.setLeader(id);
            if (!isr.contains(id)) {
                record.setIsr(List.of(id)).setLeaderRecoveryState((byte) 1);
            }
            return this;
        }

        Change isr(List<Integer> isr) {
            record.setIsr(isr);
            return this;
        }

        Change replicas(List<Integer> replicas, List<Uuid> directories) {
            record.setReplicas(replicas);
            if (version.isDirectoryAssignmentSupported()) {
                record.setDirectories(directories);
            }
            return this;
        }

        Change moving(List<Integer> adding, List<Integer> removing) {
            record.setAddingReplicas(adding).setRemovingReplicas(removing);
            return this;
        }

        ApiMessageAndVersion record() {
            return new ApiMessageAndVersion(
                    Objects.requireNonNull(record), version.partitionChangeRecordVersion());
        }
    }
}
