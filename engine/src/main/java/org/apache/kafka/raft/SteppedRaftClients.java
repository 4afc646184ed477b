package org.apache.kafka.raft;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.LogContext;
import org.apache.kafka.raft.internals.KRaftControlRecordStateMachine;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.serialization.RecordSerde;

/// Makes Kafka's consensus client with every door to the world handed in, so that a host can step it in real or virtual time.
public final class SteppedRaftClients {
    private SteppedRaftClients() {}

    /// The doors of one client.
    public record Doors(
            NetworkChannel channel,
            RaftMessageQueue messages,
            RaftLog log,
            MemoryPool memory,
            Time time,
            ExpirationService expiration,
            Random random) {}

    /// What a client makes of the quorum right now; only the thread that steps it may ask.
    ///
    /// @param leader of the epoch, as far as it is known; this node itself too when it has led the epoch and gave up
    /// @param follows whether this node is in the state of a follower
    public record View(int epoch, OptionalInt leader, boolean follows) {}

    public static View view(KafkaRaftClient<?> client) {
        QuorumState state = client.quorum();
        return new View(state.epoch(), state.leaderId(), state.isFollower());
    }

    /// Whether the client is a voter and there is no other; only the thread that steps it may ask.
    public static boolean onlyVoter(KafkaRaftClient<?> client) {
        return client.quorum().isOnlyVoter();
    }

    /// The process that this node follows has ended. A voter does not wait out its silence, but for the time in which those with lower ids
    /// are elected; without the difference all would vote for themselves.
    ///
    /// Only the thread that steps the client; nothing happens to one that does not follow that leader, or is no voter.
    ///
    /// @param perCandidateMs for each voter that comes first
    public static void leaderHasEnded(
            KafkaRaftClient<?> client, int leaderId, int epoch, long nowMs, long perCandidateMs) {
        QuorumState state = client.quorum();
        if (!state.isFollower() || !state.isVoter()) {
            return;
        }
        FollowerState follower = state.followerStateOrThrow();
        if (follower.leaderId() != leaderId || follower.epoch() != epoch) {
            return;
        }
        long before =
                records(client).lastVoterSet().voterIds().stream()
                        .filter(id -> id != leaderId && id < state.localIdOrThrow())
                        .count();
        follower.overrideFetchTimeout(
                nowMs, Math.min(follower.remainingFetchTimeMs(nowMs), before * perCandidateMs));
    }

    private static KRaftControlRecordStateMachine records(KafkaRaftClient<?> client) {
        return (KRaftControlRecordStateMachine) Inside.RECORDS.get(client);
    }

    /// The log was cut: the client reads the voters in it anew from there.
    ///
    /// kafka-raft 4.4.0 forgets what was cut off, but goes on reading where it had been: of what is appended in its place it would see
    /// nothing below that offset, and elect with voters that the log does not name. It offers no door for this.
    ///
    /// @param offset of the new end, or [#FROM_SNAPSHOT] when the newest snapshot has taken the place of the log
    public static void logCut(KafkaRaftClient<?> client, long offset) {
        var records = records(client);
        if ((long) Inside.NEXT_OFFSET.get(records) > offset) {
            Inside.NEXT_OFFSET.setVolatile(records, offset);
        }
    }

    /// Reading begins with the newest snapshot.
    public static final long FROM_SNAPSHOT = -1;

    /// Two private fields; looked up when the first log is cut, which most nodes never see.
    private static final class Inside {
        static final VarHandle RECORDS =
                field(
                        KafkaRaftClient.class,
                        "partitionState",
                        KRaftControlRecordStateMachine.class);
        static final VarHandle NEXT_OFFSET =
                field(KRaftControlRecordStateMachine.class, "nextOffset", long.class);

        private static VarHandle field(Class<?> owner, String name, Class<?> type) {
            try {
                return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
                        .findVarHandle(owner, name, type);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    /// @param endpoints of this node, when it is a voter or may become one
    /// @param bootstrap where to look for a leader that is not known; the engine wants one even of a lone voter
    /// @param fetchMaxWaitMs how long a follower's fetch waits at the leader
    public static <T> KafkaRaftClient<T> create(
            int nodeId,
            Uuid directoryId,
            String clusterId,
            RecordSerde<T> serde,
            Doors doors,
            int fetchMaxWaitMs,
            Endpoints endpoints,
            boolean canBecomeVoter,
            List<InetSocketAddress> bootstrap,
            QuorumConfig config) {
        return new KafkaRaftClient<>(
                OptionalInt.of(nodeId),
                directoryId,
                serde,
                doors.channel,
                doors.messages,
                doors.log,
                doors.memory,
                doors.time,
                doors.expiration,
                fetchMaxWaitMs,
                canBecomeVoter,
                clusterId,
                bootstrap,
                endpoints,
                Feature.KRAFT_VERSION.supportedVersionRange(),
                new LogContext("[quorum " + nodeId + "] "),
                doors.random,
                config);
    }
}
