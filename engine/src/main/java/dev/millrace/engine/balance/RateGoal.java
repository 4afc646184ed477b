package dev.millrace.engine.balance;

import dev.millrace.engine.balance.Move.Goal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every broker is as busy, as far as leaderships can do it.
final class RateGoal {
    private static final int TOLERATED_SHARE = 5;
    private static final long SMALLEST_GAP = 1L << 20;

    /// Partitions of one broker that are tried for an exchange: those that weigh most.
    private static final int MOST_TRIED = 50;

    private RateGoal() {}

    static List<Move> next(Board board) {
        long tolerated = Math.max(SMALLEST_GAP, board.mean(board::rate) / TOLERATED_SHARE);
        List<Integer> idlest = board.least(board::rate);
        for (int busy : board.most(board::rate)) {
            for (int idle : idlest) {
                long gap = board.rate(busy) - board.rate(idle);
                if (gap <= tolerated) {
                    break;
                }
                List<Move> moves = best(board, busy, idle, gap);
                if (!moves.isEmpty()) {
                    return moves;
                }
            }
        }
        return List.of();
    }

    private static List<Move> best(Board board, int busy, int idle, long gap) {
        List<Seat> own = shared(board, busy, idle);
        Seat alone = board.leads(busy) > board.leads(idle) ? closest(own, gap, 0) : null;
        if (alone != null) {
            return List.of(hand(board, alone, busy, idle));
        }
        for (Seat back : shared(board, idle, busy)) {
            Seat seat = closest(own, gap, back.handedOver());
            if (seat != null) {
                return List.of(hand(board, seat, busy, idle), takeBack(board, back, busy, seat));
            }
        }
        return List.of();
    }

    /// The best one to hand over while so much comes back; null when none is good enough.
    private static @Nullable Seat closest(List<Seat> own, long gap, long comesBack) {
        return own.stream()
                .filter(seat -> BytesGoal.gains(gap, seat.handedOver() - comesBack))
                .min(
                        Comparator.comparingLong(
                                seat -> Math.abs(gap - 2 * (seat.handedOver() - comesBack))))
                .orElse(null);
    }

    /// Those that one leads and the other holds.
    private static List<Seat> shared(Board board, int leader, int follower) {
        var shared = new ArrayList<Seat>();
        for (Seat seat : board.seats) {
            if (seat.movable && seat.leader() == leader && seat.replicas.contains(follower)) {
                shared.add(seat);
            }
        }
        shared.sort(Comparator.comparingLong(Seat::handedOver).reversed());
        return shared.subList(0, Math.min(MOST_TRIED, shared.size()));
    }

    private static Move hand(Board board, Seat seat, int busy, int idle) {
        String why =
                "%d has %s/s to carry, %d has %s/s"
                        .formatted(
                                busy,
                                Amounts.bytes(board.rate(busy)),
                                idle,
                                Amounts.bytes(board.rate(idle)));
        return board.hand(seat, idle, Goal.RATES, why);
    }

    private static Move takeBack(Board board, Seat seat, int busy, Seat handed) {
        return board.hand(
                seat, busy, Goal.RATES, "in exchange for " + handed.name + ", which carries more");
    }
}
