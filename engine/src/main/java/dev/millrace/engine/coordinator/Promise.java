package dev.millrace.engine.coordinator;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;

/// A response that a later decision of the same shard gives. Always completes, with a value: the shard refuses those that are
/// open when it is unloaded, whoever holds a promise sees to it that a timer fulfils it.
public final class Promise<R> {
    private final Shard<?, ?> shard;
    private final Function<Errors, R> refusal;
    private final CompletableFuture<R> response = new CompletableFuture<>();

    Promise(Shard<?, ?> shard, Function<Errors, R> refusal) {
        this.shard = shard;
        this.refusal = refusal;
    }

    /// In an effect, in the shard's turn: the response leaves when what has been appended so far is committed. Only the first
    /// call counts. It leaves outside the turn.
    public void fulfil(R value) {
        shard.forget(this);
        shard.fulfil(response, value, refusal);
    }

    void refuse(Errors error) {
        response.complete(refusal.apply(error));
    }

    CompletionStage<R> response() {
        return response;
    }
}
