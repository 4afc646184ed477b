package dev.millrace.engine.balance;

import dev.millrace.engine.balance.Move.Goal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// No two replicas in one rack while another has none.
final class RackGoal {
    private RackGoal() {}

    static List<Move> next(Board board) {
        int racks = board.racks();
        for (Seat seat : board.seats) {
            if (seat.copyable && missing(board, seat, racks)) {
                Move move = spread(board, seat);
                if (move != null) {
                    return List.of(move);
                }
            }
        }
        return List.of();
    }

    /// Whether it has something to do, be it that nothing may be copied now.
    static boolean unmet(Board board) {
        int racks = board.racks();
        return board.seats.stream().anyMatch(seat -> missing(board, seat, racks));
    }

    private static boolean missing(Board board, Seat seat, int racks) {
        return seat.movable && board.racks(seat.replicas) < Math.min(racks, seat.replicas.size());
    }

    /// The last replica that shares its rack goes; the leader only if it must.
    private static @Nullable Move spread(Board board, Seat seat) {
        List<Integer> replicas = seat.replicas;
        int now = board.racks(replicas);
        for (int out : replicas.reversed()) {
            for (int in : board.least(board::bytes)) {
                if (!board.takes(in) || replicas.contains(in)) {
                    continue;
                }
                List<Integer> to = seat.replaced(out, in);
                if (board.racks(to) > now) {
                    var move =
                            new Move(
                                    seat.name,
                                    replicas,
                                    to,
                                    seat.load.bytes(),
                                    Goal.RACKS,
                                    "rack '%s' has two of its replicas, rack '%s' none"
                                            .formatted(board.rack(out), board.rack(in)));
                    board.move(seat, to);
                    return move;
                }
            }
        }
        return null;
    }
}
