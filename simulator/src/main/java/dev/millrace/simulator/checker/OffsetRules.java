package dev.millrace.simulator.checker;

import dev.millrace.simulator.checker.Anomaly.Kind;
import dev.millrace.simulator.checker.Operation.Access;
import dev.millrace.simulator.checker.Operation.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// A14 and A15: what a group has committed, and where a partition ends, as observed in real time.
///
/// The members of a group are taken to commit ever higher offsets: a fenced one cannot commit, so a lower one is a fault.
final class OffsetRules {
    private final List<Anomaly> found;

    private OffsetRules(List<Anomaly> found) {
        this.found = found;
    }

    private record Key(String group, TopicPartition partition) {}

    /// An offset that was certain from `fromNs` on, or possible from `sinceNs` on.
    private record Known(long offset, long ns) {}

    static void check(List<Operation> history, List<Anomaly> found) {
        var rules = new OffsetRules(found);
        rules.committed(history);
        rules.ends(history);
    }

    private void committed(List<Operation> history) {
        Map<Key, List<Known>> certain = new HashMap<>();
        Map<Key, List<Known>> possible = new HashMap<>();
        for (Operation operation : history) {
            for (Access access : operation.accesses()) {
                if (access instanceof Access.Committed(var group, var partition, long offset)
                        && operation.outcome() != Outcome.FAILED) {
                    var key = new Key(group, partition);
                    add(possible, key, offset, operation.invokedNs());
                    if (operation.outcome() == Outcome.OK) {
                        add(certain, key, offset, operation.completedNs());
                    }
                } else if (access instanceof Access.CommittedSeen(var group, var partition, long at)
                        && at >= 0
                        && operation.outcome() == Outcome.OK) {
                    // Who sees it makes it certain for all who look later.
                    add(certain, new Key(group, partition), at, operation.completedNs());
                }
            }
        }
        Map<Key, Highest> least = highest(certain);
        Map<Key, Highest> most = highest(possible);
        for (Operation operation : history) {
            if (operation.outcome() == Outcome.OK) {
                operation
                        .accesses()
                        .forEach(access -> committedSeen(operation, access, least, most));
            }
        }
    }

    private void committedSeen(
            Operation operation, Access access, Map<Key, Highest> least, Map<Key, Highest> most) {
        if (!(access instanceof Access.CommittedSeen(var group, var partition, long offset))) {
            return;
        }
        var key = new Key(group, partition);
        long atLeast = Highest.before(least.get(key), operation.invokedNs());
        long atMost = Highest.before(most.get(key), operation.completedNs() + 1);
        if (offset < atLeast || offset > atMost) {
            found.add(
                    new Anomaly(
                            Kind.A14_COMMITTED_OFFSET,
                            "group %s, %s: %d was seen, between %d and %d was possible"
                                    .formatted(group, partition, offset, atLeast, atMost)));
        }
    }

    private void ends(List<Operation> history) {
        Map<Key, List<Known>> certain = new HashMap<>();
        for (Operation operation : history) {
            if (operation.outcome() != Outcome.OK) {
                continue;
            }
            for (Access access : operation.accesses()) {
                long end =
                        switch (access) {
                            case Access.Sent sent -> sent.offset() + 1;
                            case Access.EndSeen seen -> seen.offset();
                            case Access.Polled polled -> polled.offset() + 1;
                            case Access.Committed _, Access.CommittedSeen _ -> -1;
                        };
                if (end > 0) {
                    add(certain, new Key("", access.partition()), end, operation.completedNs());
                }
            }
        }
        Map<Key, Highest> least = highest(certain);
        for (Operation operation : history) {
            for (Access access : operation.accesses()) {
                if (operation.outcome() == Outcome.OK
                        && access instanceof Access.EndSeen(var partition, long offset)) {
                    long atLeast =
                            Highest.before(
                                    least.get(new Key("", partition)), operation.invokedNs());
                    if (offset < atLeast) {
                        found.add(
                                new Anomaly(
                                        Kind.A15_LIST_OFFSETS,
                                        "%s ends at %d, at least %d is known"
                                                .formatted(partition, offset, atLeast)));
                    }
                }
            }
        }
    }

    private static void add(Map<Key, List<Known>> map, Key key, long offset, long ns) {
        map.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Known(offset, ns));
    }

    private static Map<Key, Highest> highest(Map<Key, List<Known>> known) {
        Map<Key, Highest> highest = new HashMap<>();
        known.forEach((key, list) -> highest.put(key, new Highest(list)));
        return highest;
    }

    /// The highest offset known before a moment.
    private static final class Highest {
        private final long[] ns;
        private final long[] offsets;

        Highest(List<Known> known) {
            known.sort(Comparator.comparingLong(Known::ns));
            ns = new long[known.size()];
            offsets = new long[known.size()];
            long highest = -1;
            for (int i = 0; i < ns.length; i++) {
                highest = Math.max(highest, known.get(i).offset);
                ns[i] = known.get(i).ns;
                offsets[i] = highest;
            }
        }

        static long before(@org.jspecify.annotations.Nullable Highest of, long momentNs) {
            if (of == null) {
                return -1;
            }
            int low = 0;
            int high = of.ns.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (of.ns[middle] < momentNs) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low == 0 ? -1 : of.offsets[low - 1];
        }
    }
}
