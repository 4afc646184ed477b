package dev.millrace.engine;

import dev.millrace.engine.coordinator.txn.TransactionConfig;

/// The transaction coordinator's settings, out of the broker's file.
final class TransactionSettings {
    private TransactionSettings() {}

    static TransactionConfig of(NodeSettings settings) {
        TransactionConfig d = TransactionConfig.DEFAULTS;
        return new TransactionConfig(
                settings.integer("transaction.state.log.num.partitions", d.topicPartitions()),
                settings.integer("request.timeout.ms", d.commitTimeoutMs()),
                settings.integer("transaction.max.timeout.ms", d.maxTimeoutMs()),
                settings.integer(
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                        d.abortCheckMs()),
                settings.number("transactional.id.expiration.ms", d.expirationMs()),
                settings.integer(
                        "transaction.remove.expired.transaction.cleanup.interval.ms",
                        d.expirationCheckMs()),
                settings.flag("transaction.two.phase.commit.enable", d.twoPhaseCommit()));
    }
}
