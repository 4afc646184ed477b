package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;

/// An image as the records that make it: the body of a snapshot. Replaying them on an empty image gives the image back (M7).
/// The metadata version comes first, because it says which formats the rest is in; then features, nodes, topics, settings,
/// producer ids, each in order of its key, so that two nodes write the same bytes.
public final class ImageRecords {
    private final MetadataVersion version;
    private final Consumer<ApiMessageAndVersion> out;

    private ImageRecords(MetadataVersion version, Consumer<ApiMessageAndVersion> out) {
        this.version = version;
        this.out = out;
    }

    public static List<ApiMessageAndVersion> of(MetadataImage image) {
        var records = new ArrayList<ApiMessageAndVersion>();
        write(image, records::add);
        return records;
    }

    public static void write(MetadataImage image, Consumer<ApiMessageAndVersion> out) {
        var records = new ImageRecords(image.features().metadataVersion(), out);
        records.features(image.features());
        records.cluster(image.cluster());
        for (TopicImage topic : image.topics().inNameOrder()) {
            records.topic(topic);
        }
        records.configs(image.configs());
        if (image.producerIds().next() > 0) {
            records.add(
                    new ProducerIdsRecord()
                            .setBrokerId(-1)
                            .setBrokerEpoch(-1)
                            .setNextProducerId(image.producerIds().next()),
                    0);
        }
    }

    private void add(ApiMessage message, int recordVersion) {
        out.accept(new ApiMessageAndVersion(message, (short) recordVersion));
    }

    private void features(FeaturesImage features) {
        if (features.level(MetadataVersion.FEATURE_NAME) != 0) {
            feature(MetadataVersion.FEATURE_NAME, features.level(MetadataVersion.FEATURE_NAME));
        }
        features.levels()
                .forEach((name, level) -> {
                    if (!name.equals(MetadataVersion.FEATURE_NAME)) {
                        feature(name, level);
                    }
                });
    }

    private void feature(String name, short level) {
        add(new FeatureLevelRecord().setName(name).setFeatureLevel(level), 0);
    }

    private void cluster(ClusterImage cluster) {
        for (BrokerImage broker : cluster.brokers().values()) {
            add(registration(broker), version.registerBrokerRecordVersion());
        }
        for (ControllerImage controller : cluster.controllers().values()) {
            add(registration(controller), version.registerControllerRecordVersion());
        }
    }

    private RegisterBrokerRecord registration(BrokerImage broker) {
        var record =
                new RegisterBrokerRecord()
                        .setBrokerId(broker.id())
                        .setBrokerEpoch(broker.epoch())
                        .setIncarnationId(broker.incarnation())
                        .setRack(broker.rack())
                        .setFenced(broker.fenced())
                        .setInControlledShutdown(broker.inControlledShutdown());
        if (version.isDirectoryAssignmentSupported()) {
            record.setLogDirs(broker.directories());
        }
        if (version.isCordonedLogDirsSupported()) {
            record.setCordonedLogDirs(broker.cordoned());
        }
        for (Map.Entry<String, Endpoint> entry : broker.endpoints().entrySet()) {
            Endpoint endpoint = entry.getValue();
            record.endPoints()
                    .add(
                            new RegisterBrokerRecord.BrokerEndpoint()
                                    .setName(entry.getKey())
                                    .setHost(endpoint.host())
                                    .setPort(endpoint.port())
                                    .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        broker.features()
                .forEach((name, range) ->
                        record.features()
                                .add(
                                        new RegisterBrokerRecord.BrokerFeature()
                                                .setName(name)
                                                .setMinSupportedVersion(range.min())
                                                .setMaxSupportedVersion(range.max())));
        return record;
    }

    private static RegisterControllerRecord registration(ControllerImage controller) {
        var record =
                new RegisterControllerRecord()
                        .setControllerId(controller.id())
                        .setIncarnationId(controller.incarnation())
                        .setZkMigrationReady(false);
        for (Map.Entry<String, Endpoint> entry : controller.endpoints().entrySet()) {
            Endpoint endpoint = entry.getValue();
            record.endPoints()
                    .add(
                            new RegisterControllerRecord.ControllerEndpoint()
                                    .setName(entry.getKey())
                                    .setHost(endpoint.host())
                                    .setPort(endpoint.port())
                                    .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        controller
                .features()
                .forEach((name, range) ->
                        record.features()
                                .add(
                                        new RegisterControllerRecord.ControllerFeature()
                                                .setName(name)
                                                .setMinSupportedVersion(range.min())
                                                .setMaxSupportedVersion(range.max())));
        return record;
    }

    private void topic(TopicImage topic) {
        add(new TopicRecord().setName(topic.name()).setTopicId(topic.id()), 0);
        for (int i = 0; i < topic.partitions().size(); i++) {
            add(
                    partition(topic.id(), i, topic.partitions().get(i), version),
                    version.partitionRecordVersion());
        }
    }

    /// The record that creates this partition as it is, in the format of this metadata version.
    public static PartitionRecord partition(
            org.apache.kafka.common.Uuid topicId,
            int index,
            PartitionImage partition,
            MetadataVersion version) {
        var record =
                new PartitionRecord()
                        .setTopicId(topicId)
                        .setPartitionId(index)
                        .setReplicas(partition.replicas())
                        .setIsr(partition.isr())
                        .setRemovingReplicas(partition.removing())
                        .setAddingReplicas(partition.adding())
                        .setLeader(partition.leader())
                        .setLeaderEpoch(partition.leaderEpoch())
                        .setPartitionEpoch(partition.partitionEpoch())
                        .setLeaderRecoveryState((byte) (partition.recovering() ? 1 : 0));
        if (version.isDirectoryAssignmentSupported()) {
            record.setDirectories(partition.directories());
        }
        if (version.isElrSupported()) {
            if (!partition.eligibleLeaders().isEmpty()) {
                record.setEligibleLeaderReplicas(partition.eligibleLeaders());
            }
            if (!partition.lastKnownEligibleLeaders().isEmpty()) {
                record.setLastKnownElr(partition.lastKnownEligibleLeaders());
            }
        }
        return record;
    }

    private void configs(ConfigsImage configs) {
        for (ConfigResource resource : configs.resources()) {
            configs.of(resource)
                    .forEach((key, value) ->
                            add(
                                    new ConfigRecord()
                                            .setResourceType(resource.type().id())
                                            .setResourceName(resource.name())
                                            .setName(key)
                                            .setValue(value),
                                    0));
        }
    }
}
