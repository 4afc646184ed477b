package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/// An API of the consensus engine's own: it answers, fences by epoch, and checks the cluster's id.
abstract class QuorumHandler<Q extends ApiMessage, R extends ApiMessage> implements Handler<Q, R> {
    private final ApiKeys api;
    private final Class<R> response;
    private final QuorumRequests quorum;

    QuorumHandler(ApiKeys api, Class<R> response, QuorumRequests quorum) {
        this.api = api;
        this.response = response;
        this.quorum = quorum;
    }

    @Override
    public final ApiKeys api() {
        return api;
    }

    @Override
    public final Outcome<R> handle(RequestContext context, Q request) {
        return Outcome.when(
                quorum.handle(
                                context.connection().listener(),
                                context.correlationId(),
                                context.version(),
                                request)
                        .thenApply(response::cast));
    }
}
