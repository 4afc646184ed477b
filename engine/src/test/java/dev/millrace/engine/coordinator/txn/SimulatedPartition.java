package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.txn.Markers.Fate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.jspecify.annotations.Nullable;

/// A partition as far as transactions are concerned: epochs, open transactions, guards, and records that know whose they are.
final class SimulatedPartition {
    final TopicPartition name;
    private final Map<Long, Writer> writers = new HashMap<>();

    SimulatedPartition(TopicPartition name) {
        this.name = name;
    }

    /// What is known of a producer id.
    private static final class Writer {
        short epoch = -1;
        int coordinatorEpoch = -1;

        /// Records of the open transaction.
        List<SimulatedTransaction> open = new ArrayList<>();

        /// Between the question to the coordinator and the append that it allows.
        @Nullable Object guard;

        @Nullable Marker last;
    }

    /// May the producer append without asking? It may once its transaction is open here.
    boolean isOpen(long producerId, short epoch) {
        Writer writer = writers.get(producerId);
        return writer != null && writer.epoch == epoch && !writer.open.isEmpty();
    }

    Object guard(long producerId) {
        Writer writer = writers.computeIfAbsent(producerId, _ -> new Writer());
        if (writer.guard == null) {
            writer.guard = new Object();
        }
        return writer.guard;
    }

    /// @param guard from before the coordinator was asked; null when it was not
    Errors append(
            long producerId,
            short epoch,
            SimulatedTransaction transaction,
            @Nullable Object guard) {
        Writer writer = writers.computeIfAbsent(producerId, _ -> new Writer());
        if (epoch < writer.epoch) {
            return Errors.INVALID_PRODUCER_EPOCH;
        }
        boolean open = isOpen(producerId, epoch);
        if (!open && (guard == null || !guard.equals(writer.guard))) {
            return Errors.INVALID_TXN_STATE;
        }
        writer.guard = null;
        writer.epoch = epoch;
        writer.open.add(transaction);
        return Errors.NONE;
    }

    /// As a leader that knows of versions of transactions (KIP-1228): an end of version 2 is above the epoch of its records, or the one
    /// that is there already.
    Fate mark(Marker marker) {
        Writer writer = writers.computeIfAbsent(marker.producerId(), _ -> new Writer());
        if (marker.coordinatorEpoch() < writer.coordinatorEpoch) {
            return Fate.UNKNOWN;
        }
        boolean repeats =
                writer.open.isEmpty()
                        && writer.last != null
                        && writer.last.producerEpoch() == marker.producerEpoch()
                        && writer.last.result() == marker.result();
        boolean above =
                marker.transactionVersion() >= 2
                        ? marker.producerEpoch() > writer.epoch || repeats
                        : marker.producerEpoch() >= writer.epoch;
        if (!above) {
            return Fate.OVERTAKEN;
        }
        List<SimulatedTransaction> ended = writer.open;
        writer.open = new ArrayList<>();
        writer.guard = null;
        writer.epoch = marker.producerEpoch();
        writer.coordinatorEpoch = marker.coordinatorEpoch();
        writer.last = marker;
        ended.forEach(each -> each.ended(name, marker.result() == TransactionResult.COMMIT));
        return Fate.WRITTEN;
    }

    /// Transactions that hold the last stable offset back.
    List<SimulatedTransaction> open() {
        return writers.values().stream().flatMap(writer -> writer.open.stream()).toList();
    }
}
