package dev.millrace.engine.balance;

import dev.millrace.engine.balance.Move.Goal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every broker holds as much: bytes, and a little for each replica.
final class BytesGoal {
    private static final int TOLERATED_SHARE = 10;
    private static final long SMALLEST_GAP = Board.REPLICA_BYTES;

    /// A move brings two brokers at least this share of their distance closer.
    static final int LEAST_GAIN_SHARE = 10;

    private BytesGoal() {}

    static List<Move> next(Board board) {
        long tolerated = Math.max(SMALLEST_GAP, board.mean(board::bytes) / TOLERATED_SHARE);
        List<Integer> emptiest = board.least(board::bytes);
        for (int full : board.most(board::bytes)) {
            for (int empty : emptiest) {
                long gap = board.bytes(full) - board.bytes(empty);
                if (gap <= tolerated) {
                    break;
                }
                Move move = board.takes(empty) ? best(board, full, empty, gap) : null;
                if (move != null) {
                    return List.of(move);
                }
            }
        }
        return List.of();
    }

    /// A seat and where its replicas would lie.
    private record Candidate(Seat seat, List<Integer> to) {}

    private static @Nullable Move best(Board board, int full, int empty, long gap) {
        return board.seats.stream()
                .filter(seat -> seat.movable && seat.copyable && seat.replicas.contains(full))
                .filter(seat -> !seat.replicas.contains(empty))
                .filter(seat -> gains(gap, Board.weight(seat)))
                .sorted(Comparator.comparingLong(seat -> Math.abs(gap - 2 * Board.weight(seat))))
                .map(seat -> new Candidate(seat, target(board, seat, full, empty)))
                .filter(candidate -> !candidate.to.isEmpty())
                .findFirst()
                .map(candidate -> copy(board, candidate, full, empty))
                .orElse(null);
    }

    /// Whether a distance becomes smaller by a tenth when that much goes from one side to the other.
    static boolean gains(long gap, long moved) {
        return gap - Math.abs(gap - 2 * moved) >= gap / LEAST_GAIN_SHARE;
    }

    /// Where the replicas lie afterwards: in no fewer racks, and with leaders no further apart. Empty when that cannot be.
    private static List<Integer> target(Board board, Seat seat, int full, int empty) {
        List<Integer> inPlace = seat.replaced(full, empty);
        if (board.racks(inPlace) < board.racks(seat.replicas)) {
            return List.of();
        }
        int leader = seat.leader();
        if (leader != full || mayLead(board, leader, empty)) {
            return inPlace;
        }
        return seat.replicas.stream()
                .filter(id -> id != full && mayLead(board, leader, id))
                .min(Comparator.comparingInt(board::leads))
                .map(id -> first(id, inPlace))
                .orElse(List.of());
    }

    private static boolean mayLead(Board board, int now, int then) {
        return board.leads(now) > board.leads(then);
    }

    private static List<Integer> first(int id, List<Integer> replicas) {
        var to = new ArrayList<Integer>();
        to.add(id);
        replicas.stream().filter(other -> other != id).forEach(to::add);
        return to;
    }

    private static Move copy(Board board, Candidate candidate, int full, int empty) {
        Seat seat = candidate.seat;
        String why =
                "%d bears %s, %d bears %s (16 MB for each replica counted)"
                        .formatted(
                                full,
                                Amounts.bytes(board.bytes(full)),
                                empty,
                                Amounts.bytes(board.bytes(empty)));
        var move =
                new Move(
                        seat.name, seat.replicas, candidate.to, seat.load.bytes(), Goal.BYTES, why);
        board.move(seat, candidate.to);
        return move;
    }
}
