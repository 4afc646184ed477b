package dev.millrace.engine.balance;

import dev.millrace.engine.balance.Move.Goal;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every broker leads as many partitions, as far as replicas lie where they would have to.
final class LeaderGoal {
    private static final long SMALLEST_GAP = 2;
    private static final int TOLERATED_SHARE = 10;

    private LeaderGoal() {}

    static List<Move> next(Board board) {
        long gap = SMALLEST_GAP + board.mean(board::leads) / TOLERATED_SHARE;
        List<Integer> least = board.least(board::leads);
        for (int most : board.most(board::leads)) {
            for (int other : least) {
                if (board.leads(most) - board.leads(other) < gap) {
                    break;
                }
                Seat seat = seat(board, most, other);
                if (seat != null) {
                    return List.of(hand(board, seat, most, other));
                }
            }
        }
        return List.of();
    }

    /// The one that evens out the rates best, too.
    private static @Nullable Seat seat(Board board, int most, int other) {
        long gap = board.rate(most) - board.rate(other);
        return board.seats.stream()
                .filter(seat -> seat.movable && seat.leader() == most)
                .filter(seat -> seat.replicas.contains(other))
                .min(Comparator.comparingLong(seat -> Math.abs(gap - 2 * seat.handedOver())))
                .orElse(null);
    }

    private static Move hand(Board board, Seat seat, int most, int other) {
        String why =
                "%d leads %d partitions, %d leads %d"
                        .formatted(most, board.leads(most), other, board.leads(other));
        return board.hand(seat, other, Goal.LEADERS, why);
    }
}
