package dev.millrace.engine.metadata;

import dev.millrace.engine.metadata.config.ConfigDescriptions;
import dev.millrace.engine.metadata.config.ConfigValue;
import dev.millrace.engine.metadata.config.TopicConfigs;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// New topics. A request for several topics answers for each, and what it does create is one batch (M6).
public final class TopicDecisions {
    /// One request writes no more records than this, so that its batch fits the quorum's (Kafka's bound).
    static final int MAX_RECORDS = 10_000;

    private final MetadataImage image;
    private final ClusterDefaults defaults;
    private final Supplier<Uuid> ids;
    private final boolean described;
    private final List<ApiMessageAndVersion> records = new ArrayList<>();

    private TopicDecisions(
            MetadataImage image, ClusterDefaults defaults, Supplier<Uuid> ids, boolean described) {
        this.image = image;
        this.defaults = defaults;
        this.ids = ids;
        this.described = described;
    }

    /// A topic that does not fit beside those before it in the request is refused, with `POLICY_VIOLATION`.
    ///
    /// @param ids gives each new topic its id
    public static Decision<CreateTopicsResponseData> create(
            MetadataImage image,
            ClusterDefaults defaults,
            Supplier<Uuid> ids,
            CreateTopicsRequestData request) {
        return decide(new TopicDecisions(image, defaults, ids, false), request);
    }

    /// As [#create], with every setting of each new topic in the answer. Loads Kafka's definitions of them.
    public static Decision<CreateTopicsResponseData> createAndDescribe(
            MetadataImage image,
            ClusterDefaults defaults,
            Supplier<Uuid> ids,
            CreateTopicsRequestData request) {
        return decide(new TopicDecisions(image, defaults, ids, true), request);
    }

    private static Decision<CreateTopicsResponseData> decide(
            TopicDecisions decisions, CreateTopicsRequestData request) {
        var response = new CreateTopicsResponseData();
        for (CreatableTopic topic : request.topics()) {
            response.topics().add(decisions.createOne(topic));
        }
        return new Decision<>(request.validateOnly() ? List.of() : decisions.records, response);
    }

    private CreatableTopicResult createOne(CreatableTopic topic) {
        try {
            checkName(topic.name());
            List<ApiMessageAndVersion> configs = configRecords(topic);
            List<PartitionImage> partitions =
                    topic.assignments().isEmpty() ? place(topic) : manual(topic);
            Uuid id = ids.get();
            append(topic.name(), id, configs, partitions);
            return created(topic, id, partitions);
        } catch (ApiException refusal) {
            ApiError error = ApiError.fromThrowable(refusal);
            return new CreatableTopicResult()
                    .setName(topic.name())
                    .setErrorCode(error.error().code())
                    .setErrorMessage(error.message());
        }
    }

    private void checkName(String name) {
        Topic.validate(name);
        if (name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME)) {
            throw Errors.INVALID_REQUEST.exception(
                    "Creation of internal topic " + name + " is prohibited.");
        }
        if (image.topics().byName(name) != null) {
            throw Errors.TOPIC_ALREADY_EXISTS.exception("Topic '" + name + "' already exists.");
        }
        if (Topic.hasCollisionChars(name)) {
            @Nullable TopicImage other = image.topics().colliding(name);
            if (other != null) {
                throw new InvalidTopicException(
                        "Topic '" + name + "' collides with existing topic: " + other.name());
            }
        }
    }

    private List<ApiMessageAndVersion> configRecords(CreatableTopic topic) {
        var changes = new ArrayList<ConfigDecisions.Change>();
        var nulls = new ArrayList<String>();
        for (var config : topic.configs()) {
            if (config.value() == null) {
                nulls.add(config.name());
            } else {
                changes.add(new ConfigDecisions.Change(OpType.SET, config.name(), config.value()));
            }
        }
        if (!nulls.isEmpty()) {
            throw Errors.INVALID_CONFIG.exception(
                    "Null value not supported for topic configs: " + String.join(",", nulls));
        }
        if (changes.isEmpty()) {
            return List.of();
        }
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
        var result =
                ConfigDecisions.incremental(
                        image, defaults, resource, changes, ConfigDecisions.Origin.NEW_TOPIC);
        // No switch over types: its first use costs milliseconds, for which the first topic of a
        // start would wait.
        if (result instanceof ConfigDecisions.Result.Refused(ApiError error)) {
            throw error.exception();
        }
        return ((ConfigDecisions.Result.Accepted) result).records();
    }

    private List<PartitionImage> manual(CreatableTopic topic) {
        if (topic.replicationFactor() != -1) {
            throw Errors.INVALID_REQUEST.exception(
                    "A manual partition assignment was specified, but replication factor was not set to -1.");
        }
        if (topic.numPartitions() != -1) {
            throw Errors.INVALID_REQUEST.exception(
                    "A manual partition assignment was specified, but numPartitions was not set to -1.");
        }
        checkFits(topic.assignments().size());
        var byIndex = new TreeMap<Integer, PartitionImage>();
        int expected = -1;
        for (var assignment : topic.assignments()) {
            int index = assignment.partitionIndex();
            if (byIndex.containsKey(index)) {
                throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                        "Found multiple manual partition assignments for partition " + index);
            }
            NewPartitions.checkManual(image.cluster(), assignment.brokerIds(), expected);
            expected = assignment.brokerIds().size();
            List<Integer> isr = NewPartitions.active(image.cluster(), assignment.brokerIds());
            if (isr.isEmpty()) {
                throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                        "All brokers specified in the manual partition assignment for partition "
                                + index
                                + " are fenced or in controlled shutdown.");
            }
            byIndex.put(index, NewPartitions.of(image.cluster(), assignment.brokerIds(), isr));
        }
        if (byIndex.firstKey() != 0 || byIndex.lastKey() != byIndex.size() - 1) {
            throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                    "partitions should be a consecutive 0-based integer sequence");
        }
        return List.copyOf(byIndex.values());
    }

    private List<PartitionImage> place(CreatableTopic topic) {
        if (topic.replicationFactor() < -1 || topic.replicationFactor() == 0) {
            throw new InvalidReplicationFactorException(
                    "Replication factor must be larger than 0, or -1 to use the default value.");
        }
        if (topic.numPartitions() < -1 || topic.numPartitions() == 0) {
            throw Errors.INVALID_PARTITIONS.exception(
                    "Number of partitions was set to an invalid non-positive value.");
        }
        int count = topic.numPartitions() == -1 ? defaults.partitions() : topic.numPartitions();
        short factor =
                topic.replicationFactor() == -1
                        ? defaults.replicationFactor()
                        : topic.replicationFactor();
        checkFits(count);
        return NewPartitions.place(image.cluster(), topic.name(), 0, count, factor);
    }

    private void checkFits(int partitions) {
        if (records.size() + (long) partitions > MAX_RECORDS) {
            throw new PolicyViolationException(
                    "Excessively large number of partitions per request.");
        }
    }

    private void append(
            String name,
            Uuid id,
            List<ApiMessageAndVersion> configs,
            List<PartitionImage> partitions) {
        MetadataVersion version = image.features().metadataVersion();
        records.add(
                new ApiMessageAndVersion(
                        new TopicRecord().setName(name).setTopicId(id), (short) 0));
        records.addAll(configs);
        for (int i = 0; i < partitions.size(); i++) {
            records.add(
                    new ApiMessageAndVersion(
                            ImageRecords.partition(id, i, partitions.get(i), version),
                            version.partitionRecordVersion()));
        }
    }

    private CreatableTopicResult created(
            CreatableTopic topic, Uuid id, List<PartitionImage> partitions) {
        var own = new TreeMap<String, String>();
        topic.configs()
                .forEach(config -> own.put(config.name(), Objects.requireNonNull(config.value())));
        var result =
                new CreatableTopicResult()
                        .setName(topic.name())
                        .setTopicId(id)
                        .setErrorMessage(null)
                        .setNumPartitions(partitions.size())
                        .setReplicationFactor((short) partitions.getFirst().replicas().size());
        if (described) {
            describe(result, defaults.sources(image.configs(), own));
        }
        return result;
    }

    private static void describe(CreatableTopicResult result, TopicConfigs.Sources sources) {
        for (ConfigValue value : ConfigDescriptions.topic(sources)) {
            result.configs()
                    .add(
                            new CreatableTopicConfigs()
                                    .setName(value.name())
                                    .setValue(value.value())
                                    .setReadOnly(value.readOnly())
                                    .setConfigSource(value.source().id())
                                    .setIsSensitive(value.sensitive()));
        }
    }
}
