package dev.millrace.engine.coordinator.txn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// Reads the coordinator's log beside it: only the drawn transitions (T1), and the state in memory is the one in the log. Batches that have
/// been read are not read again, unless some were lost.
final class TransactionLedger {
    /// By Kafka's numbers of the states, -1 for none: what may follow what.
    private static final Map<Integer, Set<Integer>> DRAWN =
            Map.of(
                    -1, Set.of(0),
                    0, Set.of(-1, 0, 1, 3),
                    1, Set.of(1, 2, 3),
                    2, Set.of(4),
                    3, Set.of(5),
                    4, Set.of(-1, 0, 1, 3),
                    5, Set.of(-1, 0, 1, 3));

    private final TransactionWorld world;
    private final TransactionRecordFormat format =
            new TransactionRecordFormat(() -> TransactionVersion.TV_2);
    private final Map<String, TransactionState> states = new HashMap<>();
    private final List<Written> written = new ArrayList<>();
    private int batches;
    private int epoch = -1;

    private record Written(long offset, String id, @Nullable TransactionState state) {}

    TransactionLedger(TransactionWorld world) {
        this.world = world;
    }

    void follow() {
        if (epoch != world.log.leaderEpoch()) {
            epoch = world.log.leaderEpoch();
            batches = 0;
            states.clear();
            written.clear();
        }
        List<MemoryRecords> all = world.log.all();
        for (; batches < all.size(); batches++) {
            for (Record record : all.get(batches).records()) {
                read(record);
            }
        }
    }

    private void read(Record record) {
        TransactionRecord fact = format.read(record.key(), record.value());
        switch (fact) {
            case TransactionRecord.Stored(var id, var state) -> {
                check(id, state);
                states.put(id, state);
                written.add(new Written(record.offset(), id, state));
            }
            case TransactionRecord.Forgotten(var id) -> {
                check(id, null);
                states.remove(id);
            }
            case null -> throw new AssertionError("a record that cannot be read");
        }
    }

    private void check(String id, @Nullable TransactionState next) {
        TransactionState before = states.get(id);
        int from = before == null ? -1 : before.id();
        int to = next == null ? -1 : next.id();
        boolean first = before == null && written.stream().noneMatch(w -> w.id.equals(id));
        if (!first && !Objects.requireNonNull(DRAWN.get(from)).contains(to)) {
            throw new AssertionError("T1 %s goes from %s to %s".formatted(id, before, next));
        }
        if (before != null
                && next != null
                && before.producer().id() == next.producer().id()
                && next.producer().epoch() < before.producer().epoch()) {
            throw new AssertionError("P3 the epoch of %s falls: %s".formatted(id, next));
        }
    }

    /// The state in memory, but for what Kafka does not write down.
    void compare() {
        for (Transaction transaction : world.shard().all()) {
            TransactionState there = states.get(transaction.id());
            if (there == null || !durable(there).equals(durable(transaction.state()))) {
                throw new AssertionError(
                        "G4 %s is %s, its log says %s"
                                .formatted(transaction.id(), transaction.state(), there));
            }
        }
    }

    private static String durable(TransactionState state) {
        return "%s %d/%d %s %s"
                .formatted(
                        state.text(),
                        state.producer().id(),
                        state.producer().epoch(),
                        state.partitions(),
                        state.version());
    }

    /// T1: a marker leaves when its decision is committed, not before.
    void checkDecided(Marker marker) {
        follow();
        for (Written each : written) {
            if (each.state instanceof TransactionState.Prepared prepared
                    && prepared.producer().is(marker.producerId(), marker.producerEpoch())
                    && prepared.result() == marker.result()
                    && each.offset < world.log.highWatermark()) {
                return;
            }
        }
        throw new AssertionError("T1 " + marker + " leaves before it is decided");
    }
}
