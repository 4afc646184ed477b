package dev.millrace.engine.replica;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.Compaction;
import dev.millrace.engine.log.CompactionResult;
import dev.millrace.engine.log.CorruptLogException;
import dev.millrace.engine.log.UncleanableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compacts the partitions that are here, the dirtiest first: `docs/compaction.md`.
///
/// ```
///   resting --log.cleaner.backoff.ms--> looking --something is due--> passes, step by step, on workers
///      ^                                  |  ^                          |
///      +----------- nothing is due -------+  +---- one has ended -------+
/// ```
///
/// **Owner.** Itself: what changes here changes in its turn, which is taken before a partition's and never within one. A pass is
/// stepped by one worker at a time, and whoever waits for a worker comes in between. **Bound.** `log.cleaner.threads` passes.
public final class Cleaner {
    private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);

    /// Logs that rest and are opened in one look: the first looks after a start are not a burst of reads.
    private static final int OPENED_A_LOOK = 50;

    private static final double MB = 1 << 20;

    private final Env env;
    private final Turn turn;
    private final Supplier<Collection<Partition>> partitions;
    private final Supplier<CleanerSettings> settings;
    private final Map<TopicPartition, CleanerPass> running = new TreeMap<>(LogDirectories.BY_NAME);
    private final CleanerSetbacks setbacks = new CleanerSetbacks();
    private final CleanerPace pace = new CleanerPace();
    private Timers.@Nullable Timer next;
    private boolean looking;

    /// A pass has ended while somebody was looking.
    private boolean lookAgain;

    private volatile boolean closed;
    private double maxDirtyRatio;
    private int due;
    private long done;
    private long cancelled;
    private long failed;
    private long readBytes;
    private long writtenBytes;
    private long readRecords;
    private long keptRecords;

    /// @param partitions all that are here now
    /// @param settings as they are now
    public Cleaner(
            Env env,
            Supplier<Collection<Partition>> partitions,
            Supplier<CleanerSettings> settings) {
        this.env = env;
        this.turn = env.newTurn("cleaner");
        this.partitions = partitions;
        this.settings = settings;
    }

    /// Begins to look now and then.
    public void start() {
        turn.run(() -> lookIn(settings.get().backoffMs()));
    }

    /// Nothing is begun from now on; what is under way ends with its present step, and is undone by the next start.
    public void close() {
        turn.run(() -> {
            closed = true;
            cancelTimer();
        });
    }

    /// What it does and has done; any thread.
    public CleanerReport report() {
        return turn.take(() ->
                new CleanerReport(
                        maxDirtyRatio,
                        due,
                        running.values().stream()
                                .map(pass ->
                                        new CleanerReport.Running(pass.name(), pass.progress()))
                                .toList(),
                        setbacks.uncleanable(),
                        done,
                        cancelled,
                        failed,
                        readBytes,
                        writtenBytes,
                        readRecords,
                        keptRecords));
    }

    // ------------------------------------------------------------------ look

    private void lookIn(long delayMs) {
        if (!closed && !looking && next == null) {
            next =
                    env.timers()
                            .schedule(
                                    delayMs,
                                    () -> env.workers().execute("what is dirty", this::look));
        }
    }

    private void cancelTimer() {
        Timers.Timer waiting = next;
        next = null;
        if (waiting != null) {
            waiting.cancel();
        }
    }

    private void look() {
        CleanerSettings now = settings.get();
        int free =
                turn.take(() -> {
                    next = null;
                    boolean begins = !closed && !looking;
                    looking |= begins;
                    return !begins ? -1 : now.enabled() ? now.threads() - running.size() : 0;
                });
        if (free < 0) {
            return;
        }
        List<CleanerPass> begun = new ArrayList<>();
        try {
            begin(now, free, begun);
        } finally { // a look that failed is not the last one
            turn.run(() -> looked(now, begun));
            begun.forEach(this::goOn);
        }
    }

    private void looked(CleanerSettings now, List<CleanerPass> begun) {
        looking = false;
        boolean again = lookAgain;
        lookAgain = false;
        begun.forEach(pass -> running.put(pass.name(), pass));
        if (again) {
            lookIn(0);
        } else if (running.size() < Math.max(1, now.threads())) {
            lookIn(now.backoffMs());
        }
    }

    /// Looks at every partition, and plans passes for the dirtiest.
    private void begin(CleanerSettings now, int free, List<CleanerPass> begun) {
        if (free == 0) {
            return;
        }
        for (CompactedPartition each : dirtiest(now)) {
            if (begun.size() == free) {
                return;
            }
            try {
                Compaction pass = each.begin(now.limits(), env.clock().wallMs());
                if (pass != null) {
                    begun.add(new CleanerPass(each, pass, env.clock().nanos()));
                }
            } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
                failed(each.partition(), now, setback(each.partition().name(), e));
            }
        }
    }

    /// Those that are due, the dirtiest first.
    private List<CompactedPartition> dirtiest(CleanerSettings now) {
        List<CompactedPartition> found = new ArrayList<>();
        double greatest = 0;
        int mayOpen = OPENED_A_LOOK;
        for (Partition partition : allowed(now)) {
            var each = new CompactedPartition(partition);
            try {
                if (each.look(env.clock().wallMs(), mayOpen > 0)) {
                    greatest = Math.max(greatest, each.range().dirtyRatio());
                    mayOpen -= each.opened() ? 1 : 0;
                    if (each.isDue()) {
                        found.add(each);
                    }
                }
            } catch (IOException | RuntimeException e) {
                failed(partition, now, setback(partition.name(), e));
            }
        }
        found.sort(Cleaner::dirtiestFirst);
        double ratio = greatest;
        turn.run(() -> {
            maxDirtyRatio = ratio;
            due = found.size();
        });
        return found;
    }

    private static int dirtiestFirst(CompactedPartition a, CompactedPartition b) {
        int byRatio = Double.compare(b.range().dirtyRatio(), a.range().dirtyRatio());
        return byRatio != 0
                ? byRatio
                : LogDirectories.BY_NAME.compare(a.partition().name(), b.partition().name());
    }

    /// A deleted topic's pass may still be in its last step when a topic of that name is here again: hence by name.
    private List<Partition> allowed(CleanerSettings now) {
        Collection<Partition> here = partitions.get();
        List<Partition> all = new ArrayList<>(here.size());
        long nowMs = env.clock().monotonicMs();
        turn.run(() -> {
            setbacks.retain(here);
            for (Partition each : here) {
                if (!running.containsKey(each.name()) && setbacks.allow(each, now, nowMs)) {
                    all.add(each);
                }
            }
        });
        return all;
    }

    // ------------------------------------------------------------------ step

    private void goOn(CleanerPass pass) {
        env.workers().execute("compact " + pass.name(), () -> step(pass));
    }

    private void step(CleanerPass pass) {
        CleanerSettings now = settings.get();
        try {
            if (closed) {
                pass.abandon();
                return;
            }
            CleanerPass.Stepped stepped = pass.step();
            count(stepped);
            if (pass.isOver()) {
                ended(pass, now);
            } else {
                wait(pass, Math.max(stepped.waitMs(), paceMs(now)));
            }
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            ended(pass, now, setback(pass.name(), e));
        }
    }

    /// Also of what nobody foresaw, as a batch that unpacks to more than the heap has: this partition is tried again later, the others are
    /// none the worse.
    private static IOException setback(TopicPartition name, Throwable e) {
        if (e instanceof Invariant.Broken broken) {
            throw broken;
        }
        if (e instanceof IOException failure) {
            return failure;
        }
        LOG.error("{}: compaction failed", name, e);
        return new IOException(e.toString(), e);
    }

    private void count(CleanerPass.Stepped stepped) {
        turn.run(() -> {
            readBytes += stepped.read();
            writtenBytes += stepped.written();
            pace.add(stepped.read() + stepped.written(), env.clock().nanos());
        });
    }

    private long paceMs(CleanerSettings now) {
        return turn.take(() -> pace.waitMs(env.clock().nanos(), now.maxBytesPerSecond()));
    }

    private void wait(CleanerPass pass, long delayMs) {
        if (delayMs == 0) {
            goOn(pass);
            return;
        }
        env.timers()
                .schedule(
                        delayMs,
                        () -> {
                            long more = paceMs(settings.get());
                            if (more > 0 && !closed) {
                                wait(pass, more);
                            } else {
                                goOn(pass);
                            }
                        });
    }

    private void ended(CleanerPass pass, CleanerSettings now) {
        CompactionResult result = pass.result();
        boolean isDone = result.outcome() == CompactionResult.Outcome.DONE;
        if (isDone) {
            LOG.info(
                    "{}: compacted up to offset {} in {} s: {} of {} records stay, {} of {} MB",
                    pass.name(),
                    result.end(),
                    Math.round((env.clock().nanos() - pass.beganNs()) / 1e6) / 1e3,
                    result.recordsOut(),
                    result.recordsIn(),
                    Math.round(result.bytesOut() / MB),
                    Math.round(result.bytesIn() / MB));
        } else {
            LOG.info("{}: compaction was given up, the log has changed", pass.name());
        }
        turn.run(() -> {
            readRecords += result.recordsIn();
            keptRecords += result.recordsOut();
            if (isDone) {
                done++;
                setbacks.done(pass.partition());
            } else {
                cancelled++;
                setbacks.cancelled(pass.partition(), now, env.clock().monotonicMs());
            }
            over(pass);
        });
    }

    private void ended(CleanerPass pass, CleanerSettings now, IOException failure) {
        try {
            pass.abandon();
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e); // the next start deletes it
        }
        failed(pass.partition(), now, failure);
        turn.run(() -> over(pass));
    }

    private void failed(Partition partition, CleanerSettings now, IOException failure) {
        boolean forGood =
                failure instanceof UncleanableException || failure instanceof CorruptLogException;
        String reason = String.valueOf(failure.getMessage());
        if (forGood) {
            LOG.warn("{} cannot be compacted: {}", partition.name(), reason);
        }
        turn.run(() -> {
            failed++;
            if (forGood) {
                setbacks.uncleanable(partition, now, reason);
            } else {
                long waitMs = setbacks.failed(partition, now, env.clock().monotonicMs());
                LOG.warn(
                        "{}: compaction failed, tried again in {} s: {}",
                        partition.name(),
                        waitMs / 1_000,
                        failure.toString());
            }
        });
    }

    /// Another may be due meanwhile.
    private void over(CleanerPass pass) {
        running.remove(pass.name());
        if (looking) {
            lookAgain = true;
        } else {
            cancelTimer();
            lookIn(0);
        }
    }
}
