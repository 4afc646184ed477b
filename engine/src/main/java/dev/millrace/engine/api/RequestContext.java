package dev.millrace.engine.api;

import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/// Who asks, and in which version.
///
/// @param clientId as the client names itself; may be null or empty
public record RequestContext(
        ApiKeys api,
        short version,
        int correlationId,
        @Nullable String clientId,
        ClientConnection connection) {
    /// The same, asked in another version of its API.
    RequestContext inVersion(short other) {
        return new RequestContext(api, other, correlationId, clientId, connection);
    }
}
