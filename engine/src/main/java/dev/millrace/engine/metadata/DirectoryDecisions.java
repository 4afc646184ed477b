package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRegistrationException;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// The log directories of brokers (KIP-858): which a broker has, which it has lost, which take nothing new (KIP-1066), and
/// which of them holds a replica.
public final class DirectoryDecisions {
    /// Versions of the broker's change record.
    private static final short WITH_DIRECTORIES = 2;

    private static final short WITH_CORDONED = 3;

    private DirectoryDecisions() {}

    /// @throws InvalidRegistrationException for directories that cannot be a broker's
    static void checkRegistered(MetadataImage image, BrokerRegistrationRequestData request) {
        if (!image.features().metadataVersion().isDirectoryAssignmentSupported()) {
            return;
        }
        List<Uuid> directories = request.logDirs();
        if (directories.isEmpty()) {
            throw new InvalidRegistrationException("No directories specified in request");
        }
        if (directories.stream().anyMatch(DirectoryId::reserved)) {
            throw new InvalidRegistrationException("Reserved directory ID in request");
        }
        if (new HashSet<>(directories).size() != directories.size()) {
            throw new InvalidRegistrationException("Duplicate directory ID in request");
        }
        for (BrokerImage other : image.cluster().brokers().values()) {
            for (Uuid directory : directories) {
                if (other.id() != request.brokerId() && other.directories().contains(directory)) {
                    throw new InvalidRegistrationException(
                            "Broker "
                                    + other.id()
                                    + " is already registered with directory "
                                    + directory);
                }
            }
        }
    }

    /// What a heartbeat says of directories: what is on a lost one is not in sync any more, and not led from there. A broker
    /// without any directory left is fenced.
    static void heartbeat(
            MetadataImage image,
            BrokerHeartbeatRequestData request,
            List<ApiMessageAndVersion> records) {
        BrokerImage broker = Objects.requireNonNull(image.cluster().broker(request.brokerId()));
        MetadataVersion version = image.features().metadataVersion();
        List<Uuid> lost =
                broker.directories().stream().filter(request.offlineLogDirs()::contains).toList();
        if (version.isDirectoryAssignmentSupported() && !lost.isEmpty()) {
            lose(image, broker, lost, records);
        }
        @Nullable List<Uuid> cordoned = request.cordonedLogDirs();
        if (version.isCordonedLogDirsSupported()
                && cordoned != null
                && !broker.hasCordoned(cordoned)) {
            records.add(
                    new ApiMessageAndVersion(
                            change(broker).setCordonedLogDirs(cordoned), WITH_CORDONED));
        }
    }

    /// What a broker that registers again has cordoned, as far as it is known: it says soon what is so now. Null for nothing.
    static @Nullable List<Uuid> stillCordoned(
            @Nullable BrokerImage before, List<Uuid> directories, MetadataVersion version) {
        if (before == null || !version.isCordonedLogDirsSupported()) {
            return null;
        }
        List<Uuid> still = before.cordonedOrNone().stream().filter(directories::contains).toList();
        return still.isEmpty() ? null : still;
    }

    private static void lose(
            MetadataImage image,
            BrokerImage broker,
            List<Uuid> lost,
            List<ApiMessageAndVersion> records) {
        List<Uuid> left = broker.directories().stream().filter(d -> !lost.contains(d)).toList();
        if (left.isEmpty()) {
            if (!broker.fenced()) {
                BrokerLifeDecisions.fence(image, broker, records);
            }
            return;
        }
        var change = new ApiMessageAndVersion(change(broker).setLogDirs(left), WITH_DIRECTORIES);
        records.add(change);
        int id = broker.id();
        LeaderElections.each(
                LeaderElections.after(image, List.of(change)),
                partition ->
                        partition.isr().contains(id)
                                && lost.contains(
                                        partition
                                                .directories()
                                                .get(partition.replicas().indexOf(id))),
                partition -> partition.without(id),
                records);
    }

    private static BrokerRegistrationChangeRecord change(BrokerImage broker) {
        return new BrokerRegistrationChangeRecord()
                .setBrokerId(broker.id())
                .setBrokerEpoch(broker.epoch());
    }

    /// A broker says where its replicas are. Where it moved one away from a directory that it has lost, the new replica is
    /// empty, and so neither in sync nor eligible.
    ///
    /// It says `LOST` of a single log that it cannot use: that one is not in sync any more, and not led from there. The last one that was
    /// in sync stays so, or eligible, and leads again once the broker can use the log, as it was or given up by a person.
    ///
    /// @throws org.apache.kafka.common.errors.ApiException `STALE_BROKER_EPOCH` and the like
    public static Decision<AssignReplicasToDirsResponseData> assign(
            MetadataImage image, AssignReplicasToDirsRequestData request) {
        if (!image.features().metadataVersion().isDirectoryAssignmentSupported()) {
            throw Errors.UNSUPPORTED_VERSION.exception(
                    "Directory assignment is not supported yet.");
        }
        BrokerImage broker =
                BrokerLifeDecisions.registered(image, request.brokerId(), request.brokerEpoch());
        var records = new ArrayList<ApiMessageAndVersion>();
        MetadataImage now = image;
        var response = new AssignReplicasToDirsResponseData();
        for (var directory : request.directories()) {
            var answer = new AssignReplicasToDirsResponseData.DirectoryData().setId(directory.id());
            for (var topic : directory.topics()) {
                var topicAnswer =
                        new AssignReplicasToDirsResponseData.TopicData()
                                .setTopicId(topic.topicId());
                for (var partition : topic.partitions()) {
                    int decided = records.size();
                    Errors error =
                            assign(
                                    now,
                                    broker,
                                    directory.id(),
                                    now.topics().byId(topic.topicId()),
                                    partition.partitionIndex(),
                                    records);
                    now = LeaderElections.after(now, records.subList(decided, records.size()));
                    topicAnswer
                            .partitions()
                            .add(
                                    new AssignReplicasToDirsResponseData.PartitionData()
                                            .setPartitionIndex(partition.partitionIndex())
                                            .setErrorCode(error.code()));
                }
                answer.topics().add(topicAnswer);
            }
            response.directories().add(answer);
        }
        return new Decision<>(records, response);
    }

    /// Nobody else holds everything that is committed: what that broker says it can serve is all there is.
    private static boolean isLast(PartitionImage partition, int broker) {
        return partition.isr().stream().allMatch(id -> id == broker)
                && partition.eligibleLeaders().stream().allMatch(id -> id == broker);
    }

    private static Errors assign(
            MetadataImage image,
            BrokerImage broker,
            Uuid directory,
            @Nullable TopicImage topic,
            int index,
            List<ApiMessageAndVersion> records) {
        if (topic == null) {
            return Errors.UNKNOWN_TOPIC_ID;
        }
        if (index < 0 || index >= topic.partitions().size()) {
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        PartitionImage now = topic.partitions().get(index);
        int replica = now.replicas().indexOf(broker.id());
        if (replica < 0) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        var change = PartitionChange.of(image, topic, index).directory(broker.id(), directory);
        Uuid before = now.directories().get(replica);
        boolean wasLost = !Directories.online(broker, before);
        boolean comesBack = before.equals(Directories.LOST) && isLast(now, broker.id());
        boolean isHere = !directory.equals(before) && !directory.equals(Directories.LOST);
        if (wasLost && isHere && !comesBack) {
            change.lost(broker.id());
        } else if (!Directories.online(broker, directory)) {
            change.without(broker.id());
        }
        change.addTo(records);
        return Errors.NONE;
    }
}
