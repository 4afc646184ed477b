package dev.millrace.cli.placement;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What each broker would have to bear while a plan is made. Every replica counts its bytes and a little more, so that brokers with
/// many empty partitions are not taken for empty ones.
final class Loads {
    static final long REPLICA_BYTES = 1 << 20;

    private final Map<Integer, Long> weights = new HashMap<>();
    private final Map<Integer, Integer> preferred = new HashMap<>();

    Loads(Placement placement) {
        for (Placement.Site site : placement.brokers()) {
            weights.put(site.id(), 0L);
            preferred.put(site.id(), 0);
        }
        for (Placement.Held held : placement.partitions()) {
            held.replicas().forEach(id -> weights.merge(id, weight(held.bytes()), Long::sum));
            preferred.merge(held.replicas().getFirst(), 1, Integer::sum);
        }
    }

    static long weight(long bytes) {
        return bytes + REPLICA_BYTES;
    }

    long of(int broker) {
        return weights.getOrDefault(broker, 0L);
    }

    /// How many partitions it leads when everything is as preferred.
    int leads(int broker) {
        return preferred.getOrDefault(broker, 0);
    }

    void apply(Move move) {
        move.from().forEach(id -> weights.merge(id, -weight(move.bytes()), Long::sum));
        move.to().forEach(id -> weights.merge(id, weight(move.bytes()), Long::sum));
        preferred.merge(move.from().getFirst(), -1, Integer::sum);
        preferred.merge(move.to().getFirst(), 1, Integer::sum);
    }

    /// The same list with one broker in another's place.
    static List<Integer> replaced(List<Integer> replicas, int out, int in) {
        var changed = new ArrayList<>(replicas);
        changed.set(changed.indexOf(out), in);
        return List.copyOf(changed);
    }
}
