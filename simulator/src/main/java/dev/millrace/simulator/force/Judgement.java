package dev.millrace.simulator.force;

import dev.millrace.simulator.checker.Checker;
import dev.millrace.simulator.checker.Operation;
import dev.millrace.simulator.checker.Operation.Access;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Promises;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What is wrong with the history of a run: readers of what is committed by all rules, readers of everything by those that hold for
/// them. Committed offsets and ends are not asked for during faults, and so not judged.
final class Judgement {
    private Judgement() {}

    /// Each anomaly in words.
    ///
    /// @param drained everything was read to the end
    static List<String> of(
            List<Operation> committed, List<Operation> uncommitted, boolean drained) {
        List<String> found = new ArrayList<>();
        List<Operation> history = inOrder(committed);
        Checker.check(history, new Promises(true, true, drained))
                .forEach(each -> found.add(each.toString()));
        List<Operation> everything = new ArrayList<>(writes(history));
        everything.addAll(inOrder(uncommitted).stream().map(Judgement::elsewhere).toList());
        Checker.check(everything, new Promises(true, false, drained))
                .forEach(each -> found.add(each + " (read_uncommitted)"));
        return found;
    }

    /// Of programs that read, transform and write.
    static List<String> of(Clients.Copies copies) {
        List<String> found = new ArrayList<>();
        Checker.exactlyOnce(copies.inputs(), copies.outputs())
                .forEach(each -> found.add(each.toString()));
        return found;
    }

    /// As they were asked for: acknowledgements arrive in the order of the log, whatever was sent first.
    private static List<Operation> inOrder(List<Operation> history) {
        return history.stream().sorted(Comparator.comparingLong(Operation::invokedNs)).toList();
    }

    private static List<Operation> writes(List<Operation> history) {
        return history.stream()
                .filter(each -> each.kind() == Kind.SEND || each.kind() == Kind.TRANSACTION)
                .map(each ->
                        new Operation(
                                each.process(),
                                each.kind(),
                                each.outcome(),
                                each.invokedNs(),
                                each.completedNs(),
                                each.accesses().stream()
                                        .filter(Access.Sent.class::isInstance)
                                        .toList()))
                .toList();
    }

    /// The readers of everything have numbers of their own.
    private static Operation elsewhere(Operation each) {
        return new Operation(
                -each.process(),
                each.kind(),
                each.outcome(),
                each.invokedNs(),
                each.completedNs(),
                each.accesses());
    }

    /// One operation a line, in the order in which they were asked for.
    static void write(Path file, List<Operation> history) throws IOException {
        List<Operation> sorted = inOrder(history);
        long beganNs = sorted.isEmpty() ? 0 : sorted.getFirst().invokedNs();
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (Operation each : sorted) {
                out.write(
                        "%.6f..%.6f process %d %s %s %s%n"
                                .formatted(
                                        (each.invokedNs() - beganNs) / 1e9,
                                        (each.completedNs() - beganNs) / 1e9,
                                        each.process(),
                                        each.kind(),
                                        each.outcome(),
                                        each.accesses()));
            }
        }
    }
}
