package dev.millrace.engine.coordinator;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/// Holds back answers until what they rest on is committed.
///
/// There is one gate at a time, for everything appended so far: an answer that wrote nothing waits for it too, because it may
/// have seen what others wrote (G3). The high watermark only rises, so the last append's commit is everybody's. A gate opens
/// when the log says so, or with `COORDINATOR_NOT_AVAILABLE` when that takes too long; whoever asks afterwards gets a new gate
/// in front of the same append.
///
/// Touched in the shard's turn, but for the opening of a gate: what hangs on it is others' work, which may take other shards' turns.
final class CommitGate {
    private final long timeoutMs;
    private final Consumer<Runnable> outside;
    private CompletableFuture<Errors> commit = CompletableFuture.completedFuture(Errors.NONE);
    private CompletableFuture<Errors> gate = commit;

    /// Gates that may have to be timed out, oldest first: no more than appends in flight. The newest gate is in it until it opens, or is
    /// given up.
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    private record Waiting(CompletableFuture<Errors> gate, long dueMs) {}

    /// @param outside does something once the shard's turn is over
    CommitGate(long timeoutMs, Consumer<Runnable> outside) {
        this.timeoutMs = timeoutMs;
        this.outside = outside;
    }

    /// Something was appended; `committed` speaks for it and all before it.
    void appended(CompletionStage<Errors> committed, long nowMs) {
        commit = new CompletableFuture<>();
        committed.whenComplete(new Forward(commit)::accept);
        renew(nowMs);
    }

    /// The commit of everything appended so far, however long it takes.
    CompletionStage<Errors> commit() {
        return commit;
    }

    /// The log could not say what became of the last append (too few replicas are in sync): it may be asked again.
    boolean isUndecided() {
        Errors error = commit.getNow(Errors.NONE);
        return error != Errors.NONE && error != Errors.NOT_COORDINATOR;
    }

    /// The gate for an answer given now.
    CompletionStage<Errors> forAnswer(long nowMs) {
        if (commit.isDone()) {
            return commit;
        }
        if (gate.isDone() || waiting.isEmpty()) {
            renew(nowMs);
        }
        return gate;
    }

    private void renew(long nowMs) {
        while (!waiting.isEmpty() && waiting.peek().gate.isDone()) {
            waiting.remove();
        }
        gate = new CompletableFuture<>();
        var _ = commit.whenComplete(new Forward(gate)::accept);
        if (!gate.isDone()) {
            waiting.add(new Waiting(gate, nowMs + timeoutMs));
        }
    }

    /// Gives up on gates that have been shut for too long; returns how long until the next may have to be, -1 when none. Nobody else gets
    /// a gate that is given up; it opens outside.
    long expire(long nowMs) {
        while (!waiting.isEmpty()) {
            Waiting oldest = waiting.peek();
            if (!oldest.gate.isDone() && oldest.dueMs > nowMs) {
                return oldest.dueMs - nowMs;
            }
            waiting.remove();
            if (!oldest.gate.isDone()) {
                outside.accept(() -> oldest.gate.complete(Errors.COORDINATOR_NOT_AVAILABLE));
            }
        }
        return -1;
    }

    /// Nothing more will be known, of the last append or of those before it, whose gates their own commits would have opened: whoever
    /// waits is told so outside.
    void fail(Errors error) {
        List<Waiting> shut = List.copyOf(waiting);
        waiting.clear();
        CompletableFuture<Errors> last = commit;
        outside.accept(() -> {
            shut.forEach(each -> each.gate.complete(error));
            last.complete(error);
        });
    }

    /// A log's failed stage is an answer too.
    private record Forward(CompletableFuture<Errors> to) {
        void accept(Errors error, Throwable failure) {
            to.complete(failure == null ? AppendErrors.answer(error) : Errors.NOT_COORDINATOR);
        }
    }
}
