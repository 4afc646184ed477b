package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
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
    private final TopicPartition name;
    private final TreeMap<Long, ProducerState> producers = new TreeMap<>();

    /// First offsets of open transactions, and whose they are.
    private final TreeMap<Long, Long> open = new TreeMap<>();

    ProducerStates(TopicPartition name) {
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

    /// Whether a client's batch continues what its producer wrote (P1, P2, P3).
    ///
    /// @return null when it does; otherwise where it is already, or why it is refused
    @Nullable AppendResult check(ByteBuffer b, int at, long offset, Origin origin) {
        ProducerState known = producers.get(BatchHeader.producerId(b, at));
        if (known == null || BatchHeader.control(b, at)) {
            return null; // KIP-360: a producer that was forgotten may go on with any sequence
        }
        short epoch = BatchHeader.producerEpoch(b, at);
        int first = BatchHeader.baseSequence(b, at);
        int last = BatchHeader.lastSequence(first, BatchHeader.lastOffsetDelta(b, at));
        if (origin == Origin.CLIENT) {
            int found = known.find(epoch, first, last);
            if (found >= 0) {
                return known.duplicate(found);
            }
        }
        if (epoch < known.epoch()) {
            return new AppendResult.Refused(
                    Errors.INVALID_PRODUCER_EPOCH,
                    "Epoch of producer %d at offset %d in %s is %d, which is smaller than the last seen epoch %d"
                            .formatted(known.producerId(), offset, name, epoch, known.epoch()));
        }
        return origin == Origin.CLIENT ? checkSequence(known, epoch, first, offset) : null;
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
    void appended(ByteBuffer b, int at) {
        long producerId = BatchHeader.producerId(b, at);
        if (producerId < 0) {
            return;
        }
        if (BatchHeader.control(b, at)) {
            marker(b, at, producerId);
            return;
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
        }
    }

    private void marker(ByteBuffer b, int at, long producerId) {
        ByteBuffer batch = b.slice(at, (int) BatchHeader.size(b, at));
        for (Record record : MemoryRecords.readableRecords(batch).records()) {
            ControlRecordType type = ControlRecordType.parse(record.key());
            if (type != ControlRecordType.COMMIT && type != ControlRecordType.ABORT) {
                continue;
            }
            ProducerState state = producers.computeIfAbsent(producerId, ProducerState::new);
            state.epoch(BatchHeader.producerEpoch(b, at));
            open.remove(state.transactionFirstOffset());
            state.endTransaction(
                    EndTransactionMarker.deserialize(record).coordinatorEpoch(),
                    record.timestamp());
        }
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
    }

    /// Forgets producers whose last batch is older than that.
    void expire(long nowMs, long expirationMs) {
        producers
                .values()
                .removeIf(p ->
                        p.transactionFirstOffset() < 0
                                && nowMs - p.lastTimestamp() >= expirationMs);
    }
}
