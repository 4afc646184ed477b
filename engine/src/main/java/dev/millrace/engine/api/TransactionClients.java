package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.txn.Client;
import org.apache.kafka.common.protocol.Errors;

/// What requests of transactional clients have in common.
final class TransactionClients {
    private TransactionClients() {}

    static Client of(RequestContext context) {
        String clientId = context.clientId();
        return new Client(clientId == null ? "" : clientId, context.connection().clientHost());
    }

    /// Older clients do not know `PRODUCER_FENCED`; what they know is `INVALID_PRODUCER_EPOCH`, which means the same to them.
    ///
    /// @param since the version of the API from which on clients know it
    static short code(RequestContext context, int since, Errors error) {
        boolean known = error != Errors.PRODUCER_FENCED || context.version() >= since;
        return (known ? error : Errors.INVALID_PRODUCER_EPOCH).code();
    }
}
