package dev.millrace.cli.placement;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Everything that one broker holds goes elsewhere: each replica to the broker that has the least to bear of those that hold none
/// of that partition, and stand in racks of their own if there are such. Made anew from what is there, a plan goes on where an
/// earlier one was left.
public final class DrainPlan {
    private DrainPlan() {}

    /// @throws CommandFailed when there is no such broker, or too few would remain
    public static List<Move> of(Placement placement, int leaving) {
        if (placement.brokers().stream().noneMatch(site -> site.id() == leaving)) {
            throw CommandFailed.because(
                    "there is no broker " + leaving + ": `millrace cluster status` shows them");
        }
        List<Integer> remaining = placement.usable().stream().filter(id -> id != leaving).toList();
        var loads = new Loads(placement);
        var moves = new ArrayList<Move>();
        List<Placement.Held> largestFirst =
                placement.partitions().stream()
                        .filter(held -> held.replicas().contains(leaving))
                        .sorted(Comparator.comparingLong(Placement.Held::bytes).reversed())
                        .toList();
        for (Placement.Held held : largestFirst) {
            checkNameable(placement, held, leaving);
            int target = target(placement, held, leaving, remaining, loads);
            var move =
                    new Move(
                            held.partition(),
                            held.replicas(),
                            Loads.replaced(held.replicas(), leaving, target),
                            held.bytes(),
                            leaving + " leaves, " + target + " has the least of those that can");
            loads.apply(move);
            moves.add(move);
        }
        return moves;
    }

    private static void checkNameable(Placement placement, Placement.Held held, int leaving) {
        List<Integer> others = held.replicas().stream().filter(id -> id != leaving).toList();
        Integer cordoned = placement.cordoned(others);
        if (cordoned != null) {
            throw CommandFailed.because(
                    "%s is on broker %d, too, whose log directories are all cordoned, so that no assignment may name it: empty its cordoned.log.dirs until broker %d is drained"
                            .formatted(held.partition(), cordoned, leaving));
        }
    }

    private static int target(
            Placement placement,
            Placement.Held held,
            int leaving,
            List<Integer> remaining,
            Loads loads) {
        return remaining.stream()
                .filter(id -> !held.replicas().contains(id))
                .min(
                        Comparator.<Integer>comparingInt(id ->
                                        -placement.racks(
                                                Loads.replaced(held.replicas(), leaving, id)))
                                .thenComparingLong(loads::of)
                                .thenComparingInt(id -> id))
                .orElseThrow(() -> tooFew(held, leaving, remaining.size()));
    }

    private static CommandFailed tooFew(Placement.Held held, int leaving, int remaining) {
        return CommandFailed.because(
                "%s has %d replica%s, and without broker %d there %s: start another broker first, or give the topic fewer replicas"
                        .formatted(
                                held.partition(),
                                held.replicas().size(),
                                held.replicas().size() == 1 ? "" : "s",
                                leaving,
                                remaining == 0
                                        ? "is no broker that could take one"
                                        : remaining == 1
                                                ? "is one broker that could hold them"
                                                : "are "
                                                        + remaining
                                                        + " brokers that could hold them"));
    }
}
