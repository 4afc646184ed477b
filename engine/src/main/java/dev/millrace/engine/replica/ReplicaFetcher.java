package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.EpochEnd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches all partitions that this broker follows from one leader.
///
/// ```
///   idle --somebody to follow, this process registered--> asking --answer--> appending, flushing --all may be reported--> asking
///                                  |  ^                                                            |
///                                  `--'  no answer: after a pause                       nobody left: idle
///
///   a partition:  asked for <--> paused: after an error of its own, while it is cut, or for a throttle
/// ```
/// One round at a time: a fetch says of every partition it names that everything below is here, flushed as the topic says. Nobody is held up
/// by another partition's pause, and nobody's pause is made longer by a fetch that waits: it waits no longer than until somebody is to
/// be asked for again.
///
/// **Owner.** Its turn, in which partitions' turns may be taken.
final class ReplicaFetcher {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetcher.class);
    private static final long FIRST_PAUSE_MS = 50;

    /// For somebody whose pause should be over.
    private static final long SHORTEST_WAIT_MS = 5;

    /// As the session knows a partition.
    record Key(Uuid topicId, int partition) {}

    private static final class Followed {
        private final Partition partition;
        private final int leaderEpoch;

        /// The leader was asked for it: what it answers is of this epoch.
        private boolean asked;

        /// As far as its leader has said, and before that as the controller has decided: what a throttle may hold back.
        private boolean behind;

        private long pauseMs = FIRST_PAUSE_MS;

        /// Where the leader was told that the log here begins.
        private long toldStart = -1;

        private Followed(Partition partition, int leaderEpoch, boolean behind) {
            this.partition = partition;
            this.leaderEpoch = leaderEpoch;
            this.behind = behind;
        }

        /// Whether the log has come to begin elsewhere, which the leader may wait for (DeleteRecords).
        private boolean startHasMoved(long leaderStart) {
            return leaderStart != toldStart && partition.logStart() != toldStart;
        }
    }

    private final int leaderId;
    private final FetcherRequests requests;
    private final Env env;
    private final Turn turn;
    private final Peers peers;
    private final Supplier<Peers.@Nullable Address> address;
    private final FetcherSettings settings;
    private final ReplicaThrottle throttle;
    private final Map<Key, Followed> followed = new LinkedHashMap<>();

    /// Those that are not asked for at present, and until when, by the monotonic clock.
    private final Map<Key, Long> pausedUntilMs = new HashMap<>();

    /// What the leader has to be told of them.
    private final Set<Key> changed = new LinkedHashSet<>();

    private final Set<Key> forgotten = new LinkedHashSet<>();
    private long pauseMs = FIRST_PAUSE_MS;
    private boolean running;
    private boolean closed;

    ReplicaFetcher(
            int leaderId,
            FetcherRequests requests,
            Env env,
            Peers peers,
            Supplier<Peers.@Nullable Address> address,
            FetcherSettings settings,
            ReplicaThrottle throttle) {
        this.leaderId = leaderId;
        this.requests = requests;
        this.env = env;
        this.turn = env.newTurn("fetcher from " + leaderId);
        this.peers = peers;
        this.address = address;
        this.settings = settings;
        this.throttle = throttle;
    }

    private static Key key(Partition partition) {
        return new Key(partition.topicId(), partition.name().partition());
    }

    /// @param inSync see [Replication#follow]
    void follow(Partition partition, int leaderEpoch, boolean inSync) {
        boolean begins =
                turn.take(() -> {
                    Key key = key(partition);
                    Followed known = followed.get(key);
                    if (known != null && known.leaderEpoch == leaderEpoch) {
                        return false;
                    }
                    followed.put(key, new Followed(partition, leaderEpoch, !inSync));
                    pausedUntilMs.remove(key);
                    forgotten.remove(key);
                    changed.add(key);
                    boolean rests = !running && !closed;
                    running |= rests;
                    return rests;
                });
        if (begins) {
            later(0);
        }
    }

    void forget(Partition partition) {
        turn.run(() -> {
            Key key = key(partition);
            if (followed.remove(key) != null) {
                pausedUntilMs.remove(key);
                forgetInSession(key);
            }
        });
    }

    private void forgetInSession(Key key) {
        changed.remove(key);
        if (!requests.namesAll()) {
            forgotten.add(key);
        }
    }

    void close() {
        turn.run(() -> {
            closed = true;
            followed.clear();
            pausedUntilMs.clear();
        });
    }

    /// On a worker: the caller may hold turns, and logs may have to be opened.
    private void later(long delayMs) {
        Runnable round = () -> env.workers().execute("fetch from " + leaderId, this::round);
        if (delayMs == 0) {
            round.run();
        } else {
            env.timers().schedule(delayMs, round);
        }
    }

    /// One that fails in a way that nobody has foreseen (no memory, for instance) is not the last.
    private void round() {
        try {
            ask();
        } catch (Invariant.Broken broken) {
            throw broken;
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("Broker {} could not be asked", leaderId, e);
            lost(e.toString());
        }
    }

    private void ask() {
        if (!turn.take(requests::register)) {
            later(FIRST_PAUSE_MS);
            return;
        }
        FetchRequestData request = turn.take(this::nextRequest);
        if (request == null) {
            return;
        }
        Peers.Address to = address.get();
        if (to == null) {
            lost("its address is not known");
            return;
        }
        peers.borrow(
                        to,
                        ApiKeys.FETCH.latestVersion(false),
                        request,
                        settings.timeoutMs() + (long) settings.waitMs())
                .whenComplete((answer, failure) ->
                        env.workers()
                                .execute(
                                        "replicate from " + leaderId,
                                        () -> answered(answer, failure)));
    }

    /// What came is appended, and its memory free for other answers, before the next round begins.
    private void answered(Peers.@Nullable Borrowed answer, @Nullable Throwable failure) {
        if (answer == null) {
            lost(String.valueOf(failure));
            return;
        }
        boolean goesOn = false;
        boolean taken = false;
        List<CompletableFuture<Errors>> unreported = new ArrayList<>();
        try {
            goesOn = answered(answer.message(), unreported);
            taken = true;
        } finally {
            answer.giveBack().run();
            if (!taken) {
                lost("its answer could not be taken"); // and is asked again, whatever that was
            }
        }
        if (!goesOn) {
            return;
        }
        if (unreported.isEmpty()) {
            round(); // on this worker, and not by way of another
        } else {
            roundAfter(unreported);
        }
    }

    private void roundAfter(List<CompletableFuture<Errors>> unreported) {
        var _ =
                CompletableFuture.allOf(unreported.toArray(CompletableFuture<?>[]::new))
                        .whenComplete((_, _) -> later(0));
    }

    /// @return null when there is nothing to ask for, or not yet
    private @Nullable FetchRequestData nextRequest() {
        check(running, "one round at a time");
        if (closed || pausedUntilMs.size() == followed.size()) {
            running = false;
            requests.reset();
            return null;
        }
        if (requests.namesAll()) {
            changed.addAll(followed.keySet());
            forgotten.clear();
        }
        List<FetcherRequests.Wanted> wanted = new ArrayList<>(changed.size());
        List<CompletableFuture<Errors>> unreported = new ArrayList<>(0);
        var share = new ThrottledShare(throttle, settings.maxBytes());
        int left = changed.size();
        for (Key key : List.copyOf(changed)) {
            if (wanted.size() == FetcherRequests.MOST) {
                break;
            }
            left--;
            Followed each = followed.get(key);
            if (each == null || pausedUntilMs.containsKey(key)) {
                continue;
            }
            int bytes = share.of(each.partition.name(), each.behind);
            FetcherRequests.Wanted next =
                    bytes > 0 ? wanted(key, each, bytes, unreported) : hold(key, each);
            if (next != null) {
                each.asked = true;
                wanted.add(next);
            }
        }
        if (!unreported.isEmpty()) {
            roundAfter(unreported);
            return null;
        }
        // Those that are left come with the next request, for which the leader does not wait.
        int waitMs = left > 0 ? 0 : waitMs();
        var request = requests.next(wanted, List.copyOf(forgotten), waitMs);
        if (left == 0) {
            changed.clear();
        } else {
            List.copyOf(changed).subList(0, changed.size() - left).forEach(changed::remove);
        }
        forgotten.clear();
        return request;
    }

    /// How long the leader may wait for news.
    private int waitMs() {
        long nowMs = env.clock().monotonicMs();
        long waitMs = settings.waitMs();
        for (long untilMs : pausedUntilMs.values()) {
            waitMs = Math.min(waitMs, Math.max(SHORTEST_WAIT_MS, untilMs - nowMs));
        }
        return (int) waitMs;
    }

    /// Until the rate allows more.
    private FetcherRequests.@Nullable Wanted hold(Key key, Followed each) {
        long waitMs = throttle.waitMs();
        notAsked(key, waitMs);
        env.timers().schedule(waitMs, () -> resume(key, each));
        return null;
    }

    /// Until [#resume].
    ///
    /// @param expectedMs how long that will be
    private void notAsked(Key key, long expectedMs) {
        pausedUntilMs.put(key, env.clock().monotonicMs() + expectedMs);
        forgetInSession(key);
    }

    /// @param unreported gets what has to be flushed before it may be reported
    private FetcherRequests.@Nullable Wanted wanted(
            Key key, Followed each, int bytes, List<CompletableFuture<Errors>> unreported) {
        try {
            FollowerPosition position = each.partition.following().position(each.leaderEpoch);
            if (position == null) { // it has another role already, and will be followed in that
                followed.remove(key);
                forgetInSession(key);
                return null;
            }
            if (!position.isReportable()) {
                unreported.add(position.reportable().toCompletableFuture());
                return null;
            }
            each.toldStart = position.logStart();
            return new FetcherRequests.Wanted(key, each.leaderEpoch, position, bytes);
        } catch (IOException e) {
            pause(key, each, e.toString());
            return null;
        }
    }

    /// @param unreported gets what has to be flushed before the next fetch may report it
    /// @return false when the next round is on its way already, or waits
    private boolean answered(ApiMessage answer, List<CompletableFuture<Errors>> unreported) {
        if (!(answer instanceof FetchResponseData response)) {
            lost("it answers with " + answer.apiKey());
            return false;
        }
        if (response.errorCode() != Errors.NONE.code()) {
            // Of a session that the leader has lost; a new one names everything.
            Errors error = Errors.forCode(response.errorCode());
            turn.run(requests::reset);
            if (error == Errors.FETCH_SESSION_ID_NOT_FOUND
                    || error == Errors.INVALID_FETCH_SESSION_EPOCH) {
                return true;
            }
            lost("it answers " + error);
            return false;
        }
        turn.run(() -> {
            requests.answered(response.sessionId());
            pauseMs = FIRST_PAUSE_MS;
        });
        for (FetchableTopicResponse topic : response.responses()) {
            for (PartitionData data : topic.partitions()) {
                take(new Key(topic.topicId(), data.partitionIndex()), data, unreported);
            }
        }
        return true;
    }

    private void lost(String why) {
        long delayMs =
                turn.take(() -> {
                    requests.reset();
                    long now = pauseMs;
                    pauseMs = Math.min(2 * pauseMs, Math.max(settings.backoffMs(), 1));
                    return now;
                });
        if (delayMs >= settings.backoffMs()) {
            LOG.info("Broker {} cannot be fetched from: {}", leaderId, why);
        }
        later(delayMs);
    }

    /// Appends one partition's part of an answer.
    private void take(Key key, PartitionData data, List<CompletableFuture<Errors>> unreported) {
        Followed each = turn.take(() -> followed.get(key));
        if (each == null || !each.asked) {
            return; // followed no more, or in another epoch
        }
        Cut cut = cut(each, data);
        if (cut != null) {
            cutAside(key, each, cut);
            return;
        }
        try {
            boolean throttled = each.behind && throttle.limits(each.partition.name());
            if (throttled && data.records() != null) {
                throttle.spent(data.records().sizeInBytes());
            }
            if (take(each, data, unreported)) {
                turn.run(() -> {
                    if (followed.get(key) == each) {
                        each.pauseMs = FIRST_PAUSE_MS;
                        changed.add(key);
                    }
                });
            }
        } catch (IOException
                | KafkaException e) { // the latter of batches that cannot even be told apart
            pause(key, each, e.toString());
        }
    }

    /// Makes the log a beginning of its leader's; durable on return.
    private interface Cut {
        void make() throws IOException;
    }

    /// What is to be cut off before the leader can be asked for more; null for nothing.
    private static @Nullable Cut cut(Followed each, PartitionData data) {
        Following following = each.partition.following();
        int epoch = data.divergingEpoch().epoch();
        long end = data.divergingEpoch().endOffset();
        long start = data.logStartOffset();
        long highWatermark = data.highWatermark();
        Errors error = Errors.forCode(data.errorCode());
        if (error == Errors.OFFSET_OUT_OF_RANGE && start >= 0) {
            return () -> following.begins(each.leaderEpoch, start, highWatermark);
        }
        return error == Errors.NONE && (epoch >= 0 || end >= 0)
                ? () -> following.departs(each.leaderEpoch, new EpochEnd(epoch, end))
                : null;
    }

    /// On a worker of its own: every cut waits for the disk, and a leader's end cuts many logs.
    private void cutAside(Key key, Followed each, Cut cut) {
        boolean goesOn =
                turn.take(() -> {
                    boolean still = followed.get(key) == each;
                    if (still) {
                        notAsked(key, FIRST_PAUSE_MS);
                    }
                    return still;
                });
        if (goesOn) {
            env.workers()
                    .execute(
                            "cut " + each.partition.name(),
                            () -> {
                                String failure = "it could not be cut";
                                try {
                                    cut.make();
                                    failure = "";
                                } catch (IOException | KafkaException e) {
                                    failure = e.toString();
                                } finally {
                                    wasCut(key, each, failure);
                                }
                            });
        }
    }

    private void wasCut(Key key, Followed each, String failure) {
        if (failure.isEmpty()) {
            turn.run(() -> each.pauseMs = FIRST_PAUSE_MS);
            resume(key, each);
        } else {
            turn.run(() -> {
                if (followed.get(key) == each) {
                    pausedUntilMs.remove(key);
                }
            });
            pause(key, each, failure);
        }
    }

    /// @return whether the partition is to be asked for anew
    private static boolean take(
            Followed each, PartitionData data, List<CompletableFuture<Errors>> unreported)
            throws IOException {
        Partition partition = each.partition;
        Errors error = Errors.forCode(data.errorCode());
        if (error != Errors.NONE) {
            throw new IOException("it answers " + error);
        }
        MemoryRecords records =
                data.records() instanceof MemoryRecords some ? some : MemoryRecords.EMPTY;
        var durable =
                partition
                        .following()
                        .replicate(
                                each.leaderEpoch,
                                records,
                                data.highWatermark(),
                                data.logStartOffset())
                        .toCompletableFuture();
        if (!durable.isDone()) {
            unreported.add(durable);
        }
        each.behind = partition.logEnd() < data.highWatermark();
        return records.sizeInBytes() > 0 || each.startHasMoved(data.logStartOffset());
    }

    /// One partition is not asked for until a while has passed: its leader or this broker has to learn something first.
    private void pause(Key key, Followed each, String why) {
        long delayMs =
                turn.take(() -> {
                    if (followed.get(key) != each || pausedUntilMs.containsKey(key)) {
                        return -1L;
                    }
                    long now = each.pauseMs;
                    notAsked(key, now);
                    each.pauseMs = Math.min(2 * now, Math.max(settings.backoffMs(), 1));
                    return now;
                });
        if (delayMs >= settings.backoffMs()) {
            LOG.info(
                    "{} cannot be fetched from broker {}: {}",
                    each.partition.name(),
                    leaderId,
                    why);
        }
        if (delayMs >= 0) {
            env.timers().schedule(delayMs, () -> resume(key, each));
        }
    }

    private void resume(Key key, Followed each) {
        boolean begins =
                turn.take(() -> {
                    if (followed.get(key) != each) {
                        return false;
                    }
                    pausedUntilMs.remove(key);
                    forgotten.remove(key);
                    changed.add(key);
                    boolean rests = !running && !closed;
                    running |= rests;
                    return rests;
                });
        if (begins) {
            later(0);
        }
    }
}
