package dev.millrace.engine.api;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.log.AbortedTransaction;
import dev.millrace.engine.replica.FetchReader;
import dev.millrace.engine.replica.FetchSession;
import dev.millrace.engine.replica.FetchSessions;
import dev.millrace.engine.replica.FetchTarget;
import dev.millrace.engine.replica.FetchWait;
import dev.millrace.engine.replica.Isolation;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.PartitionRead;
import dev.millrace.engine.replica.PreferredReplicas;
import dev.millrace.engine.replica.ReplicaReader;
import dev.millrace.engine.replica.ReplicaThrottle;
import dev.millrace.engine.replica.Replicas;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Reads batches, waiting for them when there are none.
///
/// - v7 incremental sessions (KIP-227), v9 leader epochs (KIP-320), v11 rack, and followers serve (KIP-392), v12 diverging epochs, v13 topic ids,
///   v15 replica state, v16 node endpoints, v17 replica directory, v18 high watermark
/// - an answer holds whole batches; the first one is sent even when it is larger than every limit (KIP-74)
/// - v4 isolation: a reader of committed records is told which transactions in the answer were aborted
/// - a follower reads to the end of the log, and says with its offset what it has (`docs/replication.md`)
/// - **not done**: remote log
public final class FetchHandler implements Handler<FetchRequestData, FetchResponseData> {
    private static final int FIRST_VERSION_WITH_TOPIC_IDS = 13;
    private static final int FIRST_VERSION_FROM_FOLLOWERS = 11;

    private final Replicas replicas;
    private final FetchSessions sessions;
    private final Clock clock;
    private final Timers timers;
    private final int maxBytes;
    private final PreferredReplicas preferred;
    private final ReplicaThrottle throttle;

    /// @param preferred where clients are sent that had better read from a follower
    /// @param throttle what leaders here give to followers that are not in sync
    /// @param maxBytes of one answer, whatever the client asks for (`fetch.max.bytes`)
    public FetchHandler(
            Replicas replicas,
            FetchSessions sessions,
            PreferredReplicas preferred,
            ReplicaThrottle throttle,
            Clock clock,
            Timers timers,
            int maxBytes) {
        this.replicas = replicas;
        this.sessions = sessions;
        this.preferred = preferred;
        this.throttle = throttle;
        this.clock = clock;
        this.timers = timers;
        this.maxBytes = maxBytes;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FETCH;
    }

    /// One request on its way, over all its rounds of reading and waiting.
    ///
    /// @param session null for a request without one, which has `named` partitions of its own
    /// @param near the brokers that the client had better read from; null when it is to read from the leader
    /// @param everything whether the answer names every partition that was read, or only what the client has not been told
    private record Fetch(
            @Nullable FetchSession session,
            List<FetchTarget> named,
            boolean everything,
            int minBytes,
            int maxBytes,
            FetchReader reader,
            @Nullable IntPredicate near,
            long deadlineNs) {
        /// Waits for nothing more.
        Fetch due() {
            return new Fetch(session, named, everything, 0, maxBytes, reader, near, deadlineNs);
        }
    }

    /// One partition's part of one round.
    ///
    /// @param heldBack for want of what the throttle allows
    private record Part(
            FetchTarget target,
            String topic,
            @Nullable Partition partition,
            PartitionRead result,
            boolean heldBack) {}

    @Override
    public Outcome<FetchResponseData> handle(RequestContext context, FetchRequestData request) {
        boolean topicIds = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
        return switch (sessions.enter(request, topicIds)) {
            case FetchSessions.Context.Refused(Errors error) ->
                    Outcome.reply(new FetchResponseData().setErrorCode(error.code()));
            case FetchSessions.Context.Sessionless(List<FetchTarget> targets) ->
                    read(fetch(context, request, null, targets, true), List.of());
            case FetchSessions.Context.Opened(FetchSession session) ->
                    read(fetch(context, request, session, List.of(), true), List.of());
            case FetchSessions.Context.Incremental(FetchSession session) ->
                    read(fetch(context, request, session, List.of(), false), List.of());
        };
    }

    private Fetch fetch(
            RequestContext context,
            FetchRequestData request,
            @Nullable FetchSession session,
            List<FetchTarget> named,
            boolean everything) {
        int most = Math.min(Math.max(request.maxBytes(), 0), maxBytes);
        Isolation isolation = Isolation.of(request);
        ReplicaReader follower = isolation == Isolation.LOG_END ? follower(request) : null;
        boolean anyReplica = follower == null && context.version() >= FIRST_VERSION_FROM_FOLLOWERS;
        return new Fetch(
                session,
                named,
                everything,
                Math.min(request.minBytes(), most),
                most,
                new FetchReader(isolation, anyReplica, follower),
                anyReplica
                        ? preferred.near(request.rackId(), context.connection().listener())
                        : null,
                clock.nanos() + Math.max(request.maxWaitMs(), 0) * 1_000_000L);
    }

    private static ReplicaReader follower(FetchRequestData request) {
        return request.replicaId() >= 0
                ? new ReplicaReader(request.replicaId(), -1)
                : new ReplicaReader(
                        request.replicaState().replicaId(), request.replicaState().replicaEpoch());
    }

    /// @param before what an earlier round of this fetch has found; read again is only what has changed since
    private Outcome<FetchResponseData> read(Fetch fetch, List<Part> before) {
        FetchSession session = fetch.session;
        List<FetchTarget> targets = session == null ? fetch.named : session.takeLine();
        List<Part> parts = new ArrayList<>(targets.size());
        int found = 0;
        boolean news = session == null && targets.isEmpty();
        for (FetchTarget target : targets) {
            Part part = read(fetch, target, fetch.maxBytes - found, found == 0);
            parts.add(part);
            found += part.result.records().sizeInBytes();
            news |= isNews(fetch, part);
        }
        keep(parts, before);
        if (session != null) {
            session.lineUpAgain(targets);
        }
        long leftNs = fetch.deadlineNs - clock.nanos();
        return news || found >= fetch.minBytes || leftNs <= 0
                ? Outcome.reply(answer(fetch, parts))
                : await(fetch, parts, fetch.minBytes - found, leftNs);
    }

    /// Whether the answer does not wait for more.
    private boolean isNews(Fetch fetch, Part part) {
        PartitionRead result = part.result;
        return result.error() != Errors.NONE
                || result.divergingEpoch() >= 0
                || result.preferredReplica() >= 0
                || (sessions.tellsHighWatermark()
                        && fetch.reader.follower() != null
                        && part.target.raisesHighWatermark(result));
    }

    /// What was found before and has not changed is told, too.
    private static void keep(List<Part> parts, List<Part> before) {
        if (!before.isEmpty()) {
            Set<FetchTarget> again = Collections.newSetFromMap(new IdentityHashMap<>());
            parts.forEach(each -> again.add(each.target));
            before.stream().filter(each -> !again.contains(each.target)).forEach(parts::add);
        }
    }

    private Part read(Fetch fetch, FetchTarget target, int budget, boolean atLeastOneBatch) {
        FetchTarget.Key key = target.key();
        Located where = replicas.find(key.topicId(), key.topic(), key.partition());
        PartitionRead elsewhere =
                fetch.near == null || where.partition() == null
                        ? null
                        : target.preferred(where.partition(), fetch.near);
        if (elsewhere != null) {
            return new Part(target, where.topic(), where.partition(), elsewhere, false);
        }
        boolean throttled = isThrottled(fetch, where.partition());
        long allowed = throttled ? throttle.atHand() : Integer.MAX_VALUE;
        PartitionRead result =
                target.read(
                        where.partition(),
                        where.error(),
                        (int) Math.clamp(budget, 0, allowed),
                        atLeastOneBatch && allowed > 0,
                        fetch.reader);
        if (throttled) {
            throttle.spent(result.records().sizeInBytes());
        }
        return new Part(target, where.topic(), where.partition(), result, allowed == 0);
    }

    /// Who is in sync is never held back, for producers wait for it.
    private boolean isThrottled(Fetch fetch, @Nullable Partition partition) {
        ReplicaReader follower = fetch.reader.follower();
        return follower != null
                && partition != null
                && throttle.limits(partition.name())
                && !partition.inSync(follower.brokerId());
    }

    /// Waits until a partition has more than this round saw, or time is up; then reads again, on the waiting thread.
    private Outcome<FetchResponseData> await(
            Fetch fetch, List<Part> parts, int missingBytes, long leftNs) {
        FetchSession session = fetch.session;
        FetchWait wait =
                session == null
                        ? await(parts, missingBytes, fetch.reader.isolation())
                        : session.await(missingBytes);
        boolean ofFollower = fetch.reader.follower() != null;
        long leftMs = (leftNs + 999_999) / 1_000_000;
        Timers.Timer timeout =
                wakeLater(
                        wait,
                        parts,
                        ofFollower ? replicas.followerWaits().enter(wait, leftMs) : leftMs);
        return new Outcome.Parked<>(
                wait.signal(),
                () -> {
                    timeout.cancel();
                    boolean hurries = ofFollower && replicas.followerWaits().leave(wait);
                    if (session == null) {
                        forget(parts, wait);
                    } else {
                        session.resumed();
                    }
                    return wait.untouched()
                            ? Outcome.reply(answer(fetch, parts))
                            : read(hurries ? fetch.due() : fetch, parts);
                });
    }

    private Timers.Timer wakeLater(FetchWait wait, List<Part> parts, long leftMs) {
        long allowedMs = parts.stream().anyMatch(Part::heldBack) ? throttle.waitMs() : leftMs;
        return allowedMs < leftMs
                ? timers.schedule(allowedMs, wait::tooLate)
                : timers.schedule(leftMs, wait::wake);
    }

    private static FetchWait await(List<Part> parts, int missingBytes, Isolation isolation) {
        var wait = new FetchWait(missingBytes, isolation);
        for (Part part : parts) {
            Partition partition = part.partition;
            if (partition != null && !partition.await(wait, part.result)) {
                wait.tooLate();
                break;
            }
        }
        return wait;
    }

    private static void forget(List<Part> parts, FetchWait wait) {
        for (Part part : parts) {
            if (part.partition != null) {
                part.partition.forget(wait);
            }
        }
    }

    private static FetchResponseData answer(Fetch fetch, List<Part> parts) {
        FetchSession session = fetch.session;
        return session == null
                ? shape(fetch, parts)
                : session.take(() -> shape(fetch, parts).setSessionId(session.id()));
    }

    private static FetchResponseData shape(Fetch fetch, List<Part> parts) {
        var response = new FetchResponseData();
        FetchableTopicResponse current = null;
        for (Part part : parts) {
            if (part.target.worthTelling(part.result) || fetch.everything) {
                current = topicOf(response, current, part);
                current.partitions().add(data(fetch, part));
            }
        }
        return response;
    }

    private static FetchableTopicResponse topicOf(
            FetchResponseData response, @Nullable FetchableTopicResponse current, Part part) {
        FetchTarget.Key key = part.target.key();
        boolean byId = !key.topicId().equals(Uuid.ZERO_UUID);
        if (current != null
                && (byId
                        ? current.topicId().equals(key.topicId())
                        : current.topic().equals(key.topic()))) {
            return current;
        }
        var next = new FetchableTopicResponse().setTopic(key.topic()).setTopicId(key.topicId());
        response.responses().add(next);
        return next;
    }

    private static List<FetchResponseData.AbortedTransaction> aborted(
            List<AbortedTransaction> transactions) {
        if (transactions.isEmpty()) {
            return List.of();
        }
        List<FetchResponseData.AbortedTransaction> answer = new ArrayList<>(transactions.size());
        for (AbortedTransaction each : transactions) {
            answer.add(
                    new FetchResponseData.AbortedTransaction()
                            .setProducerId(each.producerId())
                            .setFirstOffset(each.firstOffset()));
        }
        return answer;
    }

    private static PartitionData data(Fetch fetch, Part part) {
        PartitionRead result = part.result;
        var data =
                new PartitionData()
                        .setPartitionIndex(part.target.key().partition())
                        .setErrorCode(result.error().code())
                        .setHighWatermark(result.highWatermark())
                        .setLastStableOffset(result.lastStable())
                        .setLogStartOffset(result.logStart())
                        .setAbortedTransactions(
                                fetch.reader.isolation() == Isolation.READ_COMMITTED
                                        ? aborted(result.aborted())
                                        : null)
                        .setPreferredReadReplica(result.preferredReplica())
                        .setRecords(result.records());
        if (result.divergingEpoch() >= 0) {
            data.setDivergingEpoch(
                    new EpochEndOffset()
                            .setEpoch(result.divergingEpoch())
                            .setEndOffset(result.divergingEnd()));
        }
        return data;
    }
}
