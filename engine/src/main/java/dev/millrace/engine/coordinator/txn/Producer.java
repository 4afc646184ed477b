package dev.millrace.engine.coordinator.txn;

import org.apache.kafka.common.record.internal.RecordBatch;

/// Who may write under a transactional id.
///
/// @param id producer id
/// @param previousId the id before the last change of epoch or id; tells a repeated request after the epochs of one id were used up
/// @param epoch of the producer that was let in last
/// @param lastEpoch the epoch that was given up for `epoch` by its own holder: it may ask again; -1 when `epoch` is somebody
///     else's. Kafka does not write it down, so that a request cannot be repeated across a fail-over
/// @param timeoutMs how long its transactions may take
record Producer(long id, long previousId, short epoch, short lastEpoch, int timeoutMs) {
    /// No producer is ever given this epoch, so that there is always one left to fence with.
    static final short LAST_EPOCH = Short.MAX_VALUE;

    /// The highest epoch that a producer is given.
    static final short HIGHEST_GIVEN_EPOCH = LAST_EPOCH - 1;

    static Producer first(long id, int timeoutMs) {
        return new Producer(id, id, (short) 0, RecordBatch.NO_PRODUCER_EPOCH, timeoutMs);
    }

    /// No epoch above this one can be given away.
    boolean isExhausted() {
        return isExhausted(epoch);
    }

    static boolean isExhausted(short epoch) {
        return epoch >= HIGHEST_GIVEN_EPOCH;
    }

    boolean is(long producerId, short producerEpoch) {
        return id == producerId && epoch == producerEpoch;
    }

    /// The next epoch for a new holder.
    Producer bumped(int newTimeoutMs) {
        return new Producer(id, id, next(), RecordBatch.NO_PRODUCER_EPOCH, newTimeoutMs);
    }

    /// The next epoch for the same holder.
    Producer bumpedByItself(int newTimeoutMs) {
        return new Producer(id, id, next(), epoch, newTimeoutMs);
    }

    /// The same once more, for a holder that has not heard of it.
    Producer repeated(int newTimeoutMs) {
        return new Producer(id, id, epoch, lastEpoch, newTimeoutMs);
    }

    /// A new id, because the epochs of this one are used up.
    ///
    /// @param byItself the same holder goes on
    Producer rotated(long newId, int newTimeoutMs, boolean byItself) {
        short last = byItself ? epoch : RecordBatch.NO_PRODUCER_EPOCH;
        return new Producer(newId, id, (short) 0, last, newTimeoutMs);
    }

    /// At the end of a transaction of version 2: its markers have this epoch, and the next transaction begins with it.
    Producer afterTransaction() {
        return new Producer(id, previousId, next(), epoch, timeoutMs);
    }

    /// Fenced without having been told, as before version 2.
    Producer fenced() {
        return new Producer(id, previousId, next(), RecordBatch.NO_PRODUCER_EPOCH, timeoutMs);
    }

    /// The markers of a transaction of version 2 are written.
    Producer completed(long nextId) {
        return nextId == RecordBatch.NO_PRODUCER_ID
                ? new Producer(id, id, epoch, lastEpoch, timeoutMs)
                : new Producer(nextId, id, (short) 0, lastEpoch, timeoutMs);
    }

    /// Only a log that we have not written can hold more.
    private short next() {
        return epoch == LAST_EPOCH ? epoch : (short) (epoch + 1);
    }
}
