package dev.millrace.engine.coordinator.txn;

import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One transactional id, or why it cannot be shown.
///
/// @param summary null when there is an error
public record TransactionFound(Errors error, @Nullable TransactionSummary summary) {
    static TransactionFound failed(Errors error) {
        return new TransactionFound(error, null);
    }
}
