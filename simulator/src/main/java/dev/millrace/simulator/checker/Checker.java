package dev.millrace.simulator.checker;

import dev.millrace.simulator.checker.Operation.Access;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Finds what cannot have happened. Linear in the history, but for the orders, which are sorted.
///
/// Allowed and not looked for, as in Kafka: cycles of writes across partitions, records of others between those of a transaction
/// (Kafka does not isolate writes from each other), and that a subscribed consumer starts anywhere after a rebalance.
public final class Checker {
    private Checker() {}

    /// Every anomaly; empty when all is well.
    ///
    /// @param history of one process in its own order; of different processes in any
    public static List<Anomaly> check(List<Operation> history, Promises promises) {
        var found = new ArrayList<Anomaly>();
        var seen = Sightings.of(history);
        WriteRules.check(seen, promises, found);
        if (promises.readCommitted()) {
            TransactionRules.check(history, seen, promises, found);
        }
        OrderRules.check(history, seen, promises, found);
        OffsetRules.check(history, found);
        return List.copyOf(found);
    }

    /// For programs that read, transform and write: each input is to have exactly one output.
    ///
    /// @param inputs each value once
    /// @param outputs for each record of the output, the input that it was made of
    public static List<Anomaly> exactlyOnce(Collection<Long> inputs, Collection<Long> outputs) {
        Map<Long, Integer> counts = new TreeMap<>();
        inputs.forEach(value -> counts.put(value, 0));
        var found = new ArrayList<Anomaly>();
        for (long output : outputs) {
            if (counts.computeIfPresent(output, (_, count) -> count + 1) == null) {
                found.add(exactlyOnce("output %d has no input".formatted(output)));
            }
        }
        counts.forEach((value, count) -> {
            if (count != 1) {
                found.add(exactlyOnce("input %d has %d outputs".formatted(value, count)));
            }
        });
        return found;
    }

    private static Anomaly exactlyOnce(String what) {
        return new Anomaly(Anomaly.Kind.A16_EXACTLY_ONCE, what);
    }

    static List<Access.Sent> sends(Operation operation) {
        var sends = new ArrayList<Access.Sent>();
        for (Access access : operation.accesses()) {
            if (access instanceof Access.Sent sent) {
                sends.add(sent);
            }
        }
        return sends;
    }
}
