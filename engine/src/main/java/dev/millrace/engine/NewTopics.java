package dev.millrace.engine;

import dev.millrace.engine.coordinator.group.Groups;
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

    /// Asks for an internal topic. A second creation while the first is under way is refused by the controller, at no cost.
    void ensure(String topic) {
        create(List.of(topic));
    }

    private static void log(CreateTopicsResponseData.CreatableTopicResult result) {
        if (result.errorCode() != 0) {
            LOG.debug("{} was not created: {}", result.name(), result.errorMessage());
        }
    }

    private CreateTopicsRequestData request(MetadataImage image, List<String> names) {
        var request = new CreateTopicsRequestData();
        for (String name : names) {
            request.topics().add(name.equals(Groups.TOPIC) ? offsets(image) : plain(name));
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

    /// Three replicas where there are three brokers, unless the settings say otherwise.
    private CreatableTopic offsets(MetadataImage image) {
        int brokers = Math.max(1, image.cluster().brokers().size());
        var topic =
                new CreatableTopic()
                        .setName(Groups.TOPIC)
                        .setNumPartitions(settings.integer("offsets.topic.num.partitions", 50))
                        .setReplicationFactor(
                                (short)
                                        settings.integer(
                                                "offsets.topic.replication.factor",
                                                Math.min(3, brokers)));
        new TreeMap<>(
                        Map.of(
                                "cleanup.policy", "compact",
                                "compression.type", "producer",
                                "segment.bytes",
                                        Integer.toString(
                                                settings.integer(
                                                        "offsets.topic.segment.bytes", 100 << 20))))
                .forEach((key, value) ->
                        topic.configs()
                                .add(new CreatableTopicConfig().setName(key).setValue(value)));
        return topic;
    }
}
