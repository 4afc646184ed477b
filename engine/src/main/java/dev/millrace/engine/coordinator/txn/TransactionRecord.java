package dev.millrace.engine.coordinator.txn;

/// A fact about a transactional id: one record of `__transaction_state`, which the next one of the same id replaces (the topic is
/// compacted).
sealed interface TransactionRecord {
    String transactionalId();

    record Stored(String transactionalId, TransactionState state) implements TransactionRecord {}

    /// Nobody has used it for long.
    record Forgotten(String transactionalId) implements TransactionRecord {}
}
