package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.env.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;

/// What one client fetches again and again (KIP-227): each request names only what changed.
///
/// ```
///   epoch:   0 (create) -> 1 -> 2 -> ... -> Integer.MAX_VALUE -> 1
/// ```
///
/// **Owner.** Its turn; a request holds it while it changes the targets and while it shapes the answer, not while it waits.
public final class FetchSession {
    /// The session id of a request and an answer outside of any session.
    public static final int NONE = 0;

    static final int INITIAL_EPOCH = 0;
    static final int FINAL_EPOCH = -1;

    private final int id;
    private final boolean topicIds;
    private final Turn turn;
    private final LinkedHashMap<FetchTarget.Key, FetchTarget> targets = new LinkedHashMap<>();
    private int nextEpoch = INITIAL_EPOCH + 1;

    /// When a request last used it; guarded by the turn of [FetchSessions].
    private long usedAtMs;

    FetchSession(int id, boolean topicIds, Turn turn) {
        this.id = id;
        this.topicIds = topicIds;
        this.turn = turn;
    }

    public int id() {
        return id;
    }

    boolean topicIds() {
        return topicIds;
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
            each(request, (key, wanted) -> put(targets, key, wanted));
            for (var topic : request.forgottenTopicsData()) {
                for (int partition : topic.partitions()) {
                    targets.remove(key(topic.topicId(), topic.topic(), partition));
                }
            }
            return true;
        });
    }

    void fill(FetchRequestData request) {
        turn.run(() -> each(request, (key, wanted) -> put(targets, key, wanted)));
    }

    /// The partitions in the order in which they are to be read.
    public List<FetchTarget> targets() {
        return turn.take(() -> new ArrayList<>(targets.values()));
    }

    /// Whether the answer to an incremental fetch must name the partition. One that got records goes to the end of the line,
    /// so that a busy partition does not starve the others when answers are full.
    public boolean tell(FetchTarget target, PartitionData answer) {
        return turn.take(() -> {
            boolean tell = target.worthTelling(answer);
            if (answer.records().sizeInBytes() > 0 && targets.remove(target.key(), target)) {
                targets.put(target.key(), target);
            }
            return tell;
        });
    }

    /// The partitions that a request names, for a fetch without a session.
    static List<FetchTarget> targetsOf(FetchRequestData request) {
        Map<FetchTarget.Key, FetchTarget> named = new LinkedHashMap<>();
        each(request, (key, wanted) -> put(named, key, wanted));
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

    private static void put(
            Map<FetchTarget.Key, FetchTarget> targets, FetchTarget.Key key, FetchPartition wanted) {
        FetchTarget known = targets.get(key);
        if (known == null) {
            targets.put(key, new FetchTarget(key, wanted));
        } else {
            known.update(wanted);
        }
    }
}
