package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.env.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.jspecify.annotations.Nullable;

/// What one client fetches again and again (KIP-227): each request names only what changed, and only what changed is read.
///
/// ```
///   epoch:   0 (create) -> 1 -> 2 -> ... -> Integer.MAX_VALUE -> 1
///
///   target:  in line --read, nothing more to see--> watching --the partition changed, the client asks anew--> in line
/// ```
/// A session watches its partitions for as long as it lives. Whoever changes puts the target into the line of those that the next
/// fetch reads; so a fetch costs what has changed, not what the client has subscribed to. Who was served stands behind those who
/// found no room in the answer.
///
/// **Owner.** Its turn; a request holds it while it changes the targets and while it shapes the answer, not while it reads or
/// waits. The line, the count and the wait are atomic: partitions call [#changed] in turns of their own.
public final class FetchSession {
    /// The session id of a request and an answer outside of any session.
    public static final int NONE = 0;

    static final int INITIAL_EPOCH = 0;
    static final int FINAL_EPOCH = -1;

    private final int id;
    private final boolean topicIds;
    private final boolean follower;
    private final boolean tellsHighWatermark;
    private final Turn turn;
    private final LinkedHashMap<FetchTarget.Key, FetchTarget> targets = new LinkedHashMap<>();
    private final Queue<FetchTarget> line = new ConcurrentLinkedQueue<>();

    /// Bytes that became visible since the line was last taken.
    private final AtomicLong arrived = new AtomicLong();

    /// Of its last request: to whom what arrives is visible.
    private volatile Isolation isolation = Isolation.READ_UNCOMMITTED;

    private volatile @Nullable FetchWait waiting;

    /// How often the line was taken; guarded by the turn.
    private long lines;

    private int nextEpoch = INITIAL_EPOCH + 1;
    private boolean ended;

    /// When a request last used it; guarded by the turn of [FetchSessions].
    private long usedAtMs;

    /// @param follower whether it was opened by one
    /// @param tellsHighWatermark whether a follower is to hear at once of a higher one
    FetchSession(
            int id, boolean topicIds, boolean follower, boolean tellsHighWatermark, Turn turn) {
        this.id = id;
        this.topicIds = topicIds;
        this.follower = follower;
        this.tellsHighWatermark = tellsHighWatermark;
        this.turn = turn;
    }

    public int id() {
        return id;
    }

    boolean topicIds() {
        return topicIds;
    }

    boolean follower() {
        return follower;
    }

    int size() {
        return turn.take(targets::size);
    }

    long usedAtMs() {
        return usedAtMs;
    }

    void usedAtMs(long nowMs) {
        usedAtMs = nowMs;
    }

    /// Takes the epoch of a request; false when it is not the one expected.
    boolean enter(int epoch, FetchRequestData request) {
        return turn.take(() -> {
            if (epoch != nextEpoch) {
                return false;
            }
            nextEpoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
            isolation = Isolation.of(request);
            each(request, this::put);
            for (var topic : request.forgottenTopicsData()) {
                for (int partition : topic.partitions()) {
                    forget(targets.remove(key(topic.topicId(), topic.topic(), partition)));
                }
            }
            return true;
        });
    }

    private static void forget(@Nullable FetchTarget target) {
        if (target != null) {
            target.forget();
        }
    }

    void fill(FetchRequestData request) {
        turn.run(() -> {
            isolation = Isolation.of(request);
            each(request, this::put);
        });
    }

    private void put(FetchTarget.Key key, FetchPartition wanted) {
        FetchTarget known = targets.get(key);
        if (known == null) {
            known = new FetchTarget(key, wanted, this);
            targets.put(key, known);
        } else {
            known.update(wanted);
        }
        lineUp(known);
    }

    /// Nobody uses it any more; its partitions forget it.
    void end() {
        turn.run(() -> {
            ended = true;
            targets.values().forEach(FetchTarget::forget);
            targets.clear();
        });
    }

    /// All partitions of the session, in the order in which the client named them.
    List<FetchTarget> targets() {
        return turn.take(() -> new ArrayList<>(targets.values()));
    }

    /// Those that may have something to see, in the order in which they are to be read, each once: who comes back into the line meanwhile
    /// is read after that anyway, and an answer that has a record twice is none that a follower can append. They leave the line; when they
    /// have been read, [#lineUpAgain] decides who comes back.
    public List<FetchTarget> takeLine() {
        return turn.take(() -> {
            lines++;
            arrived.set(0);
            var taken = new ArrayList<FetchTarget>();
            for (FetchTarget next = line.poll(); next != null; next = line.poll()) {
                if (next.leaveLine(lines)) {
                    taken.add(next);
                }
            }
            return taken;
        });
    }

    /// Who found no room in this answer comes before those who were served: a busy partition must not starve the others.
    public void lineUpAgain(List<FetchTarget> read) {
        lineUp(read, FetchTarget.Found.NOT_YET);
        lineUp(read, FetchTarget.Found.RECORDS);
    }

    private void lineUp(List<FetchTarget> read, FetchTarget.Found which) {
        for (FetchTarget target : read) {
            if (target.found() == which) {
                lineUp(target);
            }
        }
    }

    void lineUp(FetchTarget target) {
        if (target.enterLine()) {
            line.add(target);
        }
    }

    void watch(FetchTarget target, @Nullable Partition partition) {
        turn.run(() -> {
            if (!ended && targets.get(target.key()) == target) {
                target.watch(partition);
            }
        });
    }

    /// Called in the turn of a target's partition.
    @Nullable FetchWait changed(
            FetchTarget target, long visibleBytes, long stableBytes, long appendedBytes) {
        Isolation reader = isolation;
        long bytes =
                tellsHighWatermark && reader == Isolation.LOG_END && visibleBytes > 0
                        ? FetchWatcher.ENOUGH
                        : reader.of(visibleBytes, stableBytes, appendedBytes);
        lineUp(target);
        arrived.addAndGet(bytes);
        FetchWait wait = waiting;
        return wait == null ? null : wait.changed(bytes);
    }

    /// Waits for so many bytes more than the last reading found; what has arrived since counts (V2).
    public FetchWait await(long missingBytes) {
        var wait = new FetchWait(missingBytes, isolation);
        waiting = wait;
        if (wait.changed(arrived.get()) != null) {
            wait.wake();
        }
        return wait;
    }

    /// The wait is over, for whatever reason.
    public void resumed() {
        waiting = null;
    }

    /// Shapes an answer, which remembers what the client is told.
    public <T> T take(Supplier<T> action) {
        return turn.take(action);
    }

    /// The partitions that a request names, for a fetch without a session.
    static List<FetchTarget> targetsOf(FetchRequestData request) {
        Map<FetchTarget.Key, FetchTarget> named = new LinkedHashMap<>();
        each(request, (key, wanted) -> named.put(key, new FetchTarget(key, wanted, null)));
        return new ArrayList<>(named.values());
    }

    private static void each(
            FetchRequestData request, BiConsumer<FetchTarget.Key, FetchPartition> action) {
        for (var topic : request.topics()) {
            for (FetchPartition wanted : topic.partitions()) {
                action.accept(key(topic.topicId(), topic.topic(), wanted.partition()), wanted);
            }
        }
    }

    private static FetchTarget.Key key(Uuid id, String topic, int partition) {
        check(id.equals(Uuid.ZERO_UUID) || topic.isEmpty(), "a topic is named by id or by name");
        return new FetchTarget.Key(id, topic, partition);
    }
}
