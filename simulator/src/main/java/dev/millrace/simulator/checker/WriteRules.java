package dev.millrace.simulator.checker;

import dev.millrace.simulator.checker.Anomaly.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Sightings.Write;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A1 to A5: what was written is there, once, where it was said to be; what failed is not, nor what nobody sent there.
final class WriteRules {
    private WriteRules() {}

    static void check(Sightings seen, Promises promises, List<Anomaly> found) {
        offsets(seen, promises, found);
        strays(seen, found);
        for (Write write : seen.writes()) {
            switch (write.by().outcome()) {
                case OK -> acknowledged(write, seen, promises, found);
                case FAILED -> failed(write, seen, promises, found);
                case UNKNOWN -> {}
            }
        }
    }

    private static void offsets(Sightings seen, Promises promises, List<Anomaly> found) {
        seen.values()
                .forEach((partition, offsets) -> {
                    Map<Long, Long> first = new HashMap<>();
                    offsets.forEach((offset, values) -> {
                        if (values.size() > 1) {
                            found.add(
                                    new Anomaly(
                                            Kind.A1_INCONSISTENT_OFFSETS,
                                            "%s at %d: %s".formatted(partition, offset, values)));
                        }
                        for (long value : values) {
                            Long before = first.putIfAbsent(value, offset);
                            if (before != null && promises.idempotent()) {
                                found.add(
                                        new Anomaly(
                                                Kind.A2_DUPLICATE,
                                                "%d in %s at %d and %d"
                                                        .formatted(
                                                                value, partition, before, offset)));
                            }
                        }
                    });
                });
    }

    private static void strays(Sightings seen, List<Anomaly> found) {
        seen.values()
                .forEach((partition, offsets) ->
                        offsets.forEach((offset, values) -> {
                            for (long value : values) {
                                Write write = seen.write(value);
                                if (write == null || !write.sent().partition().equals(partition)) {
                                    found.add(
                                            new Anomaly(
                                                    Kind.STRAY,
                                                    "%d in %s at %d, sent to %s"
                                                            .formatted(
                                                                    value,
                                                                    partition,
                                                                    offset,
                                                                    write == null
                                                                            ? "none"
                                                                            : write.sent()
                                                                                    .partition())));
                                }
                            }
                        }));
    }

    private static void acknowledged(
            Write write, Sightings seen, Promises promises, List<Anomaly> found) {
        var sent = write.sent();
        if (seen.wasPolled(sent.value())) {
            return;
        }
        if (0 <= sent.offset() && sent.offset() <= seen.highestPolled(sent.partition())) {
            found.add(
                    new Anomaly(
                            Kind.A3_LOST_WRITE,
                            "%d in %s at %d, read up to %d"
                                    .formatted(
                                            sent.value(),
                                            sent.partition(),
                                            sent.offset(),
                                            seen.highestPolled(sent.partition()))));
        } else if (promises.drained()) {
            found.add(
                    new Anomaly(
                            Kind.A4_UNSEEN,
                            "%d in %s at %d"
                                    .formatted(sent.value(), sent.partition(), sent.offset())));
        }
    }

    /// A send that failed outside of a transaction was refused before it was written. What a transaction wrote is there, and must
    /// not be seen by who reads what is committed.
    private static void failed(
            Write write, Sightings seen, Promises promises, List<Anomaly> found) {
        boolean mayBeSeen =
                write.by().kind() == Operation.Kind.TRANSACTION && !promises.readCommitted();
        if (!mayBeSeen && seen.wasPolled(write.sent().value())) {
            found.add(
                    new Anomaly(
                            Kind.A5_ABORTED_READ,
                            "%d of process %d in %s (%s)"
                                    .formatted(
                                            write.sent().value(),
                                            write.by().process(),
                                            write.sent().partition(),
                                            Outcome.FAILED)));
        }
    }
}
