package dev.millrace.engine;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicDecisions;
import dev.millrace.engine.quorum.ActiveController;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Topics that the broker itself asks for: automatic ones with the broker's defaults, internal ones with their own settings.
record NewTopics(
        NodeSettings settings,
        Metadata metadata,
        Controller controller,
        ActiveController active,
        ClusterDefaults defaults,
        Entropy entropy) {
    private static final Logger LOG = LoggerFactory.getLogger(NewTopics.class);
    private static final int BY_DEFAULT = -1;
    private static final short CREATE_VERSION = 7;
    private static final long TIMEOUT_MS = 30_000;

    /// Submits the creation of all of them; completes when each has been made or refused.
    CompletionStage<?> create(List<String> names) {
        return (active.here() ? decide(names) : ask(names))
                .whenComplete((response, failure) -> {
                    if (failure == null) {
                        response.topics().forEach(NewTopics::log);
                    } else {
                        LOG.debug("{} could not be created: {}", names, failure.toString());
                    }
                });
    }

    private CompletionStage<CreateTopicsResponseData> decide(List<String> names) {
        return controller.submit(image ->
                TopicDecisions.create(image, defaults, entropy::uuid, request(image, names)));
    }

    private CompletionStage<CreateTopicsResponseData> ask(List<String> names) {
        return ask(request(metadata.image(), names));
    }

    private CompletionStage<CreateTopicsResponseData> ask(CreateTopicsRequestData request) {
        return active.ask(CREATE_VERSION, request, TIMEOUT_MS)
                .thenApply(CreateTopicsResponseData.class::cast);
    }

    /// Submits the creation of topics whose settings are known: those that an application keeps its data in. Without a
    /// number of replicas they have the broker's.
    CompletionStage<CreateTopicsResponseData> createAsAsked(List<CreatableTopic> topics) {
        var request = new CreateTopicsRequestData().setTimeoutMs((int) TIMEOUT_MS);
        for (CreatableTopic asked : topics) {
            CreatableTopic topic = asked.duplicate();
            if (topic.replicationFactor() == BY_DEFAULT) {
                topic.setReplicationFactor(replicas());
            }
            request.topics().add(topic);
        }
        return active.here()
                ? controller.submit(
                        image -> TopicDecisions.create(image, defaults, entropy::uuid, request))
                : ask(request);
    }

    private short replicas() {
        return (short) settings.integer("default.replication.factor", BY_DEFAULT);
    }

    private static void log(CreateTopicsResponseData.CreatableTopicResult result) {
        if (result.errorCode() != 0) {
            LOG.debug("{} was not created: {}", result.name(), result.errorMessage());
        }
    }

    private CreateTopicsRequestData request(MetadataImage image, List<String> names) {
        var request = new CreateTopicsRequestData();
        for (String name : names) {
            request.topics()
                    .add(
                            switch (name) {
                                case Groups.TOPIC -> offsets(image);
                                case Transactions.TOPIC -> transactions(image);
                                default -> plain(name);
                            });
        }
        return request;
    }

    /// With the defaults of the broker that was asked; those that its settings do not name are the controller's.
    private CreatableTopic plain(String name) {
        return new CreatableTopic()
                .setName(name)
                .setNumPartitions(settings.integer("num.partitions", BY_DEFAULT))
                .setReplicationFactor(replicas());
    }

    /// Three replicas where there are three brokers, or where the settings give every topic that many; unless they say otherwise. Before
    /// there are enough brokers the controller refuses, and clients ask again: the first of a cluster's brokers that comes up would
    /// else make the topic with one replica for good.
    private CreatableTopic offsets(MetadataImage image) {
        return internal(
                Groups.TOPIC,
                settings.integer("offsets.topic.num.partitions", 50),
                replicas(image, "offsets.topic.replication.factor"),
                Map.of(
                        "cleanup.policy", "compact",
                        "compression.type", "producer",
                        "segment.bytes", segmentBytes("offsets.topic.segment.bytes")));
    }

    /// As above, and two of the replicas must be in sync, where there are two.
    private CreatableTopic transactions(MetadataImage image) {
        int replicas = replicas(image, "transaction.state.log.replication.factor");
        int inSync = settings.integer("transaction.state.log.min.isr", Math.min(2, replicas));
        return internal(
                Transactions.TOPIC,
                settings.integer("transaction.state.log.num.partitions", 50),
                replicas,
                Map.of(
                        "cleanup.policy", "compact",
                        "compression.type", "uncompressed",
                        "min.insync.replicas", Integer.toString(inSync),
                        "segment.bytes", segmentBytes("transaction.state.log.segment.bytes"),
                        "unclean.leader.election.enable", "false"));
    }

    private int replicas(MetadataImage image, String key) {
        int brokers = image.cluster().brokers().size();
        int usual = settings.integer("default.replication.factor", 1);
        return settings.integer(key, Math.min(3, Math.max(brokers, usual)));
    }

    private String segmentBytes(String key) {
        return Integer.toString(settings.integer(key, 100 << 20));
    }

    private static CreatableTopic internal(
            String name, int partitions, int replicas, Map<String, String> configs) {
        var topic =
                new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) replicas);
        new TreeMap<>(configs)
                .forEach((key, value) ->
                        topic.configs()
                                .add(new CreatableTopicConfig().setName(key).setValue(value)));
        return topic;
    }
}
