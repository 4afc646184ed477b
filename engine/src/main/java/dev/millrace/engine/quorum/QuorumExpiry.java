package dev.millrace.engine.quorum;

import dev.millrace.engine.env.Timers;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.raft.ExpirationService;

/// Time-outs of the consensus client's waiting requests, on the engine's timers.
record QuorumExpiry(Timers timers) implements ExpirationService {
    @Override
    public <T> CompletableFuture<T> failAfter(long timeoutMs) {
        var future = new CompletableFuture<T>();
        Timers.Timer timer =
                timers.schedule(
                        timeoutMs,
                        () ->
                                future.completeExceptionally(
                                        new TimeoutException(
                                                "not done within " + timeoutMs + " ms")));
        var _ = future.whenComplete((_, _) -> timer.cancel());
        return future;
    }
}
