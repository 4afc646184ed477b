package dev.millrace.engine.replica;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/// Those who wait for their appends to be acknowledged, in the order of their offsets. Touched only in the partition's turn.
///
/// **Bound.** The requests that are within their time, and as many, or a few, that are not: whoever gives up completes its own future (a
/// produce request whose time is up), and since the high watermark may stand still for hours such entries are swept out.
final class CommitQueue {
    private record Commit(long endOffset, CompletableFuture<Errors> done) {}

    /// So many are not worth a sweep.
    private static final int FEW = 16;

    private final ArrayDeque<Commit> waiting = new ArrayDeque<>();

    /// A sweep goes through the whole queue, since requests do not give up in the order in which they came; it is due when the queue has
    /// doubled, so that each entry pays for a constant share of it.
    private int sweepAt = FEW;

    boolean waiting() {
        return !waiting.isEmpty();
    }

    /// Appends come with rising offsets; only a retry of an earlier batch asks for a lower one, and may share the fate of
    /// what is behind it.
    CompletableFuture<Errors> await(long endOffset) {
        if (waiting.size() >= sweepAt) {
            sweep();
        }
        Commit last = waiting.peekLast();
        long ordered = last == null ? endOffset : Math.max(endOffset, last.endOffset);
        var commit = new Commit(ordered, new CompletableFuture<>());
        waiting.add(commit);
        return commit.done;
    }

    private void sweep() {
        waiting.removeIf(commit -> commit.done.isDone());
        sweepAt = Math.max(FEW, 2 * waiting.size());
    }

    /// Those that wait, and those that have given up since the last sweep.
    int size() {
        return waiting.size();
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
