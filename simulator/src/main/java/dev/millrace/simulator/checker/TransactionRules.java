package dev.millrace.simulator.checker;

import dev.millrace.simulator.checker.Anomaly.Kind;
import dev.millrace.simulator.checker.Operation.Access;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Sightings.Write;
import java.util.ArrayList;
import java.util.List;

/// A6 to A8: transactions are seen whole or not at all, and not by themselves.
final class TransactionRules {
    private TransactionRules() {}

    static void check(
            List<Operation> history, Sightings seen, Promises promises, List<Anomaly> found) {
        var flow = new InformationFlow();
        for (Operation operation : history) {
            if (operation.kind() == Operation.Kind.TRANSACTION) {
                whole(operation, seen, promises, found);
            }
            for (Access access : operation.accesses()) {
                if (access instanceof Access.Polled polled) {
                    read(operation, polled, seen, flow, found);
                }
            }
        }
        for (List<Operation> circle : flow.circles()) {
            found.add(
                    new Anomaly(
                            Kind.A8_CIRCULAR_INFORMATION,
                            "transactions of the processes "
                                    + circle.stream().map(Operation::process).toList()));
        }
    }

    private static void read(
            Operation reader,
            Access.Polled polled,
            Sightings seen,
            InformationFlow flow,
            List<Anomaly> found) {
        Write write = seen.write(polled.value());
        if (write == null || write.by().kind() != Operation.Kind.TRANSACTION) {
            return;
        }
        if (write.by().is(reader)) {
            found.add(
                    new Anomaly(
                            Kind.A6_PRECOMMITTED_READ,
                            "process %d read its own %d"
                                    .formatted(reader.process(), polled.value())));
        } else if (reader.kind() == Operation.Kind.TRANSACTION) {
            flow.add(write.by(), reader);
        }
    }

    /// One value that was read proves that the transaction was committed: then all its values are there. Before the end, those count
    /// as missing that readers have passed.
    private static void whole(
            Operation transaction, Sightings seen, Promises promises, List<Anomaly> found) {
        if (transaction.outcome() == Outcome.FAILED) {
            return; // whatever is seen of it is an aborted read
        }
        var present = new ArrayList<Long>();
        var missing = new ArrayList<Long>();
        for (Access.Sent sent : Checker.sends(transaction)) {
            boolean passed =
                    0 <= sent.offset() && sent.offset() <= seen.highestPolled(sent.partition());
            if (seen.wasPolled(sent.value())) {
                present.add(sent.value());
            } else if (promises.drained() || passed) {
                missing.add(sent.value());
            }
        }
        if (!present.isEmpty() && !missing.isEmpty()) {
            found.add(
                    new Anomaly(
                            Kind.A7_TORN_TRANSACTION,
                            "of process %d: read %s, not %s"
                                    .formatted(transaction.process(), present, missing)));
        }
    }
}
