package dev.millrace.engine.replica;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Copies take the places of their logs: the last step of a move between log directories.
///
/// **Owner.** The worker that copies; what changes the set of partitions it does in the turn of `Replicas`.
final class Exchanges {
    private final Turn turn;
    private final HeldReplicas held;
    private final LogDirectories directories;
    private final Replication replication;
    private final Env env;
    private final Runnable checkpoint;

    /// @param checkpoint writes where recovery would have to begin
    Exchanges(
            Turn turn,
            HeldReplicas held,
            LogDirectories directories,
            Replication replication,
            Env env,
            Runnable checkpoint) {
        this.turn = turn;
        this.held = held;
        this.directories = directories;
        this.replication = replication;
        this.env = env;
        this.checkpoint = checkpoint;
    }

    /// A copy takes the place of its log, if it has everything.
    ///
    /// @return false when it has not, or the partition is not here any more
    boolean exchange(ReplicaMove move) throws IOException {
        Partition partition = move.partition();
        long logStart = partition.logStart();
        if (move.savedStart() != logStart) {
            checkpoint.run(); // what is deleted stays deleted, even if there is a crash right after
            move.savedStart(logStart);
        }
        var failure = new AtomicReference<@Nullable IOException>();
        boolean done =
                turn.take(() -> {
                    try {
                        return inTurn(move);
                    } catch (IOException e) {
                        failure.set(e);
                        return false;
                    }
                });
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        if (done) {
            checkpoint.run();
        }
        return done;
    }

    private boolean inTurn(ReplicaMove move) throws IOException {
        Partition partition = move.partition();
        var key = new HeldReplicas.Key(partition.topicId(), partition.name().partition());
        HeldReplicas.Held here = held.get(key);
        if (here == null || here.partition() != partition) {
            move.cancel();
            return false;
        }
        var swapped = new AtomicReference<ReplicaMove.@Nullable Swapped>();
        LazyLog former =
                partition
                        .house()
                        .replaceLog(
                                directories.reserve(move.target()),
                                (present, cuts) -> {
                                    var next = move.takePlace(present, here.place(), cuts);
                                    swapped.set(next);
                                    return next == null ? null : next.log();
                                });
        ReplicaMove.Swapped next = swapped.get();
        if (former == null || next == null) {
            return false;
        }
        Place place = next.on().place();
        held.put(key, new HeldReplicas.Held(partition, place));
        replication.lies(partition.topicId(), partition.name().partition(), place.directory().id());
        String renamed = next.on().formerFolder();
        if (renamed != null) {
            here.place()
                    .removeLater(
                            renamed, partition.house().fileDeleteDelayMs(), env, former::letGo);
        }
        return true;
    }
}
