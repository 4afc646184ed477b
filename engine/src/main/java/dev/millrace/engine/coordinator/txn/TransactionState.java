package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.check.Invariant.check;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;

/// What a transactional id is at: one record of `__transaction_state`. A transition is a method of the state that allows it (T1).
///
/// ```
///   Empty ---begun---> Ongoing ---prepared, fenced---> Prepared ---completed---> Completed
///     ^  ^-renewed-.     ^  '-with-^                       ^                        | | |
///     '---------Idle---. '------------------begun----------|------------------------' | |
///     '------------------------------renewed---------------|--------------------------' |
///                                                          '--aborted without partitions-'  (from Empty, too)
/// ```
/// Kafka's six states are these four: the result of what is prepared or completed is in it.
sealed interface TransactionState {
    /// No transaction has begun yet, in Kafka's records.
    long NO_START = -1;

    SequencedSet<TopicPartition> NO_PARTITIONS =
            Collections.unmodifiableSequencedSet(new LinkedHashSet<>());

    Producer producer();

    /// As the client spoke that made the last transition.
    TransactionVersion version();

    /// When it was entered or changed, wall clock.
    long changedMs();

    /// When the present or the last transaction began, wall clock; [#NO_START] when there was none.
    long startMs();

    /// Kafka's number for it.
    byte id();

    /// Kafka's name for it.
    String text();

    /// The partitions of the present transaction, in the order in which they joined.
    default SequencedSet<TopicPartition> partitions() {
        return NO_PARTITIONS;
    }

    /// There is no transaction.
    sealed interface Idle extends TransactionState {
        /// Somebody holds the transactional id, anew or again.
        default Empty renewed(Producer next, long nowMs) {
            return new Empty(next, version(), nowMs);
        }

        default Ongoing begun(Collection<TopicPartition> first, TransactionVersion by, long nowMs) {
            return new Ongoing(producer(), by, nowMs, nowMs, copy(Set.of(), first));
        }

        /// A transaction that nothing was written in is aborted (version 2): only its epoch ends.
        ///
        /// @param nextId in place of the producer id whose epochs are used up, or none
        default Prepared abortedEmpty(TransactionVersion by, long nextId, long nowMs) {
            return new Prepared(
                    TransactionResult.ABORT,
                    producer().afterTransaction(),
                    nextId,
                    by,
                    nowMs,
                    nowMs,
                    partitions());
        }
    }

    record Empty(Producer producer, TransactionVersion version, long changedMs) implements Idle {
        static Empty first(Producer producer, long nowMs) {
            return new Empty(producer, TransactionVersion.TV_0, nowMs);
        }

        @Override
        public long startMs() {
            return NO_START;
        }

        @Override
        public byte id() {
            return 0;
        }

        @Override
        public String text() {
            return "Empty";
        }
    }

    record Ongoing(
            Producer producer,
            TransactionVersion version,
            long startMs,
            long changedMs,
            SequencedSet<TopicPartition> partitions)
            implements TransactionState {
        @Override
        public byte id() {
            return 1;
        }

        @Override
        public String text() {
            return "Ongoing";
        }

        Ongoing with(Collection<TopicPartition> more, TransactionVersion by, long nowMs) {
            return new Ongoing(producer, by, startMs, nowMs, copy(partitions, more));
        }

        /// Its producer has decided.
        ///
        /// @param nextId in place of the producer id whose epochs are used up, or none
        Prepared prepared(
                TransactionResult result, TransactionVersion by, long nextId, long nowMs) {
            Producer next = by.supportsEpochBump() ? producer.afterTransaction() : producer;
            return new Prepared(result, next, nextId, by, startMs, nowMs, partitions);
        }

        /// Somebody else has decided, so that its producer is out.
        ///
        /// @param by of the cluster
        Prepared fenced(TransactionVersion by, long nextId, long nowMs) {
            Producer next =
                    by.supportsEpochBump() ? producer.afterTransaction() : producer.fenced();
            return new Prepared(
                    TransactionResult.ABORT, next, nextId, by, startMs, nowMs, partitions);
        }

        boolean mayNotBeOpenFor(long openMs) {
            return producer.timeoutMs() != Integer.MAX_VALUE && producer.timeoutMs() < openMs;
        }
    }

    /// Decided; markers are on their way. Its producer's epoch is that of the markers.
    ///
    /// @param nextId the producer id from the completion on, when the epochs of the present one are used up
    record Prepared(
            TransactionResult result,
            Producer producer,
            long nextId,
            TransactionVersion version,
            long startMs,
            long changedMs,
            SequencedSet<TopicPartition> partitions)
            implements TransactionState {
        @Override
        public byte id() {
            return (byte) (result == TransactionResult.COMMIT ? 2 : 3);
        }

        @Override
        public String text() {
            return result == TransactionResult.COMMIT ? "PrepareCommit" : "PrepareAbort";
        }

        Completed completed(long nowMs) {
            Producer next = version.supportsEpochBump() ? producer.completed(nextId) : producer;
            return new Completed(result, next, version, startMs, nowMs);
        }

        /// Whoever ended it goes on as this producer, once it is complete.
        boolean awaits(long producerId, short producerEpoch) {
            return nextId != RecordBatch.NO_PRODUCER_ID
                    && producerId == nextId
                    && producerEpoch == 0;
        }
    }

    record Completed(
            TransactionResult result,
            Producer producer,
            TransactionVersion version,
            long startMs,
            long changedMs)
            implements Idle {
        @Override
        public byte id() {
            return (byte) (result == TransactionResult.COMMIT ? 4 : 5);
        }

        @Override
        public String text() {
            return result == TransactionResult.COMMIT ? "CompleteCommit" : "CompleteAbort";
        }
    }

    private static SequencedSet<TopicPartition> copy(
            Collection<TopicPartition> some, Collection<TopicPartition> more) {
        var all = new LinkedHashSet<>(some);
        all.addAll(more);
        check(all.size() >= some.size(), "partitions only join a transaction");
        return Collections.unmodifiableSequencedSet(all);
    }
}
