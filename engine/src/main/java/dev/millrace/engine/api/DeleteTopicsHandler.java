package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.TopicDeletion;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// DeleteTopics 1-6, by name, and from v6 by id (KIP-516).
///
/// - `delete.topic.enable=false` refuses all of them; before v3 as INVALID_REQUEST
/// - v5 adds a sentence to each error
public final class DeleteTopicsHandler
        implements Handler<DeleteTopicsRequestData, DeleteTopicsResponseData> {
    private final Controller controller;
    private final ClusterDefaults defaults;

    public DeleteTopicsHandler(Controller controller, ClusterDefaults defaults) {
        this.controller = controller;
        this.defaults = defaults;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DELETE_TOPICS;
    }

    @Override
    public Outcome<DeleteTopicsResponseData> handle(
            RequestContext context, DeleteTopicsRequestData request) {
        var asked = request.duplicate();
        return Refusals.outcome(
                controller.submit(
                        request.timeoutMs(), image -> TopicDeletion.decide(image, defaults, asked)),
                error -> refusal(context, asked, error));
    }

    private static DeleteTopicsResponseData refusal(
            RequestContext context, DeleteTopicsRequestData request, ApiError error) {
        boolean old = context.version() < 3 && error.error() == Errors.TOPIC_DELETION_DISABLED;
        Errors code = old ? Errors.INVALID_REQUEST : error.error();
        var response = new DeleteTopicsResponseData();
        for (String name : request.topicNames()) {
            add(response, name, Uuid.ZERO_UUID, code, error.messageWithFallback());
        }
        for (var topic : request.topics()) {
            add(response, topic.name(), topic.topicId(), code, error.messageWithFallback());
        }
        return response;
    }

    private static void add(
            DeleteTopicsResponseData response,
            @Nullable String name,
            Uuid id,
            Errors error,
            String message) {
        response.responses()
                .add(
                        new DeletableTopicResult()
                                .setName(name)
                                .setTopicId(id)
                                .setErrorCode(error.code())
                                .setErrorMessage(message));
    }
}
