package dev.millrace.broker.net;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Timers;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/// The connections to other nodes, one per address and lane, made when there is something to send.
///
/// A peer answers one connection's requests one after the other, and a fetch of the metadata log waits there for news: each
/// lane has a connection of its own, so that neither a heartbeat nor a client's request stands behind it. So it is with markers, and with
/// partitions that join a transaction, which wait there for their commit.
///
/// **Owner.** Any thread. **Bound.** The addresses are those of the quorum's voters and of the brokers, [PeerConnection#MOST_PENDING] requests
/// under way on each connection.
public final class PeerConnections implements Peers, AutoCloseable {
    /// Of the answers that are lent at one time: one for each leader that this broker follows, and those are few.
    private static final long LENT_BYTES = 1 << 30;

    private final ConcurrentHashMap<Key, PeerConnection> connections = new ConcurrentHashMap<>();
    private final FrameBuffers buffers = new FrameBuffers(LENT_BYTES);
    private final Timers timers;
    private final String clientId;
    private volatile boolean closed;

    /// @param clientId by which the peers know this node in their logs
    public PeerConnections(Timers timers, String clientId) {
        this.timers = timers;
        this.clientId = clientId;
    }

    /// Frees memory that no answer has needed since the last call; the host calls it every few seconds.
    public void sweep() {
        buffers.trim();
    }

    private enum Lane {
        QUORUM,
        MEMBERSHIP,

        /// What is answered when it is committed, for which others have to fetch.
        VOTERS,
        MARKERS,
        VERIFICATION,
        DECISIONS;

        static Lane of(ApiKeys api) {
            return switch (api) {
                case FETCH,
                        FETCH_SNAPSHOT,
                        VOTE,
                        BEGIN_QUORUM_EPOCH,
                        END_QUORUM_EPOCH,
                        UPDATE_RAFT_VOTER ->
                        QUORUM;
                case BROKER_REGISTRATION, BROKER_HEARTBEAT -> MEMBERSHIP;
                case ADD_RAFT_VOTER, REMOVE_RAFT_VOTER -> VOTERS;
                case WRITE_TXN_MARKERS -> MARKERS;
                case ADD_PARTITIONS_TO_TXN -> VERIFICATION;
                default -> DECISIONS;
            };
        }
    }

    private record Key(Address to, Lane lane) {}

    @Override
    public CompletionStage<ApiMessage> send(
            Address to, short version, ApiMessage request, long timeoutMs) {
        return closed
                ? stopping()
                : to(to, request).send(api(request), version, request, timeoutMs);
    }

    @Override
    public CompletionStage<ApiMessage> sendAtOnce(
            Address to, short version, ApiMessage request, long timeoutMs) {
        return closed
                ? stopping()
                : to(to, request).sendAtOnce(api(request), version, request, timeoutMs);
    }

    @Override
    public CompletionStage<Borrowed> borrow(
            Address to, short version, ApiMessage request, long timeoutMs) {
        return closed
                ? stopping()
                : to(to, request).borrow(api(request), version, request, timeoutMs);
    }

    private static <T> CompletionStage<T> stopping() {
        return CompletableFuture.failedFuture(new IOException("this node stops"));
    }

    private static ApiKeys api(ApiMessage request) {
        return ApiKeys.forId(request.apiKey());
    }

    private PeerConnection to(Address to, ApiMessage request) {
        return connections.computeIfAbsent(
                new Key(to, Lane.of(api(request))),
                key -> new PeerConnection(key.to, timers, clientId, buffers));
    }

    /// Closes every connection; what is under way fails.
    @Override
    public void close() {
        closed = true;
        connections.values().forEach(PeerConnection::close);
    }
}
