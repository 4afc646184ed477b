package dev.millrace.cli;

import dev.millrace.cli.cluster.Balancing;
import dev.millrace.cli.cluster.ClusterView;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.placement.DrainPlan;
import dev.millrace.cli.placement.Move;
import dev.millrace.cli.placement.Moves;
import dev.millrace.cli.placement.Placement;
import dev.millrace.cli.placement.RebalancePlan;
import dev.millrace.cli.placement.Sizes;
import dev.millrace.cli.placement.Throttle;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// The verbs that move replicas: they show a plan, and carry it out when that is asked for.
///
/// @param atOnce partitions that move at the same time
/// @param throttle bytes a second for each broker; null for no limit
record ClusterMoves(Terminal terminal, Admin admin, int atOnce, @Nullable Long throttle) {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int MOST_NAMES = 20;

    /// Moves everything off a broker, and what it is given meanwhile too.
    void drain(int id, boolean dryRun) throws InterruptedException {
        var balancing = new Balancing(admin);
        List<Move> plan = drainPlan(balancing, id);
        if (dryRun) {
            if (plan.isEmpty()) {
                terminal.line("there is nothing to move");
            }
            show(plan);
            return;
        }
        balancing.drained(id);
        boolean held = false;
        Set<TopicPartition> refused = Set.of();
        int said = 0;
        for (int left = left(id); left > 0; left = left(id)) {
            held = true;
            plan = drainPlan(balancing, id);
            if (!plan.isEmpty()) {
                show(plan);
                requireMovable(plan, refused, id);
                refused = carryOut(plan);
            } else if (left != said) {
                said = left;
                line(left + (left == 1 ? " is on its way" : " are on their way"));
            }
            // Not at once: a broker that is asked may hear of a move later than the controller.
            Thread.sleep(LOOK);
        }
        terminal.line("broker " + id + " holds nothing" + (held ? " any more" : ""));
    }

    /// What is on its way elsewhere is not in it.
    private List<Move> drainPlan(Balancing balancing, int id) {
        return DrainPlan.of(placement().sparing(balancing.drained()), id);
    }

    private int left(int id) {
        return ClusterView.of(admin).replicas().getOrDefault(id, 0);
    }

    /// Twice refused is refused for good.
    private static void requireMovable(List<Move> plan, Set<TopicPartition> refused, int id) {
        List<TopicPartition> all = plan.stream().map(Move::partition).distinct().toList();
        if (refused.containsAll(all)) {
            throw CommandFailed.because(
                    "the cluster does not let go of what is left on broker %d (%s): it has said why above; `millrace cluster drain %d` goes on once that is over"
                            .formatted(id, names(all), id));
        }
    }

    private void line(String line) {
        terminal.line(line);
        terminal.out().flush();
    }

    /// @return false when the plan was only shown, and there is something in it
    boolean rebalance(boolean execute) throws InterruptedException {
        Set<Integer> drained = new Balancing(admin).drained();
        for (int id : drained) {
            line(
                    "broker %d is drained, and is left out; `millrace cluster drain %d --undo` ends that"
                            .formatted(id, id));
        }
        RebalancePlan plan = RebalancePlan.of(placement().sparing(drained));
        if (plan.isEmpty()) {
            terminal.line("the brokers bear the same as it is: nothing to move");
            return true;
        }
        if (!plan.elections().isEmpty()) {
            terminal.line(
                    "the first replica is in sync and leads again: " + names(plan.elections()));
        }
        show(plan.reorderings());
        show(plan.copies());
        if (!execute) {
            terminal.line("this is only the plan; --execute carries it out");
            return false;
        }
        Moves moves = moves();
        moves.elect(plan.elections());
        if (!plan.reorderings().isEmpty()) {
            moves.carryOut(plan.reorderings());
            moves.elect(plan.reorderings().stream().map(Move::partition).distinct().toList());
        }
        if (!plan.copies().isEmpty()) {
            carryOut(plan.copies());
            moves.elect(plan.copies().stream().map(Move::partition).distinct().toList());
        }
        return true;
    }

    private static String names(List<TopicPartition> partitions) {
        String first =
                partitions.stream()
                        .limit(MOST_NAMES)
                        .map(TopicPartition::toString)
                        .collect(Collectors.joining(", "));
        int more = partitions.size() - MOST_NAMES;
        return more > 0 ? first + " and " + more + " more" : first;
    }

    private Placement placement() {
        return Placement.of(admin, ClusterView.of(admin));
    }

    private void show(List<Move> moves) {
        if (moves.isEmpty()) {
            return;
        }
        var table =
                new Table().left("PARTITION").left("FROM").left("TO").right("COPIED").left("WHY");
        for (Move move : moves) {
            table.row(
                    List.of(
                            move.partition().toString(),
                            ids(move.from()),
                            ids(move.to()),
                            move.added().isEmpty() ? "" : Sizes.text(move.copiedBytes()),
                            move.why()));
        }
        table.lines("  ").forEach(terminal::line);
        long bytes = moves.stream().mapToLong(Move::copiedBytes).sum();
        terminal.line(
                moves.size()
                        + (moves.size() == 1 ? " move, " : " moves, ")
                        + Sizes.text(bytes)
                        + " to copy");
    }

    private static String ids(List<Integer> ids) {
        return String.join(",", ids.stream().map(String::valueOf).toList());
    }

    /// @return what the cluster has refused to move
    private Set<TopicPartition> carryOut(List<Move> plan) throws InterruptedException {
        if (throttle == null) {
            return moves().carryOut(plan);
        }
        List<Integer> up =
                ClusterView.brokers(admin).stream()
                        .filter(node -> !node.isFenced())
                        .map(Node::id)
                        .toList();
        try (Throttle _ = Throttle.begin(admin, plan, up, throttle, this::line)) {
            return moves().carryOut(plan);
        }
    }

    private Moves moves() {
        return new Moves(admin, atOnce, LOOK, this::line);
    }
}
