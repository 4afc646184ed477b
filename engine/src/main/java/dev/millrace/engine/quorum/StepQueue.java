package dev.millrace.engine.quorum;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.raft.RaftMessage;
import org.apache.kafka.raft.RaftMessageQueue;

/// Messages for the consensus client, which never waits for one: how long it would have waited is what a step tells the host.
///
/// Any thread adds; the stepping thread polls. Bounded by the requests that peers may have under way.
final class StepQueue implements RaftMessageQueue {
    private record Entry(RaftMessage message, CompletableFuture<RaftMessage> future)
            implements QueueEntry {}

    private final ConcurrentLinkedQueue<Entry> messages = new ConcurrentLinkedQueue<>();
    private final Runnable wakeHost;
    private volatile boolean woken;
    private long wantedWaitMs;

    /// @param wakeHost called whenever there is a reason to step; any thread, must not block
    StepQueue(Runnable wakeHost) {
        this.wakeHost = wakeHost;
    }

    @Override
    public Optional<QueueEntry> poll(long timeoutMs) {
        wantedWaitMs = timeoutMs;
        return Optional.ofNullable(messages.poll());
    }

    @Override
    public CompletionStage<RaftMessage> add(RaftMessage message) {
        var entry = new Entry(message, new CompletableFuture<>());
        messages.add(entry);
        wakeHost.run();
        return entry.future;
    }

    @Override
    public boolean isEmpty() {
        return messages.isEmpty();
    }

    @Override
    public void wakeup() {
        woken = true;
        wakeHost.run();
    }

    /// Before a step: what woke the host is being seen to.
    void begin() {
        woken = false;
    }

    /// After a step: how long the client can wait for the next, in milliseconds.
    long waitMs() {
        return woken || !messages.isEmpty() ? 0 : Math.max(0, wantedWaitMs);
    }
}
