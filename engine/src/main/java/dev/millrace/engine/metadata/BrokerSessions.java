package dev.millrace.engine.metadata;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.quorum.QuorumLeader;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// When the active controller last heard of each broker. Kept in memory only: a new controller gives every broker a whole
/// session from the moment that it leads. The broker of the active controller's own process lives as long as that, and needs none.
///
/// **Owner.** A turn of its own; any thread may call.
public final class BrokerSessions {
    private final Metadata metadata;
    private final Clock clock;
    private final Turn turn;
    private final long timeoutMs;

    /// By broker id. Bounded by the brokers that are registered.
    private final TreeMap<Integer, Long> heardMs = new TreeMap<>();

    /// How far each broker has followed the metadata, as its last heartbeat said. Bounded as `heardMs`.
    private final TreeMap<Integer, Long> followed = new TreeMap<>();

    /// The offset that others have to follow past before a broker that stops may go, by broker id. Bounded as `heardMs`.
    private final TreeMap<Integer, Long> stopping = new TreeMap<>();

    /// When sessions were last looked at; -1 before this controller's first look.
    private long lookedMs = -1;

    private int controllerEpoch = -1;
    private int ownId = -1;
    private Uuid ownIncarnation = Uuid.ZERO_UUID;

    /// @param timeoutMs `broker.session.timeout.ms`
    public BrokerSessions(Metadata metadata, Clock clock, Turn turn, long timeoutMs) {
        this.metadata = metadata;
        this.clock = clock;
        this.turn = turn;
        this.timeoutMs = timeoutMs;
    }

    /// There is a broker in this very process. Before anything else is asked.
    public void own(int id, Uuid incarnation) {
        turn.run(() -> {
            ownId = id;
            ownIncarnation = incarnation;
        });
    }

    /// That broker has been heard of now.
    public void heard(int id) {
        turn.run(() -> {
            begin();
            heardMs.put(id, clock.monotonicMs());
        });
    }

    /// A heartbeat of that broker has arrived, which may wait here before it is decided. One of a process that is not registered by
    /// that id any more says nothing.
    public void arrived(int id, long brokerEpoch) {
        @Nullable BrokerImage broker = metadata.image().cluster().broker(id);
        if (broker != null && broker.epoch() == brokerEpoch) {
            heard(id);
        }
    }

    /// As [#heard(int)], and how far that broker has followed.
    ///
    /// @param stops whether it is in a controlled shutdown
    public void heard(int id, long metadataOffset, boolean stops) {
        turn.run(() -> {
            heard(id);
            followed.put(id, metadataOffset);
            if (stops) {
                stopping.putIfAbsent(id, metadata.image().offset());
            } else {
                stopping.remove(id);
            }
        });
    }

    /// Whether the other brokers have followed past the beginning of this one's shutdown. One that this controller has not
    /// heard of is not waited for, nor is the broker of this very process: it follows at once, and sends heartbeats only while they may
    /// change something, so that what its last one said is old.
    public boolean othersKnow(int id) {
        return turn.take(() -> {
            begin();
            @Nullable Long since = stopping.get(id);
            return since != null
                    && metadata.image().cluster().brokers().values().stream()
                            .filter(other ->
                                    other.id() != id && other.id() != ownId && other.active())
                            .allMatch(other -> followed.getOrDefault(other.id(), since) >= since);
        });
    }

    /// That broker's process has ended: nobody waits for its session.
    public void end(int id) {
        turn.run(() -> heardMs.remove(id));
    }

    /// Whether the process that is registered by that id is within its session: it is not fenced, and was heard of. Of the broker
    /// of this process every other claim is false, and what was registered before it is gone.
    ///
    /// @param asking the incarnation of the process that asks for the id
    public boolean alive(int id, Uuid asking) {
        return turn.take(() -> {
            begin();
            if (id == ownId) {
                return !asking.equals(ownIncarnation);
            }
            @Nullable BrokerImage broker = metadata.image().cluster().broker(id);
            return broker != null && !broker.fenced() && !over(id);
        });
    }

    private boolean over(int id) {
        @Nullable Long last = heardMs.get(id);
        return last == null || clock.monotonicMs() - last >= timeoutMs;
    }

    /// The brokers that are not fenced and whose session is over. To be asked every quarter of a session, or more often.
    public List<BrokerImage> expired() {
        return turn.take(() -> {
            begin();
            forgiveOwnPause();
            var expired = new ArrayList<BrokerImage>();
            for (BrokerImage broker : metadata.image().cluster().brokers().values()) {
                if (!broker.fenced() && broker.id() != ownId && over(broker.id())) {
                    expired.add(broker);
                }
            }
            var registered = metadata.image().cluster().brokers().keySet();
            heardMs.keySet().retainAll(registered);
            followed.keySet().retainAll(registered);
            stopping.keySet().retainAll(registered);
            return expired;
        });
    }

    /// Where the looks are further apart than half a session, it was this process that did not run: what brokers have sent meanwhile
    /// may still lie in its sockets. That time counts for nobody.
    private void forgiveOwnPause() {
        long now = clock.monotonicMs();
        long apart = lookedMs < 0 ? 0 : now - lookedMs;
        lookedMs = now;
        if (apart > timeoutMs / 2) {
            heardMs.replaceAll((_, heard) -> Math.min(now, heard + apart));
        }
    }

    private void begin() {
        QuorumLeader leader = metadata.controller();
        if (leader.epoch() != controllerEpoch) {
            controllerEpoch = leader.epoch();
            lookedMs = -1;
            heardMs.clear();
            followed.clear();
            stopping.clear();
            long now = clock.monotonicMs();
            metadata.image().cluster().brokers().keySet().forEach(id -> heardMs.put(id, now));
        }
    }
}
