package dev.millrace.engine.metadata;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.ClearElrRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.FenceBrokerRecord;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.metadata.UnfenceBrokerRecord;
import org.apache.kafka.common.metadata.UnregisterBrokerRecord;
import org.apache.kafka.common.metadata.UnregisterControllerRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// What each of Kafka's metadata records means: the only place where an image changes.
final class Replay {
    private Replay() {}

    static MetadataImage apply(MetadataImage image, ApiMessage message) {
        return switch (MetadataRecordType.fromId(message.apiKey())) {
            case TOPIC_RECORD -> topic(image, (TopicRecord) message);
            case PARTITION_RECORD -> partition(image, (PartitionRecord) message);
            case PARTITION_CHANGE_RECORD -> partitionChange(image, (PartitionChangeRecord) message);
            case REMOVE_TOPIC_RECORD -> removeTopic(image, (RemoveTopicRecord) message);
            case CLEAR_ELR_RECORD -> clearElr(image, (ClearElrRecord) message);
            case CONFIG_RECORD -> config(image, (ConfigRecord) message);
            case REGISTER_BROKER_RECORD -> registerBroker(image, (RegisterBrokerRecord) message);
            case UNREGISTER_BROKER_RECORD -> {
                var record = (UnregisterBrokerRecord) message;
                broker(image, record.brokerId(), record.brokerEpoch());
                yield image.with(image.cluster().withoutBroker(record.brokerId()));
            }
            case BROKER_REGISTRATION_CHANGE_RECORD ->
                    brokerChange(image, (BrokerRegistrationChangeRecord) message);
            case FENCE_BROKER_RECORD -> {
                var record = (FenceBrokerRecord) message;
                var broker = broker(image, record.id(), record.epoch());
                yield image.with(image.cluster().with(broker.withFenced(true)));
            }
            case UNFENCE_BROKER_RECORD -> {
                var record = (UnfenceBrokerRecord) message;
                var broker = broker(image, record.id(), record.epoch());
                yield image.with(image.cluster().with(broker.withFenced(false)));
            }
            case REGISTER_CONTROLLER_RECORD ->
                    registerController(image, (RegisterControllerRecord) message);
            case UNREGISTER_CONTROLLER_RECORD ->
                    image.with(
                            image.cluster()
                                    .withoutController(
                                            ((UnregisterControllerRecord) message).controllerId()));
            case FEATURE_LEVEL_RECORD -> {
                var record = (FeatureLevelRecord) message;
                yield image.with(image.features().with(record.name(), record.featureLevel()));
            }
            case PRODUCER_IDS_RECORD ->
                    image.with(
                            new ProducerIdsImage(((ProducerIdsRecord) message).nextProducerId()));
            // Written by releases that could still come from ZooKeeper; it says that they did not.
            case ZK_MIGRATION_STATE_RECORD, NO_OP_RECORD -> image;
            case BEGIN_TRANSACTION_RECORD, END_TRANSACTION_RECORD, ABORT_TRANSACTION_RECORD ->
                    throw new UnreadableMetadata(
                            "A metadata transaction has no place in a snapshot.");
            case ACCESS_CONTROL_ENTRY_RECORD,
                    REMOVE_ACCESS_CONTROL_ENTRY_RECORD,
                    CLIENT_QUOTA_RECORD,
                    USER_SCRAM_CREDENTIAL_RECORD,
                    REMOVE_USER_SCRAM_CREDENTIAL_RECORD,
                    DELEGATION_TOKEN_RECORD,
                    REMOVE_DELEGATION_TOKEN_RECORD ->
                    throw new UnreadableMetadata(
                            "The metadata log holds a "
                                    + message.getClass().getSimpleName()
                                    + ", which this version of Millrace does not serve yet.");
        };
    }

    private static MetadataImage topic(MetadataImage image, TopicRecord record) {
        if (image.topics().byName(record.name()) != null) {
            throw contradiction("topic " + record.name() + " exists twice");
        }
        return image.with(image.topics().with(record.name(), record.topicId()));
    }

    private static TopicImage topicOf(MetadataImage image, Uuid id) {
        @Nullable TopicImage topic = image.topics().byId(id);
        if (topic == null) {
            throw contradiction("no topic has id " + id);
        }
        return topic;
    }

    private static MetadataImage partition(MetadataImage image, PartitionRecord record) {
        TopicImage topic = topicOf(image, record.topicId());
        if (record.partitionId() < 0 || record.partitionId() > topic.partitions().size()) {
            throw contradiction(
                    "partition "
                            + record.partitionId()
                            + " of "
                            + topic.name()
                            + " comes too early");
        }
        List<Uuid> directories =
                record.directories().isEmpty()
                        ? Collections.nCopies(record.replicas().size(), Directories.MIGRATING)
                        : List.copyOf(record.directories());
        var partition =
                new PartitionImage(
                        List.copyOf(record.replicas()),
                        directories,
                        List.copyOf(record.isr()),
                        listOrEmpty(record.eligibleLeaderReplicas()),
                        listOrEmpty(record.lastKnownElr()),
                        List.copyOf(record.removingReplicas()),
                        List.copyOf(record.addingReplicas()),
                        record.leader(),
                        record.leaderEpoch(),
                        record.partitionEpoch(),
                        record.leaderRecoveryState() == 1);
        return image.with(image.topics().with(topic, record.partitionId(), partition));
    }

    private static List<Integer> listOrEmpty(@Nullable List<Integer> ids) {
        return ids == null ? List.of() : List.copyOf(ids);
    }

    private static MetadataImage partitionChange(
            MetadataImage image, PartitionChangeRecord record) {
        TopicImage topic = topicOf(image, record.topicId());
        if (record.partitionId() < 0 || record.partitionId() >= topic.partitions().size()) {
            throw contradiction(topic.name() + " has no partition " + record.partitionId());
        }
        PartitionImage now = topic.partitions().get(record.partitionId()).merge(record);
        return image.with(image.topics().with(topic, record.partitionId(), now));
    }

    private static MetadataImage removeTopic(MetadataImage image, RemoveTopicRecord record) {
        TopicImage topic = topicOf(image, record.topicId());
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
        return image.with(image.topics().without(topic)).with(image.configs().without(resource));
    }

    private static MetadataImage clearElr(MetadataImage image, ClearElrRecord record) {
        TopicsImage topics = image.topics();
        for (TopicImage topic : image.topics().inNameOrder()) {
            if (record.topicName().isEmpty() || record.topicName().equals(topic.name())) {
                for (int i = 0; i < topic.partitions().size(); i++) {
                    TopicImage current =
                            java.util.Objects.requireNonNull(topics.byName(topic.name()));
                    topics = topics.with(current, i, topic.partitions().get(i).withoutElr());
                }
            }
        }
        return image.with(topics);
    }

    private static MetadataImage config(MetadataImage image, ConfigRecord record) {
        var type = ConfigResource.Type.forId(record.resourceType());
        if (type == ConfigResource.Type.UNKNOWN) {
            throw contradiction("config resource type " + record.resourceType() + " is unknown");
        }
        var resource = new ConfigResource(type, record.resourceName());
        @Nullable String value = record.value();
        return image.with(
                value == null
                        ? image.configs().without(resource, record.name())
                        : image.configs().with(resource, record.name(), value));
    }

    private static MetadataImage registerBroker(MetadataImage image, RegisterBrokerRecord record) {
        var endpoints = new LinkedHashMap<String, Endpoint>();
        for (var endpoint : record.endPoints()) {
            endpoints.put(
                    endpoint.name(),
                    endpoint(
                            endpoint.name(),
                            endpoint.securityProtocol(),
                            endpoint.host(),
                            endpoint.port()));
        }
        var features = new TreeMap<String, FeatureRange>();
        for (var feature : record.features()) {
            features.put(
                    feature.name(),
                    new FeatureRange(feature.minSupportedVersion(), feature.maxSupportedVersion()));
        }
        var broker =
                new BrokerImage(
                        record.brokerId(),
                        record.brokerEpoch(),
                        record.incarnationId(),
                        Collections.unmodifiableMap(endpoints),
                        Collections.unmodifiableMap(features),
                        record.rack(),
                        record.fenced(),
                        record.inControlledShutdown(),
                        List.copyOf(record.logDirs()),
                        copyOrNull(record.cordonedLogDirs()));
        return image.with(image.cluster().with(broker));
    }

    private static @Nullable List<Uuid> copyOrNull(@Nullable List<Uuid> ids) {
        return ids == null ? null : List.copyOf(ids);
    }

    private static Endpoint endpoint(String name, short security, String host, int port) {
        @Nullable SecurityProtocol protocol = SecurityProtocol.forId(security);
        if (protocol == null) {
            throw new UnreadableMetadata(
                    "The metadata log holds a listener %s with security protocol %d, which this version of Millrace does not know."
                            .formatted(name, security));
        }
        return new Endpoint(name, protocol, host, port);
    }

    private static BrokerImage broker(MetadataImage image, int id, long epoch) {
        @Nullable BrokerImage broker = image.cluster().broker(id);
        if (broker == null) {
            throw contradiction("broker " + id + " is not registered");
        }
        if (broker.epoch() != epoch) {
            throw contradiction(
                    "broker " + id + " is at epoch " + broker.epoch() + ", not at " + epoch);
        }
        return broker;
    }

    private static MetadataImage brokerChange(
            MetadataImage image, BrokerRegistrationChangeRecord record) {
        BrokerImage broker = broker(image, record.brokerId(), record.brokerEpoch());
        boolean fenced =
                switch (record.fenced()) {
                    case 1 -> true;
                    case -1 -> false;
                    default -> broker.fenced();
                };
        boolean leaving = record.inControlledShutdown() == 1 || broker.inControlledShutdown();
        List<Uuid> directories =
                record.logDirs().isEmpty() ? broker.directories() : List.copyOf(record.logDirs());
        @Nullable List<Uuid> cordoned =
                record.cordonedLogDirs() == null
                        ? broker.cordoned()
                        : copyOrNull(record.cordonedLogDirs());
        return image.with(
                image.cluster().with(broker.withChange(fenced, leaving, directories, cordoned)));
    }

    private static MetadataImage registerController(
            MetadataImage image, RegisterControllerRecord record) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        for (var endpoint : record.endPoints()) {
            endpoints.put(
                    endpoint.name(),
                    endpoint(
                            endpoint.name(),
                            endpoint.securityProtocol(),
                            endpoint.host(),
                            endpoint.port()));
        }
        var features = new TreeMap<String, FeatureRange>();
        for (var feature : record.features()) {
            features.put(
                    feature.name(),
                    new FeatureRange(feature.minSupportedVersion(), feature.maxSupportedVersion()));
        }
        var controller =
                new ControllerImage(
                        record.controllerId(),
                        record.incarnationId(),
                        Collections.unmodifiableMap(endpoints),
                        Collections.unmodifiableMap(features));
        return image.with(image.cluster().with(controller));
    }

    private static UnreadableMetadata contradiction(String what) {
        return new UnreadableMetadata("The metadata log contradicts itself: " + what + ".");
    }

    static List<Integer> changed(@Nullable List<Integer> now, List<Integer> before) {
        return now == null ? before : List.copyOf(now);
    }
}
