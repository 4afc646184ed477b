package dev.millrace.engine.api;

import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.TopicDecisions;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicCollection;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// CreateTopics 2-7: new topics, placed here or by the client.
///
/// - v4 lets the broker choose the number of partitions and replicas (KIP-464); v5 answers with them and with every setting
///   of the new topic (KIP-525); v7 with its id (KIP-516)
/// - a name that comes twice in one request is refused, once
/// - of more than 10,000 partitions in one request, a topic that does not fit beside those before it is refused, where Kafka refuses all:
///   the next request for topics that are made as they are named gets further
/// - the answer is sent when the topic can be used on this broker
/// - **not done**: the controller mutation quota (KIP-599)
public final class CreateTopicsHandler
        implements Handler<CreateTopicsRequestData, CreateTopicsResponseData> {
    private static final short FIRST_VERSION_WITH_SETTINGS = 5;

    private final Controller controller;
    private final ClusterDefaults defaults;
    private final Entropy entropy;

    public CreateTopicsHandler(Controller controller, ClusterDefaults defaults, Entropy entropy) {
        this.controller = controller;
        this.defaults = defaults;
        this.entropy = entropy;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CREATE_TOPICS;
    }

    @Override
    public Outcome<CreateTopicsResponseData> handle(
            RequestContext context, CreateTopicsRequestData request) {
        var refused = new CreateTopicsResponseData();
        var asked = new CreatableTopicCollection();
        Set<String> twice = twice(request);
        for (CreatableTopic topic : request.topics()) {
            if (!twice.contains(topic.name())) {
                asked.add(topic.duplicate());
            }
        }
        for (String name : twice) {
            refuse(refused, name, Errors.INVALID_REQUEST, "Duplicate topic name.");
        }
        var admitted = request.duplicate().setTopics(asked);
        var decided =
                controller.submit(
                        request.timeoutMs(),
                        image ->
                                context.version() < FIRST_VERSION_WITH_SETTINGS
                                        ? TopicDecisions.create(
                                                image, defaults, entropy::uuid, admitted)
                                        : TopicDecisions.createAndDescribe(
                                                image, defaults, entropy::uuid, admitted));
        return Refusals.outcome(
                decided.thenApply(response -> {
                    refused.topics().forEach(topic -> response.topics().add(topic.duplicate()));
                    return response;
                }),
                error -> {
                    for (CreatableTopic topic : asked) {
                        refuse(refused, topic.name(), error.error(), error.messageWithFallback());
                    }
                    return refused;
                });
    }

    private static Set<String> twice(CreateTopicsRequestData request) {
        var names = new HashSet<String>();
        var twice = new TreeSet<String>();
        for (CreatableTopic topic : request.topics()) {
            if (!names.add(topic.name())) {
                twice.add(topic.name());
            }
        }
        return twice;
    }

    private static void refuse(
            CreateTopicsResponseData response, String name, Errors error, String message) {
        response.topics()
                .add(
                        new CreatableTopicResult()
                                .setName(name)
                                .setErrorCode(error.code())
                                .setErrorMessage(message));
    }
}
