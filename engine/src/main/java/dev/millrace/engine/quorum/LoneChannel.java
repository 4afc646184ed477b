package dev.millrace.engine.quorum;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.raft.NetworkChannel;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;

/// The network of a quorum of one: there is nobody to send to.
final class LoneChannel implements NetworkChannel {
    private final ListenerName listener;
    private int correlation;

    LoneChannel(ListenerName listener) {
        this.listener = listener;
    }

    @Override
    public int newCorrelationId() {
        return correlation++;
    }

    @Override
    public CompletionStage<RaftResponse.Inbound> send(RaftRequest.Outbound request) {
        return CompletableFuture.failedFuture(
                new BrokerNotAvailableException("a quorum of one has no peers"));
    }

    @Override
    public ListenerName listenerName() {
        return listener;
    }

    @Override
    public void close() {}
}
