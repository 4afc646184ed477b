package dev.millrace.simulator.checker;

import dev.millrace.simulator.checker.Anomaly.Kind;
import dev.millrace.simulator.checker.Operation.Access;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// A10 to A12: every reader reads a partition in its order and passes nothing over; every producer's records lie in the order in
/// which it sent them.
final class OrderRules {
    private final Sightings seen;
    private final Promises promises;
    private final List<Anomaly> found;

    /// Where each process last read and wrote each partition.
    private final Map<Integer, Map<TopicPartition, Long>> lastRead = new HashMap<>();

    private final Map<Integer, Map<TopicPartition, Long>> lastWritten = new HashMap<>();
    private final Map<Integer, Boolean> assigned = new HashMap<>();

    private OrderRules(Sightings seen, Promises promises, List<Anomaly> found) {
        this.seen = seen;
        this.promises = promises;
        this.found = found;
    }

    static void check(
            List<Operation> history, Sightings seen, Promises promises, List<Anomaly> found) {
        var rules = new OrderRules(seen, promises, found);
        history.forEach(rules::operation);
    }

    private void operation(Operation operation) {
        int process = operation.process();
        switch (operation.kind()) {
            case ASSIGN -> {
                assigned.put(process, true);
                lastRead.remove(process);
            }
            case SUBSCRIBE -> {
                assigned.put(process, false);
                lastRead.remove(process);
            }
            default -> {
                reads(operation);
                writes(operation);
            }
        }
    }

    private void reads(Operation operation) {
        Map<TopicPartition, Long> before =
                assigned.getOrDefault(operation.process(), false)
                        ? lastRead.computeIfAbsent(operation.process(), _ -> new HashMap<>())
                        : new HashMap<>();
        Map<TopicPartition, Long> within = new HashMap<>();
        for (Access access : operation.accesses()) {
            if (access instanceof Access.Polled(TopicPartition partition, long offset, _)) {
                Long last = within.put(partition, offset);
                Long earlier = before.get(partition);
                if (last != null) {
                    step(Kind.A10_POLL_ORDER_WITHIN, operation, partition, last, offset);
                } else if (earlier != null) {
                    step(Kind.A11_POLL_ORDER_ACROSS, operation, partition, earlier, offset);
                }
            }
        }
        before.putAll(within);
    }

    private void step(Kind kind, Operation by, TopicPartition partition, long from, long to) {
        Long next = seen.nextPolled(partition, from);
        if (to <= from) {
            found.add(new Anomaly(kind, words(by, partition, from, to) + ", back"));
        } else if (next != null && next < to) {
            found.add(new Anomaly(kind, words(by, partition, from, to) + ", past " + next));
        }
    }

    private static String words(Operation by, TopicPartition partition, long from, long to) {
        return "process %d in %s from %d to %d".formatted(by.process(), partition, from, to);
    }

    private void writes(Operation operation) {
        if (!promises.idempotent() || operation.outcome() != Operation.Outcome.OK) {
            return;
        }
        Map<TopicPartition, Long> last =
                lastWritten.computeIfAbsent(operation.process(), _ -> new HashMap<>());
        for (Access.Sent sent : Checker.sends(operation)) {
            if (sent.offset() < 0) {
                continue;
            }
            Long before = last.put(sent.partition(), sent.offset());
            if (before != null && sent.offset() <= before) {
                found.add(
                        new Anomaly(
                                Kind.A12_SEND_ORDER,
                                "%s, value %d"
                                        .formatted(
                                                words(
                                                        operation,
                                                        sent.partition(),
                                                        before,
                                                        sent.offset()),
                                                sent.value())));
            }
        }
    }
}
