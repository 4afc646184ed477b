package dev.millrace.engine.coordinator.txn;

import org.apache.kafka.common.requests.TransactionResult;

/// The end of a transaction, as every partition in it gets it.
///
/// @param coordinatorEpoch the leader epoch of the coordinator's partition: partitions refuse one that is below what they have
///     seen (T6)
/// @param transactionVersion of the transaction: from version 2 on the epoch is above that of the transaction's records
public record Marker(
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        TransactionResult result,
        short transactionVersion) {}
