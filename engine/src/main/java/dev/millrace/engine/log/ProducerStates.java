package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// The producers that a partition remembers, by producer id: a function of the batches (L4), saved in snapshots.
///
/// Bounded by expiry: a producer that has not written for `producer.id.expiration.ms` is forgotten, unless it has a transaction
/// open.
final class ProducerStates {
    private final String name;
    private final TreeMap<Long, ProducerState> producers = new TreeMap<>();

    /// First offsets of open transactions, and whose they are.
    private final TreeMap<Long, Long> open = new TreeMap<>();

    private final VerificationGuards guards = new VerificationGuards();

    ProducerStates(String name) {
        this.name = name;
    }

    Collection<ProducerState> all() {
        return Collections.unmodifiableCollection(producers.values());
    }

    @Nullable ProducerState get(long producerId) {
        return producers.get(producerId);
    }

    /// The first offset of the oldest open transaction; `Long.MAX_VALUE` when there is none.
    long firstUnstableOffset() {
        return open.isEmpty() ? Long.MAX_VALUE : open.firstKey();
    }

    /// What has to happen before a producer's batch of a transaction may be appended.
    Verification verification(
            long producerId, short epoch, int sequence, boolean adds, long nowMs) {
        ProducerState known = producers.get(producerId);
        if (known != null && known.epoch() > epoch) {
            return new Verification.Refused(Errors.INVALID_PRODUCER_EPOCH);
        }
        return ongoing(known, epoch)
                ? Verification.ONGOING
                : new Verification.Needed(guards.take(producerId, epoch, sequence, adds, nowMs));
    }

    private static boolean ongoing(@Nullable ProducerState known, short epoch) {
        return known != null && known.transactionFirstOffset() >= 0 && known.epoch() == epoch;
    }

    /// Checks what producers are named in a row of batches.
    ///
    /// @param offset of the first of them
    /// @return null when they may be appended
    @Nullable AppendResult check(
            ByteBuffer b,
            long offset,
            Origin origin,
            @Nullable VerificationGuard verified,
            boolean guarded) {
        for (int at = b.position(); at < b.limit(); at += (int) BatchHeader.size(b, at)) {
            if (BatchHeader.producerId(b, at) >= 0 && !BatchHeader.control(b, at)) {
                AppendResult known = check(b, at, offset, origin, verified, guarded);
                if (known != null) {
                    return known;
                }
            }
            offset += BatchHeader.lastOffsetDelta(b, at) + 1L;
        }
        return null;
    }

    /// Whether a batch continues what its producer wrote (P1, P2, P3), and belongs to a transaction that its coordinator knows (T4).
    ///
    /// @param verified the guard that it was verified with; null when none
    /// @param guarded whether a transaction's first batch needs one
    /// @return null when it does; otherwise where it is already, or why it is refused
    @Nullable AppendResult check(
            ByteBuffer b,
            int at,
            long offset,
            Origin origin,
            @Nullable VerificationGuard verified,
            boolean guarded) {
        ProducerState known = producers.get(BatchHeader.producerId(b, at));
        boolean transactional = BatchHeader.transactional(b, at);
        if (known == null && !transactional) {
            return null; // KIP-360: a producer that was forgotten may go on with any sequence
        }
        short epoch = BatchHeader.producerEpoch(b, at);
        int first = BatchHeader.baseSequence(b, at);
        if (known != null && origin.isClient()) {
            int delta = BatchHeader.lastOffsetDelta(b, at);
            int found = known.find(epoch, first, BatchHeader.lastSequence(first, delta));
            if (found >= 0) {
                return known.duplicate(found);
            }
        }
        if (known != null && epoch < known.epoch()) {
            return new AppendResult.Refused(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "Epoch of producer %d at offset %d in %s is %d, which is smaller than the last seen epoch %d"
                            .formatted(known.producerId(), offset, name, epoch, known.epoch()));
        }
        AppendResult refused = null;
        if (transactional) {
            refused = checkTransaction(b, at, offset, origin, known, verified, guarded);
        }
        if (refused == null && known != null && origin.isClient()) {
            refused = checkSequence(known, epoch, first, offset);
        }
        if (refused == null
                && known != null
                && !transactional
                && known.transactionFirstOffset() >= 0) {
            return new AppendResult.Refused(
                    Errors.INVALID_TXN_STATE,
                    "Expected transactional write from producer %d at offset %d in partition %s"
                            .formatted(known.producerId(), offset, name));
        }
        return refused;
    }

    private AppendResult.@Nullable Refused checkTransaction(
            ByteBuffer b,
            int at,
            long offset,
            Origin origin,
            @Nullable ProducerState known,
            @Nullable VerificationGuard verified,
            boolean guarded) {
        long producerId = BatchHeader.producerId(b, at);
        VerificationGuard guard = guards.of(producerId);
        if (guarded
                && !ongoing(known, BatchHeader.producerEpoch(b, at))
                && (verified == null || guard != verified)) {
            return new AppendResult.Refused(
                    Errors.INVALID_TXN_STATE, "Record was not part of an ongoing transaction");
        }
        return guard == null || !origin.isClient()
                ? null
                : checkFirstSequence(
                        guard, known, producerId, BatchHeader.baseSequence(b, at), offset);
    }

    /// What waits to be verified is appended in the order of its sequences.
    private AppendResult.@Nullable Refused checkFirstSequence(
            VerificationGuard guard,
            @Nullable ProducerState known,
            long producerId,
            int sequence,
            long offset) {
        if (guard.adds && sequence != 0 && (known == null || known.isEmpty())) {
            return new AppendResult.Refused(
                    Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "Invalid sequence number for producer %d at offset %d in partition %s: %d (incoming seq. number). Expected sequence 0 for transactions v2 idempotent producer with no existing state."
                            .formatted(producerId, offset, name, sequence));
        }
        if (sequence > guard.lowestSequence()) {
            return new AppendResult.Refused(
                    Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "Out of order sequence number for producer %d at offset %d in partition %s: %d (incoming seq. number), %d (earliest seen sequence)"
                            .formatted(producerId, offset, name, sequence, guard.lowestSequence()));
        }
        return null;
    }

    /// Whether a marker is that of the present coordinator (T6) and of a producer that was not fenced (P3).
    ///
    /// @return null when it is
    AppendResult.@Nullable Refused check(TransactionMarker marker, long offset) {
        ProducerState known = producers.get(marker.producerId());
        if (known == null) {
            return null;
        }
        if (isOld(marker, known)) {
            return new AppendResult.Refused(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "Epoch of producer %d at offset %d in %s is %d, which is %s the last seen epoch %d (TV%d)"
                            .formatted(
                                    known.producerId(),
                                    offset,
                                    name,
                                    marker.producerEpoch(),
                                    marker.ownEpoch() ? "<=" : "<",
                                    known.epoch(),
                                    marker.transactionVersion()));
        }
        if (marker.coordinatorEpoch() < known.coordinatorEpoch()) {
            return new AppendResult.Refused(
                    Errors.TRANSACTION_COORDINATOR_FENCED,
                    "Invalid coordinator epoch for producerId %d at offset %d in partition %s: %d (zombie), %d (current)"
                            .formatted(
                                    known.producerId(),
                                    offset,
                                    name,
                                    marker.coordinatorEpoch(),
                                    known.coordinatorEpoch()));
        }
        return null;
    }

    /// With epochs of their own, a marker of the last epoch seen is either there already, or late and meant for an earlier transaction:
    /// then one of that epoch is open. The last epoch that there is has no next one.
    private static boolean isOld(TransactionMarker marker, ProducerState known) {
        if (!marker.ownEpoch() || marker.producerEpoch() != known.epoch()) {
            return marker.producerEpoch() < known.epoch();
        }
        return known.transactionFirstOffset() >= 0 && marker.producerEpoch() != Short.MAX_VALUE;
    }

    private AppendResult.@Nullable Refused checkSequence(
            ProducerState known, short epoch, int first, long offset) {
        if (epoch != known.epoch()) {
            if (first == 0 || known.epoch() == ProducerState.NO_EPOCH) {
                return null;
            }
            return new AppendResult.Refused(
                    Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "Invalid sequence number for new epoch of producer %d at offset %d in partition %s: %d (request epoch), %d (seq. number), %d (current producer epoch)"
                            .formatted(
                                    known.producerId(), offset, name, epoch, first, known.epoch()));
        }
        int current = known.lastSequence();
        boolean follows =
                first == (long) current + 1 || (first == 0 && current == Integer.MAX_VALUE);
        if (follows) {
            return null;
        }
        return new AppendResult.Refused(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "Out of order sequence number for producer %d at offset %d in partition %s: %d (incoming seq. number), %d (current end sequence number)"
                        .formatted(known.producerId(), offset, name, first, current));
    }

    /// Takes note of a batch that is in the log now. `b` holds the whole batch when it is a control batch.
    ///
    /// @return the transaction that ends with it; null when none does that has records here
    @Nullable CompletedTransaction appended(ByteBuffer b, int at) {
        long producerId = BatchHeader.producerId(b, at);
        if (producerId < 0) {
            return null;
        }
        if (BatchHeader.control(b, at)) {
            return marker(b, at, producerId);
        }
        ProducerState state = producers.computeIfAbsent(producerId, ProducerState::new);
        int delta = BatchHeader.lastOffsetDelta(b, at);
        state.add(
                BatchHeader.producerEpoch(b, at),
                BatchHeader.lastSequence(BatchHeader.baseSequence(b, at), delta),
                BatchHeader.lastOffset(b, at),
                delta,
                BatchHeader.maxTimestamp(b, at));
        if (BatchHeader.transactional(b, at)) {
            state.beginTransaction(BatchHeader.baseOffset(b, at));
            open.put(state.transactionFirstOffset(), producerId);
            guards.appended(producerId);
        }
        return null;
    }

    private @Nullable CompletedTransaction marker(ByteBuffer b, int at, long producerId) {
        ByteBuffer batch = b.slice(at, (int) BatchHeader.size(b, at));
        for (Record record : MemoryRecords.readableRecords(batch).records()) {
            ControlRecordType type = ControlRecordType.parse(record.key());
            if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT) {
                short epoch = BatchHeader.producerEpoch(b, at);
                guards.ended(producerId, epoch);
                ProducerState state = producers.computeIfAbsent(producerId, ProducerState::new);
                state.epoch(epoch);
                long first = state.transactionFirstOffset();
                state.endTransaction(
                        EndTransactionMarker.deserialize(record).coordinatorEpoch(),
                        record.timestamp());
                boolean aborted = type == ControlRecordType.ABORT;
                return first < 0 ? null : completed(producerId, first, record.offset(), aborted);
            }
        }
        return null; // of no transaction, or compacted away
    }

    private CompletedTransaction completed(
            long producerId, long first, long marker, boolean aborted) {
        open.remove(first);
        long stable = open.isEmpty() ? marker + 1 : open.firstKey();
        return new CompletedTransaction(
                new AbortedTransaction(producerId, first, marker, stable), aborted);
    }

    void restore(ProducerState state) {
        producers.put(state.producerId(), state);
        if (state.transactionFirstOffset() >= 0) {
            open.put(state.transactionFirstOffset(), state.producerId());
        }
    }

    void clear() {
        producers.clear();
        open.clear();
        guards.clear();
    }

    /// What was verified before is to be verified again.
    void forgetGuards() {
        guards.clear();
    }

    /// Forgets producers whose last batch is older than that.
    void expire(long nowMs, long expirationMs) {
        producers
                .values()
                .removeIf(p ->
                        p.transactionFirstOffset() < 0
                                && nowMs - p.lastTimestamp() >= expirationMs);
        guards.expire(nowMs, expirationMs);
    }
}
