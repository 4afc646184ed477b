package dev.millrace.engine.coordinator.txn;

/// The broker's settings for transactions, under Kafka's names.
///
/// @param topicPartitions `transaction.state.log.num.partitions`, which counts until the topic exists
/// @param commitTimeoutMs `request.timeout.ms`: how long an answer waits for its records to be committed
/// @param maxTimeoutMs `transaction.max.timeout.ms`: what a producer may ask for
/// @param abortCheckMs `transaction.abort.timed.out.transaction.cleanup.interval.ms`
/// @param expirationMs `transactional.id.expiration.ms`
/// @param expirationCheckMs `transaction.remove.expired.transaction.cleanup.interval.ms`
/// @param twoPhaseCommit `transaction.two.phase.commit.enable`
public record TransactionConfig(
        int topicPartitions,
        int commitTimeoutMs,
        int maxTimeoutMs,
        int abortCheckMs,
        long expirationMs,
        int expirationCheckMs,
        boolean twoPhaseCommit) {
    public static final TransactionConfig DEFAULTS =
            new TransactionConfig(
                    50, 30_000, 900_000, 10_000, 7L * 24 * 3_600_000, 3_600_000, false);

    /// How long a request waits for the transaction before it to be complete. Then it is told to ask again, as Kafka tells it
    /// at once.
    public static final int PATIENCE_MS = 500;
}
