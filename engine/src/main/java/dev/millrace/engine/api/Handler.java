package dev.millrace.engine.api;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/// Serves one API, in every version that the pinned Kafka client library knows.
///
/// @param <Q> the generated request message
/// @param <R> the generated response message
public interface Handler<Q extends ApiMessage, R extends ApiMessage> {
    ApiKeys api();

    /// Runs on the caller's thread and does not block. A client's mistake is an error code in the response, never an
    /// exception.
    Outcome<R> handle(RequestContext context, Q request);
}
