package dev.millrace.engine.replica;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/// Those who wait until no live replica holds a record below an offset any more (DeleteRecords). Bounded by the requests that are within
/// their time; who has given up has completed its own future, and is dropped with the next step. Touched only in the partition's turn.
final class RemovalQueue {
    private record Removal(long offset, CompletableFuture<Errors> done) {}

    private final List<Removal> waiting = new ArrayList<>(0);

    boolean waiting() {
        return !waiting.isEmpty();
    }

    /// Those that wait, and those that have given up since the last step.
    int size() {
        return waiting.size();
    }

    CompletableFuture<Errors> await(long offset) {
        waiting.removeIf(each -> each.done.isDone());
        var removal = new Removal(offset, new CompletableFuture<>());
        waiting.add(removal);
        return removal.done;
    }

    void release(long lowWatermark, Woken woken) {
        waiting.removeIf(each -> {
            boolean over = each.offset <= lowWatermark;
            if (over) {
                woken.add(each.done, Errors.NONE);
            }
            return over || each.done.isDone();
        });
    }

    void fail(Errors error, Woken woken) {
        waiting.forEach(each -> woken.add(each.done, error));
        waiting.clear();
    }
}
