package dev.millrace.engine.api;

import org.apache.kafka.common.protocol.Errors;

/// What a client of some version may be told of a partition that could not be verified (KIP-890, KIP-1050).
enum TransactionVersions {
    /// Knows no error for a transaction that has to be aborted.
    OLD,
    /// Knows it.
    ABORTABLE,
    /// Lets the first write add the partition.
    ADDS;

    static TransactionVersions ofProduce(short version) {
        return version >= 12 ? ADDS : version >= 11 ? ABORTABLE : OLD;
    }

    static TransactionVersions ofTxnOffsetCommit(short version) {
        return version >= 5 ? ADDS : version >= 4 ? ABORTABLE : OLD;
    }

    /// The answer of a coordinator, as clients of this version have always known it.
    Errors translate(Errors answer) {
        return switch (answer) {
            case PRODUCER_FENCED -> Errors.INVALID_PRODUCER_EPOCH;
            case TRANSACTION_ABORTABLE -> this == OLD ? Errors.INVALID_TXN_STATE : answer;
            default -> answer;
        };
    }
}
