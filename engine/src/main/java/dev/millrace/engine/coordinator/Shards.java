package dev.millrace.engine.coordinator;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.log.TransactionMarker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The shards of one internal topic that this broker leads.
///
/// **Owner.** The map may be read by any thread; [#lead] and [#resign] are called one at a time (in the turn of whoever
/// follows the metadata).
///
/// @param <F> the coordinator's facts
/// @param <S> the state of a shard
public final class Shards<F, S extends CoordinatorState<F>> {
    private final String topic;
    private final Env env;
    private final FactFormat<F> format;
    private final Function<ShardHost<F>, S> newState;
    private final LoadQueue loads;
    private final LoadProgress progress;
    private final long commitTimeoutMs;
    private final ConcurrentSkipListMap<Integer, Shard<F, S>> led = new ConcurrentSkipListMap<>();

    /// @param commitTimeoutMs how long an answer may wait for the high watermark
    public Shards(
            String topic,
            Env env,
            FactFormat<F> format,
            Function<ShardHost<F>, S> newState,
            long commitTimeoutMs) {
        this.topic = topic;
        this.env = env;
        this.format = format;
        this.newState = newState;
        this.loads = new LoadQueue(env.newTurn("loads of " + topic));
        this.progress = new LoadProgress(topic, env);
        this.commitTimeoutMs = commitTimeoutMs;
    }

    /// This broker leads the partition now: loads it. An object for the same or an older epoch than known changes nothing.
    public void lead(int partition, CoordinatorLog log) {
        Shard<F, S> before = led.get(partition);
        if (before != null && before.leaderEpoch() >= log.leaderEpoch()) {
            return;
        }
        var shard =
                new Shard<>(
                        topic + "-" + partition,
                        env,
                        log,
                        format,
                        newState,
                        loads,
                        progress,
                        commitTimeoutMs);
        led.put(partition, shard);
        if (before != null) {
            before.close();
        }
        shard.startLoading();
    }

    /// This broker leads the partition no longer.
    ///
    /// @param leaderEpoch at which that was decided: a shard of a newer one stays
    public void resign(int partition, int leaderEpoch) {
        Shard<F, S> shard = led.get(partition);
        if (shard != null && shard.leaderEpoch() <= leaderEpoch) {
            led.remove(partition);
            shard.close();
        }
    }

    /// Decides in the turn of the partition's shard. The stage completes with a response, never with a failure.
    public <R> CompletionStage<R> submit(
            int partition, Function<S, Decision<F, R>> decide, Function<Errors, R> refusal) {
        Shard<F, S> shard = led.get(partition);
        return shard == null
                ? CompletableFuture.completedFuture(refusal.apply(Errors.NOT_COORDINATOR))
                : shard.submit(decide, refusal);
    }

    /// As [#submit], in every shard that is led here, one after the other; in the order of their partitions.
    public <R> List<CompletionStage<R>> submitToAll(
            Function<S, Decision<F, R>> decide, Function<Errors, R> refusal) {
        var answers = new ArrayList<CompletionStage<R>>();
        for (Shard<F, S> shard : led.values()) {
            answers.add(shard.submit(decide, refusal));
        }
        return answers;
    }

    /// Ends a producer's transaction in the partition's shard; see [Shard#complete].
    public CompletionStage<Errors> complete(int partition, TransactionMarker marker) {
        Shard<F, S> shard = led.get(partition);
        return shard == null
                ? CompletableFuture.completedFuture(Errors.NOT_COORDINATOR)
                : shard.complete(marker);
    }

    /// For tests: the state of a shard that is loaded.
    public @Nullable S stateOrNull(int partition) {
        Shard<F, S> shard = led.get(partition);
        return shard == null ? null : shard.stateOrNull();
    }
}
