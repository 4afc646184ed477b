package dev.millrace.engine.replica;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/// Those who wait for their appends to be acknowledged, in the order of their offsets. Bounded by the produce requests that
/// connections may have in flight. Touched only in the partition's turn.
final class CommitQueue {
    private record Commit(long endOffset, CompletableFuture<Errors> done) {}

    private final ArrayDeque<Commit> waiting = new ArrayDeque<>();

    boolean waiting() {
        return !waiting.isEmpty();
    }

    /// Appends come with rising offsets; only a retry of an earlier batch asks for a lower one, and may share the fate of
    /// what is behind it.
    CompletableFuture<Errors> await(long endOffset) {
        Commit last = waiting.peekLast();
        long ordered = last == null ? endOffset : Math.max(endOffset, last.endOffset);
        var commit = new Commit(ordered, new CompletableFuture<>());
        waiting.add(commit);
        return commit.done;
    }

    void release(long acknowledgedEnd, Woken woken) {
        while (!waiting.isEmpty() && waiting.peek().endOffset <= acknowledgedEnd) {
            woken.add(waiting.remove().done, Errors.NONE);
        }
    }

    void fail(Errors error, Woken woken) {
        while (!waiting.isEmpty()) {
            woken.add(waiting.remove().done, error);
        }
    }
}
