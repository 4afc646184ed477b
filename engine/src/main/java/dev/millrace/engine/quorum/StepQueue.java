package dev.millrace.engine.quorum;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.raft.RaftMessage;
import org.apache.kafka.raft.RaftMessageQueue;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.jspecify.annotations.Nullable;

/// Messages for the consensus client, which never waits for one: how long it would have waited is what a step tells the host.
///
/// A client that wants to be polled again at once, and again, without anything happening, is made to wait a little: an observer whose
/// fetch has timed out does so until its leader answers, and would take a whole processor.
///
/// Any thread adds; the stepping thread polls. Bounded by the requests that peers may have under way.
final class StepQueue implements RaftMessageQueue {
    private record Entry(RaftMessage message, CompletableFuture<RaftMessage> future)
            implements QueueEntry {}

    /// A change of state may want one more poll at once; none wants as many as this.
    private static final int POLLS_AT_ONCE = 4;

    private static final long BREATH_MS = 10;

    private final ConcurrentLinkedQueue<Entry> messages = new ConcurrentLinkedQueue<>();
    private final UnsoundRequests unsound;
    private final Runnable wakeHost;
    private volatile boolean woken;
    private @Nullable StrayMessages gate;
    private long wantedWaitMs;
    private boolean handled;
    private int idlePolls;

    /// @param wakeHost called whenever there is a reason to step; any thread, must not block
    StepQueue(UnsoundRequests unsound, Runnable wakeHost) {
        this.unsound = unsound;
        this.wakeHost = wakeHost;
    }

    @Override
    public Optional<QueueEntry> poll(long timeoutMs) {
        wantedWaitMs = timeoutMs;
        Entry next = messages.poll();
        handled = next != null;
        idlePolls = next == null && timeoutMs <= 0 && !woken ? idlePolls + 1 : 0;
        return next == null ? Optional.empty() : admitted(next);
    }

    private Optional<QueueEntry> admitted(Entry entry) {
        StrayMessages now = gate;
        return switch (entry.message) {
            case RaftRequest.Inbound request when unsound.include(request.data()) -> {
                entry.future.complete(StrayMessages.refusal(request, Errors.INVALID_REQUEST));
                yield Optional.empty();
            }
            case RaftRequest.Inbound request when now != null && now.isStray(request) -> {
                entry.future.complete(StrayMessages.refusal(request, Errors.BROKER_NOT_AVAILABLE));
                yield Optional.empty();
            }
            case RaftResponse.Inbound response when now != null && now.isStray(response) ->
                    Optional.of(new Entry(now.instead(response), entry.future));
            default -> Optional.of(entry);
        };
    }

    /// What every message passes; before the first step.
    void gate(StrayMessages messages) {
        gate = messages;
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

    /// After a step: how long the client can wait for the next, in milliseconds. Not at all when it was given a message: what follows from
    /// that, such as the next fetch, is sent by the next poll.
    long waitMs() {
        if (woken || handled || !messages.isEmpty()) {
            return 0;
        }
        return Math.max(idlePolls > POLLS_AT_ONCE ? BREATH_MS : 0, wantedWaitMs);
    }
}
