package dev.millrace.engine.replica;

import dev.millrace.engine.env.Turn;
import java.util.ArrayList;
import java.util.List;

/// Tells the next start what it may believe of the logs here: where recovery begins, and after a stop how each was left.
///
/// **Owner.** Its turn: whoever looks last writes last.
final class Checkpoints {
    private final Turn turn;
    private final LogDirectories directories;
    private final HeldReplicas held;
    private final ReplicaMoves moves;

    Checkpoints(Turn turn, LogDirectories directories, HeldReplicas held, ReplicaMoves moves) {
        this.turn = turn;
        this.directories = directories;
        this.held = held;
        this.moves = moves;
    }

    /// Writes them. Cheap when nothing changed.
    void write() {
        turn.run(() -> {
            for (LogDirectory directory : directories.all()) {
                List<Partition> here = held.in(directory);
                if (!directories.hasFailed(directory)
                        && !directories.checkpoint(directory, here, comingTo(directory))) {
                    directories.reserve(directory).failed("its checkpoints cannot be written");
                }
            }
        });
    }

    private List<Partition> comingTo(LogDirectory directory) {
        return moves.all().stream()
                .filter(each -> each.target().equals(directory) && !each.cancelled())
                .map(ReplicaMove::partition)
                .toList();
    }

    /// Closes every log, and says which the next start need not read.
    ///
    /// @param allOpened there is none here that could not be opened
    void close(boolean allOpened) {
        boolean clean = allOpened;
        List<HeldReplicas.Held> known = new ArrayList<>();
        for (HeldReplicas.Held each : held.each()) {
            boolean closed = each.partition().close(true);
            clean &= closed;
            if (closed || each.partition().house().keepsWhatWasKnown()) {
                known.add(each);
            }
        }
        write();
        markClean(known, clean);
    }

    /// @param known of which the next start is told; it checks every other log
    /// @param clean these are all, and each is closed
    private void markClean(List<HeldReplicas.Held> known, boolean clean) {
        for (LogDirectory directory : directories.all()) {
            if (directories.hasFailed(directory)) {
                continue;
            }
            List<ClosedLogs.Closed> logs = new ArrayList<>();
            for (HeldReplicas.Held each : known) {
                if (each.place().holdsLog() && each.isIn(directory)) {
                    Partition partition = each.partition();
                    logs.add(
                            new ClosedLogs.Closed(
                                    partition.topicId(),
                                    partition.name(),
                                    partition.house().rest()));
                }
            }
            directories.markClean(directory, logs, clean);
        }
    }
}
