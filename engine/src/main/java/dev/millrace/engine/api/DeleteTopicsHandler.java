package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.TopicDeletion;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/// DeleteTopics 1-6, by name, and from v6 by id (KIP-516).
///
/// - `delete.topic.enable=false` refuses all of them; before v3 as INVALID_REQUEST
/// - v5 adds a sentence to each error
/// - at most 10,000 ids at once: Kafka deletes no more either ([CollisionCost])
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
        var results =
                controller
                        .submit(
                                request.timeoutMs(),
                                image -> TopicDeletion.decide(image, defaults, asked))
                        .exceptionally(
                                failure -> refusal(context, asked, ApiError.fromThrowable(failure)))
                        .toCompletableFuture();
        Supplier<Outcome<DeleteTopicsResponseData>> answer =
                () -> Outcome.reply(DeletedTopics.answer(results.getNow(List.of())));
        return results.isDone() ? answer.get() : new Outcome.Parked<>(results, answer);
    }

    private static List<DeletableTopicResult> refusal(
            RequestContext context, DeleteTopicsRequestData request, ApiError error) {
        boolean old = context.version() < 3 && error.error() == Errors.TOPIC_DELETION_DISABLED;
        return DeletedTopics.refused(
                request, old ? Errors.INVALID_REQUEST : error.error(), error.messageWithFallback());
    }
}
