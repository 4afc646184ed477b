package dev.millrace.engine.replica;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// All fetch sessions of this broker, the least recently used first.
///
/// Bounded by `max.incremental.fetch.session.cache.slots`: when it is full, a session that was not used for two minutes makes
/// room, for a follower also the least recently used one of a client; otherwise whoever asks is answered without a session, which
/// only costs bytes. A follower is whoever says so, so that its sessions are bounded as well.
public final class FetchSessions {
    private static final long MIN_EVICTION_MS = 120_000;

    private final int slots;
    private final boolean tellsHighWatermark;
    private final Clock clock;
    private final Entropy entropy;
    private final Env env;
    private final Turn turn;
    private final LinkedHashMap<Integer, FetchSession> byId = new LinkedHashMap<>();

    public FetchSessions(int slots, Env env) {
        this(slots, false, env);
    }

    /// @param tellsHighWatermark whether followers are to hear at once of a higher one, because clients read from them
    public FetchSessions(int slots, boolean tellsHighWatermark, Env env) {
        this.slots = slots;
        this.tellsHighWatermark = tellsHighWatermark;
        this.env = env;
        this.clock = env.clock();
        this.entropy = env.entropy();
        this.turn = env.newTurn("fetch sessions");
    }

    /// What a fetch request is about.
    public sealed interface Context {
        /// Every partition named is answered, and nothing is remembered.
        record Sessionless(List<FetchTarget> targets) implements Context {}

        /// The first answer of a session names every partition.
        record Opened(FetchSession session) implements Context {}

        /// The answer names what changed.
        record Incremental(FetchSession session) implements Context {}

        record Refused(Errors error) implements Context {}
    }

    /// @param topicIds whether this version names topics by id (13 and later)
    public Context enter(FetchRequestData request, boolean topicIds) {
        return turn.take(() -> enterInTurn(request, topicIds));
    }

    private Context enterInTurn(FetchRequestData request, boolean topicIds) {
        int epoch = request.sessionEpoch();
        if (epoch == FetchSession.INITIAL_EPOCH || epoch == FetchSession.FINAL_EPOCH) {
            end(byId.remove(request.sessionId()));
            return epoch == FetchSession.FINAL_EPOCH
                    ? new Context.Sessionless(FetchSession.targetsOf(request))
                    : open(request, topicIds);
        }
        FetchSession session = byId.get(request.sessionId());
        if (session == null) {
            return new Context.Refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        if (session.topicIds() != topicIds) {
            return new Context.Refused(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
        }
        if (!session.enter(epoch, request)) {
            return new Context.Refused(Errors.INVALID_FETCH_SESSION_EPOCH);
        }
        if (session.size() == 0) {
            end(byId.remove(session.id()));
            return new Context.Sessionless(List.of());
        }
        used(session);
        return new Context.Incremental(session);
    }

    private Context open(FetchRequestData request, boolean topicIds) {
        List<FetchTarget> targets = FetchSession.targetsOf(request);
        boolean follower = Isolation.of(request) == Isolation.LOG_END;
        FetchSession session = targets.isEmpty() ? null : create(topicIds, follower);
        if (session == null) {
            return new Context.Sessionless(targets);
        }
        session.fill(request);
        return new Context.Opened(session);
    }

    private @Nullable FetchSession create(boolean topicIds, boolean follower) {
        if (byId.size() >= slots && !evict(follower)) {
            return null;
        }
        int id;
        do {
            id = 1 + (int) entropy.below(Integer.MAX_VALUE);
        } while (byId.containsKey(id));
        var session =
                new FetchSession(
                        id,
                        topicIds,
                        follower,
                        tellsHighWatermark,
                        env.newTurn("fetch session " + id));
        used(session);
        return session;
    }

    private boolean evict(boolean forFollower) {
        long now = clock.monotonicMs();
        Iterator<FetchSession> oldest = byId.values().iterator();
        while (oldest.hasNext()) {
            FetchSession session = oldest.next();
            boolean rested = now - session.usedAtMs() >= MIN_EVICTION_MS;
            if (rested || (forFollower && !session.follower())) {
                oldest.remove();
                session.end();
                return true;
            }
            if (!forFollower) {
                return false; // the others were used later
            }
        }
        return false;
    }

    private static void end(@Nullable FetchSession session) {
        if (session != null) {
            session.end();
        }
    }

    private void used(FetchSession session) {
        session.usedAtMs(clock.monotonicMs());
        byId.remove(session.id());
        byId.put(session.id(), session);
    }

    /// Whether followers are to hear at once of a higher high watermark.
    public boolean tellsHighWatermark() {
        return tellsHighWatermark;
    }

    /// For metrics and tests.
    public int size() {
        return turn.take(byId::size);
    }
}
