package dev.millrace.engine.quorum;

import dev.millrace.engine.env.LivenessProbe;
import dev.millrace.engine.env.Peers;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.raft.NetworkChannel;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.apache.kafka.raft.RaftUtil;

/// The quorum's requests to its other members, over the door to peers: Vote, BeginQuorumEpoch, EndQuorumEpoch, Fetch,
/// FetchSnapshot and the changes of voters, each in the newest stable version.
///
/// A request that gets no answer is answered here with `BROKER_NOT_AVAILABLE`: the consensus client then backs off and asks
/// again by its own rules.
final class PeersChannel implements NetworkChannel {
    private final Peers peers;
    private final ListenerName listener;
    private final long timeoutMs;
    private final LostConnections lost;
    private final AtomicInteger correlation = new AtomicInteger();

    /// Hears of a node whose connection has ended under a request, or was refused; any thread.
    @FunctionalInterface
    interface LostConnections {
        void lost(int nodeId, Peers.Address address);
    }

    /// @param listener the controllers' listener: voters are known by their endpoint of that name
    PeersChannel(Peers peers, ListenerName listener, long timeoutMs, LostConnections lost) {
        this.peers = peers;
        this.listener = listener;
        this.timeoutMs = timeoutMs;
        this.lost = lost;
    }

    @Override
    public int newCorrelationId() {
        return correlation.getAndIncrement();
    }

    @Override
    public CompletionStage<RaftResponse.Inbound> send(RaftRequest.Outbound request) {
        ApiMessage message = request.data();
        ApiKeys api = ApiKeys.forId(message.apiKey());
        Node to = request.destination();
        var address = new Peers.Address(to.host(), to.port());
        return peers.send(address, api.latestVersion(false), message, timeoutMs)
                .exceptionally(failure -> {
                    if (!LivenessProbe.isSilence(failure)) {
                        lost.lost(to.id(), address);
                    }
                    return RaftUtil.errorResponse(api, Errors.BROKER_NOT_AVAILABLE);
                })
                .thenApply(response ->
                        new RaftResponse.Inbound(request.correlationId(), response, to));
    }

    @Override
    public ListenerName listenerName() {
        return listener;
    }

    @Override
    public void close() {}
}
