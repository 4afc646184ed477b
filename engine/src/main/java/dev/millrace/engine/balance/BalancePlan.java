package dev.millrace.engine.balance;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.ReassignmentDecisions;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// What is to be done about the loads, as a function of what is known. The goals in their order: racks, leaders, bytes, rates; a
/// plan has moves for the first that is not met. Without rates nothing is copied: a partition may take in more than copies may send.
public sealed interface BalancePlan {
    /// Leader changes of one plan: they cost clients a question each.
    int MOST_LEADERS = 20;

    /// Said while nothing may be copied, because what comes in is not known.
    String NO_RATES =
            "it looks again to see rates: which partitions would catch up with a copy is not known yet";

    /// Nothing is moved until that is over.
    ///
    /// @param why one sentence
    record Wait(String why) implements BalancePlan {}

    /// All goals are met.
    record Even() implements BalancePlan {}

    /// One step.
    record Step(List<Move> moves) implements BalancePlan {
        public Step {
            moves = List.copyOf(moves);
        }
    }

    /// Plans one step.
    ///
    /// @param rules of which those about copies count
    /// @param resting partitions that are left where they are
    static BalancePlan of(
            MetadataImage image,
            Loads loads,
            BalanceRules rules,
            Predicate<TopicPartition> resting) {
        String amiss = amiss(image);
        if (amiss != null) {
            return new Wait(amiss);
        }
        var board = new Board(image, loads, rules, resting);
        if (!loads.rates() && RackGoal.unmet(board)) {
            return new Wait(NO_RATES); // who got another leader now would rest in the wrong racks
        }
        for (Function<Board, List<Move>> goal :
                List.<Function<Board, List<Move>>>of(
                        RackGoal::next, LeaderGoal::next, BytesGoal::next, RateGoal::next)) {
            List<Move> moves = moves(board, goal, rules.atOnce());
            if (!moves.isEmpty()) {
                return new Step(moves);
            }
        }
        return loads.rates() ? new Even() : new Wait(NO_RATES);
    }

    private static List<Move> moves(Board board, Function<Board, List<Move>> goal, int atOnce) {
        var moves = new ArrayList<Move>();
        int copies = 0;
        while (copies < atOnce && moves.size() < MOST_LEADERS) {
            List<Move> next = goal.apply(board);
            if (next.isEmpty()) {
                break;
            }
            moves.addAll(next);
            copies += (int) next.stream().filter(Move::copies).count();
        }
        return moves;
    }

    /// Why nothing may be moved now; null when everything is in order.
    private static @Nullable String amiss(MetadataImage image) {
        for (var broker : image.cluster().brokers().values()) {
            if (!broker.active()) {
                return "broker %d is %s: it is waited for until it is back, or forgotten (`millrace cluster remove %d`)"
                        .formatted(broker.id(), broker.fenced() ? "down" : "stopping", broker.id());
            }
        }
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                String why = amiss(topic.partitions().get(i));
                if (why != null) {
                    return new TopicPartition(topic.name(), i) + " " + why;
                }
            }
        }
        return null;
    }

    private static @Nullable String amiss(PartitionImage partition) {
        if (ReassignmentDecisions.moving(partition)) {
            return "is being moved by somebody else, or was by the controller before this one";
        }
        if (!partition.hasLeader()) {
            return "has no leader";
        }
        if (partition.recovering()) {
            return "recovers from an unclean election";
        }
        return partition.isr().size() < partition.replicas().size()
                ? "has a replica that is not in sync"
                : null;
    }
}
