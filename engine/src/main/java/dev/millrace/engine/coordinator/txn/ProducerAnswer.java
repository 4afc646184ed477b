package dev.millrace.engine.coordinator.txn;

import org.apache.kafka.common.protocol.Errors;

/// What a producer is told that asks for its id or ends a transaction.
public sealed interface ProducerAnswer {
    /// @param id with which it goes on
    record Granted(long id, short epoch) implements ProducerAnswer {}

    record Refused(Errors error) implements ProducerAnswer {}

    /// Nothing is decided: it takes a producer id that nobody has had. Asked again with one. Never leaves [Transactions].
    record NeedsProducerId() implements ProducerAnswer {}

    static ProducerAnswer granted(Producer producer) {
        return new Granted(producer.id(), producer.epoch());
    }
}
