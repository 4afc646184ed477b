package dev.millrace.engine.replica;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The replicas that are on their way from one log directory of this broker to another.
///
/// ```
///   asked for --> copying --has all--> takes the place --> gone from here
///                    |  `--cancelled, its disk failed--> the copy is removed, gone from here
/// ```
/// At most as many copy at a time as there are directories; the others wait in the order in which they were asked for. All of them
/// together stay below `replica.alter.log.dirs.io.max.bytes.per.second`.
///
/// **Owner.** Its turn, for who moves; a step of a move is taken on a worker, one at a time for each, holding no turn.
final class ReplicaMoves {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaMoves.class);
    private static final long AGAIN_MS = 10;
    private static final int CHUNK = 1 << 20;

    /// Exchanges the log for the copy.
    @FunctionalInterface
    interface Exchange {
        /// @return false when it is not possible yet
        boolean tryWith(ReplicaMove move) throws IOException;
    }

    /// What is asked for and what has become of it: null while it waits.
    private static final class Wanted {
        private final LogDirectory target;
        private @Nullable ReplicaMove move;

        private Wanted(LogDirectory target) {
            this.target = target;
        }
    }

    private final Env env;
    private final Turn turn;
    private final LogDirectories directories;
    private final ReplicaThrottle throttle;
    private final Exchange exchange;

    /// Bounded by the partitions here.
    private final Map<Partition, Wanted> wanted = new LinkedHashMap<>();

    private int running;
    private boolean closed;

    ReplicaMoves(Env env, LogDirectories directories, ReplicaThrottle throttle, Exchange exchange) {
        this.env = env;
        this.turn = env.newTurn("moves between log directories");
        this.directories = directories;
        this.throttle = throttle;
        this.exchange = exchange;
    }

    /// Moves it there; a move elsewhere is given up.
    void begin(Partition partition, LogDirectory target) {
        turn.run(() -> {
            Wanted known = wanted.get(partition);
            if (!closed && (known == null || !known.target.equals(target))) {
                giveUp(wanted.remove(partition));
                wanted.put(partition, new Wanted(target));
                env.workers().execute("move " + partition.name(), this::startNext);
            }
        });
    }

    /// It stays where it is.
    void cancel(Partition partition) {
        turn.run(() -> giveUp(wanted.remove(partition)));
    }

    private static void giveUp(@Nullable Wanted gone) {
        if (gone != null && gone.move != null) {
            gone.move.cancel(); // its next step removes the copy
        }
    }

    /// No step begins any more; what was copied is found by the next start, which begins anew.
    void close() {
        turn.run(() -> {
            closed = true;
            wanted.clear();
        });
    }

    /// Those that have begun.
    List<ReplicaMove> all() {
        return turn.take(() -> {
            var all = new ArrayList<ReplicaMove>(wanted.size());
            for (Wanted each : wanted.values()) {
                if (each.move != null) {
                    all.add(each.move);
                }
            }
            return all;
        });
    }

    private void startNext() {
        Map.Entry<Partition, Wanted> next =
                turn.take(() -> {
                    if (closed || running >= directories.all().size()) {
                        return null;
                    }
                    for (Map.Entry<Partition, Wanted> each : wanted.entrySet()) {
                        if (each.getValue().move == null) {
                            running++;
                            return Map.entry(each.getKey(), each.getValue());
                        }
                    }
                    return null;
                });
        if (next != null) {
            start(next.getKey(), next.getValue());
        }
    }

    private void start(Partition partition, Wanted asked) {
        try {
            var move = begun(partition, asked.target);
            turn.run(() -> {
                asked.move = move;
                if (wanted.get(partition) != asked) {
                    move.cancel();
                }
            });
            LOG.info("{} goes to {}", partition.name(), asked.target.path());
            step(move);
        } catch (IOException e) {
            LOG.warn("{} cannot go to {}: {}", partition.name(), asked.target.path(), e.toString());
            turn.run(() -> wanted.remove(partition, asked));
            ended();
        }
    }

    private ReplicaMove begun(Partition partition, LogDirectory target) throws IOException {
        try {
            return ReplicaMove.begin(partition, directories, target);
        } catch (RuntimeException | OutOfMemoryError e) {
            throw unforeseen(partition, e);
        }
    }

    private void ended() {
        turn.run(() -> running--);
        startNext();
    }

    private void later(ReplicaMove move, long delayMs) {
        Runnable step =
                () -> env.workers().execute("move " + move.partition().name(), () -> step(move));
        if (delayMs == 0) {
            step.run();
        } else {
            env.timers().schedule(delayMs, step);
        }
    }

    private void step(ReplicaMove move) {
        boolean there = false;
        String what;
        try {
            if (turn.take(() -> closed)) {
                return;
            }
            boolean stays = move.cancelled();
            if (!stays && goesOn(move)) {
                return;
            }
            there = !stays;
            what = there ? "is there" : "is not wanted any more";
        } catch (IOException e) {
            what = "has failed: " + e;
        } catch (RuntimeException | OutOfMemoryError e) {
            what = "has failed: " + unforeseen(move.partition(), e);
        }
        finish(move, what);
        if (!there) {
            discard(move);
        }
    }

    /// No memory, for instance: this replica stays where it is, and the others have their turn.
    private static IOException unforeseen(Partition partition, Throwable e) {
        if (e instanceof Invariant.Broken broken) {
            throw broken;
        }
        LOG.error("{}: its move failed", partition.name(), e);
        return new IOException(e.toString(), e);
    }

    /// @return false when it is done
    private boolean goesOn(ReplicaMove move) throws IOException {
        boolean throttled = throttle.limits(move.partition().name());
        long atHand = throttled ? throttle.atHand() : CHUNK;
        int copied = atHand > 0 ? move.copy((int) Math.min(atHand, CHUNK)) : -1;
        if (throttled && copied > 0) {
            throttle.spent(copied);
        }
        if (copied != 0) {
            later(move, copied < 0 ? throttle.waitMs() : 0);
            return true;
        }
        move.flush();
        if (exchange.tryWith(move)) {
            return false;
        }
        later(move, AGAIN_MS);
        return true;
    }

    private void finish(ReplicaMove move, String what) {
        LOG.info("{}: the copy in {} {}", move.partition().name(), move.target().path(), what);
        turn.run(() -> {
            Wanted known = wanted.get(move.partition());
            if (known != null && known.move == move) {
                wanted.remove(move.partition());
            }
        });
        ended();
    }

    private static void discard(ReplicaMove move) {
        try {
            move.discard();
        } catch (IOException e) {
            LOG.warn(
                    "{}: the copy in {} cannot be removed: {}",
                    move.partition().name(),
                    move.target().path(),
                    e.toString());
        }
    }
}
