package dev.millrace.engine.coordinator;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.RecordBatchWriter;
import dev.millrace.engine.log.TransactionMarker;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition's coordinator, from the moment that this broker leads it until it no longer does.
///
/// ```
///   submit ──> decide(state) ──> append ──> replay ──> effect ──> [commit gate] ──> answer
///                                  └─ refused: nothing happened, the caller is refused
/// ```
/// State is applied when it is appended, not when it is committed, so that the next decision sees it. What was applied can be
/// lost only together with the leadership; the shard is then thrown away whole and loaded anew by whoever leads next. Nobody
/// has seen such state: answers wait for the commit.
///
/// @param <F> the coordinator's facts
/// @param <S> its state
final class Shard<F, S extends CoordinatorState<F>> implements ShardHost<F> {
    /// Before a decision of ours that could not be written is decided again.
    static final long RETRY_MS = 500;

    /// Before a decision of ours that failed, or was too large, is decided again: it may well fail once more.
    static final long FAULT_MS = 5_000;

    /// Before a log that could not be read is read again.
    static final long RELOAD_MS = 5_000;

    /// Timers handled in one turn; what is more comes in the next, so that requests get in between.
    private static final int MOST_TIMERS_A_TURN = 1_000;

    private static final Object COMMIT_TIMEOUT = "commit timeout";
    private static final long NOTHING = -1;
    private static final Logger LOG = LoggerFactory.getLogger(Shard.class);

    private final String name;
    private final Env env;
    private final Turn turn;
    private final CoordinatorLog log;
    private final FactFormat<F> format;

    /// For every batch of this shard; in its turn.
    private final RecordBatchWriter batch = new RecordBatchWriter();

    private final Function<ShardHost<F>, S> newState;
    private final LoadQueue loads;
    private final LoadProgress progress;
    private final CommitGate gate;
    private final ShardTimers<Supplier<Decision<F, ?>>> timers;

    /// In the order they were made, so that they are refused in that order. Bounded by the requests in flight.
    private final Set<Promise<?>> open = new LinkedHashSet<>();

    /// What waits for the end of the turn; filled in it, emptied outside. Bounded by the effects and answers of one turn.
    private final Queue<Runnable> outside = new ConcurrentLinkedQueue<>();

    /// The end of what was written without hurry and whose commit nobody has asked for.
    private long unhurriedEnd = NOTHING;

    private Phase<S> phase = new Phase.Loading<>();

    private sealed interface Phase<S> {
        record Loading<S>() implements Phase<S> {}

        record Active<S>(S state) implements Phase<S> {}

        record Closed<S>() implements Phase<S> {}
    }

    Shard(
            String name,
            Env env,
            CoordinatorLog log,
            FactFormat<F> format,
            Function<ShardHost<F>, S> newState,
            LoadQueue loads,
            LoadProgress progress,
            long commitTimeoutMs) {
        this.name = name;
        this.env = env;
        this.turn = env.newTurn("coordinator of " + name);
        this.log = log;
        this.format = format;
        this.newState = newState;
        this.loads = loads;
        this.progress = progress;
        this.gate = new CommitGate(commitTimeoutMs, this::outside);
        this.timers = new ShardTimers<>(env.clock(), env.timers(), this::wake);
    }

    @Override
    public int leaderEpoch() {
        return log.leaderEpoch();
    }

    /// Decides and carries out. The stage completes with a response, never with a failure.
    <R> CompletionStage<R> submit(Function<S, Decision<F, R>> decide, Function<Errors, R> refusal) {
        return inTurn(() ->
                switch (phase) {
                    case Phase.Loading<S> _ ->
                            done(refusal.apply(Errors.COORDINATOR_LOAD_IN_PROGRESS));
                    case Phase.Closed<S> _ -> done(refusal.apply(Errors.NOT_COORDINATOR));
                    case Phase.Active<S>(S state) -> {
                        CompletionStage<R> answer = carryOut(state, decide.apply(state), refusal);
                        runDue(state);
                        yield answer;
                    }
                });
    }

    /// In the turn, when there is a state.
    private void whenActive(Consumer<S> action) {
        inTurn(() -> {
            if (phase instanceof Phase.Active<S>(S state)) {
                action.accept(state);
                runDue(state);
            }
            return true;
        });
    }

    @Override
    public void outside(Runnable action) {
        outside.add(action);
    }

    private void afterTurn(Runnable action) {
        if (turn.held()) {
            outside(action);
        } else {
            action.run();
        }
    }

    /// What waits for the end of the turn is done also when the turn has failed.
    private <R> R inTurn(Supplier<R> action) {
        try {
            return turn.take(action);
        } finally {
            goOutside();
        }
    }

    /// A turn within a turn leaves it to the outer one.
    private void goOutside() {
        while (!outside.isEmpty() && !turn.held()) {
            Runnable next = outside.poll();
            if (next != null) {
                next.run();
            }
        }
    }

    private <R> CompletionStage<R> carryOut(
            S state, Decision<F, R> decision, Function<Errors, R> refusal) {
        Errors error = write(state, decision);
        if (error != Errors.NONE) {
            if (decision.reply() instanceof Decision.Reply.Later<R>(Promise<R> promise)) {
                forget(promise);
            }
            return done(refusal.apply(AppendErrors.answer(error)));
        }
        decision.effect().run();
        return switch (decision.reply()) {
            case Decision.Reply.Now<R>(R response) -> {
                var answer = new CompletableFuture<R>();
                release(answer, response, refusal);
                yield answer;
            }
            case Decision.Reply.Later<R>(Promise<R> promise) -> promise.response();
        };
    }

    private Errors write(S state, Decision<F, ?> decision) {
        List<F> facts = decision.facts();
        if (facts.isEmpty()) {
            return Errors.NONE;
        }
        long nowMs = env.clock().wallMs();
        boolean spread = decision.writing() == Decision.Writing.SPREAD;
        boolean hurry = decision.writing() != Decision.Writing.UNHURRIED;
        int most = spread ? log.maxBatchBytes() : Integer.MAX_VALUE;
        Errors error = Errors.NONE;
        for (int from = 0; from < facts.size() && error == Errors.NONE; ) {
            int to = fill(facts, from, most, nowMs);
            error = append(state, facts.subList(from, to), decision.transaction(), hurry);
            from = to;
        }
        return error;
    }

    /// Fills a batch that stays within `mostBytes`; one fact is always taken, so that what is too large by itself is refused by
    /// the log and not for ever put off.
    ///
    /// @return the index after the last fact that is in it
    private int fill(List<F> facts, int from, int mostBytes, long nowMs) {
        batch.begin(nowMs);
        int to = from;
        while (to < facts.size() && add(facts.get(to), mostBytes)) {
            to++;
        }
        return to;
    }

    private boolean add(F fact, int mostBytes) {
        FactMessages messages = format.write(fact);
        return batch.add(messages.key(), messages.value(), mostBytes);
    }

    private Errors append(
            S state, List<F> facts, @Nullable InTransaction transaction, boolean hurry) {
        CoordinatorLog.Append appended = append(transaction, hurry);
        batch.release();
        return switch (appended) {
            case CoordinatorLog.Append.Refused(Errors error) -> error;
            case CoordinatorLog.Append.Written(long baseOffset) -> {
                long producerId =
                        transaction == null
                                ? CoordinatorState.NO_PRODUCER
                                : transaction.producerId();
                for (int i = 0; i < facts.size(); i++) {
                    state.replay(facts.get(i), baseOffset + i, producerId);
                }
                written(baseOffset + facts.size());
                if (hurry) {
                    askForCommit();
                }
                yield Errors.NONE;
            }
        };
    }

    private CoordinatorLog.Append append(@Nullable InTransaction transaction, boolean hurry) {
        if (transaction != null) {
            return log.append(
                    batch.end(transaction.producerId(), transaction.producerEpoch()),
                    transaction.verified());
        }
        return hurry ? log.append(batch.end()) : log.appendUnhurried(batch.end());
    }

    private void written(long endOffset) {
        unhurriedEnd = endOffset;
    }

    /// Whoever is to hear of anything, or to act on it, has everything committed that was written before.
    private void askForCommit() {
        if (unhurriedEnd == NOTHING && gate.isUndecided()) {
            unhurriedEnd = log.end();
        }
        if (unhurriedEnd != NOTHING) {
            CompletionStage<Errors> committed = log.committed(unhurriedEnd);
            unhurriedEnd = NOTHING;
            gate.appended(outsideOf(committed), env.clock().monotonicMs());
            watchGate();
        }
    }

    /// A commit that comes while the log appends for us finds us between a fact's append and its replay: whoever hears of it must not
    /// come in then.
    private CompletionStage<Errors> outsideOf(CompletionStage<Errors> committed) {
        if (committed.toCompletableFuture().isDone()) {
            return committed;
        }
        var later = new CompletableFuture<Errors>();
        committed.whenComplete((error, failure) -> {
            Errors outcome = failure == null ? error : Errors.NOT_LEADER_OR_FOLLOWER;
            afterTurn(() -> later.complete(outcome));
        });
        return later;
    }

    /// Ends a producer's transaction: what it wrote here counts from now on, or never will. The stage completes when the marker is
    /// committed, or with an error that says why it is not; it never fails.
    CompletionStage<Errors> complete(TransactionMarker marker) {
        return inTurn(() ->
                switch (phase) {
                    case Phase.Loading<S> _ -> done(Errors.COORDINATOR_LOAD_IN_PROGRESS);
                    case Phase.Closed<S> _ -> done(Errors.NOT_COORDINATOR);
                    case Phase.Active<S>(S state) -> {
                        CompletionStage<Errors> answer = complete(state, marker);
                        runDue(state);
                        yield answer;
                    }
                });
    }

    private CompletionStage<Errors> complete(S state, TransactionMarker marker) {
        return switch (log.append(marker)) {
            case CoordinatorLog.Append.Refused(Errors error) -> done(AppendErrors.answer(error));
            case CoordinatorLog.Append.Written(long offset) -> {
                state.replayMarker(marker.producerId(), marker.commit());
                written(offset + 1);
                var answer = new CompletableFuture<Errors>();
                release(answer, Errors.NONE, Function.identity());
                yield answer;
            }
        };
    }

    /// As [#release], of a response that others hold already: what hangs on it is theirs, and not for this turn.
    <R> void fulfil(CompletableFuture<R> response, R value, Function<Errors, R> refusal) {
        var answer = new CompletableFuture<R>();
        release(answer, value, refusal);
        var _ = answer.thenAccept(given -> afterTurn(() -> response.complete(given)));
    }

    /// Lets the response go when the gate opens.
    private <R> void release(CompletableFuture<R> response, R value, Function<Errors, R> refusal) {
        askForCommit();
        gate.forAnswer(env.clock().monotonicMs())
                .whenComplete((error, _) ->
                        response.complete(error == Errors.NONE ? value : refusal.apply(error)));
        if (!response.isDone()) {
            watchGate();
        }
    }

    @Override
    public void onceCommitted(Supplier<Decision<F, ?>> decide) {
        askForCommit();
        gate.commit()
                .whenComplete((error, _) -> {
                    if (error == Errors.NONE) {
                        decide(decide, decide);
                    } else if (error != Errors.NOT_COORDINATOR) {
                        decide(decide, () -> Decision.answer(true, () -> askAgain(decide)));
                    }
                });
    }

    /// The log cannot say that everything is committed, and we lead still: it is asked once more.
    private void askAgain(Supplier<Decision<F, ?>> decide) {
        schedule(decide, RETRY_MS, () -> Decision.answer(true, () -> onceCommitted(decide)));
    }

    @Override
    public void decide(Object key, Supplier<Decision<F, ?>> decide) {
        if (turn.held()) {
            // In the middle of another decision.
            timers.schedule(key, 0, decide);
        } else {
            whenActive(state -> carryOutDue(state, new ShardTimers.Due<>(key, decide)));
        }
    }

    /// One timer for all gates. It is not pushed back by later ones: the oldest is what it is for.
    private void watchGate() {
        long leftMs = gate.expire(env.clock().monotonicMs());
        if (leftMs >= 0) {
            timers.schedule(COMMIT_TIMEOUT, leftMs, this::expireGates);
        }
    }

    private Decision<F, Boolean> expireGates() {
        return Decision.answer(true, this::watchGate);
    }

    // ---- timers

    @Override
    public void schedule(Object key, long delayMs, Supplier<Decision<F, ?>> decide) {
        timers.schedule(key, delayMs, decide);
    }

    @Override
    public void cancel(Object key) {
        timers.cancel(key);
    }

    private void wake(ShardTimers.Alarm alarm) {
        inTurn(() -> {
            if (timers.fired(alarm) && phase instanceof Phase.Active<S>(S state)) {
                runDue(state);
            }
            return true;
        });
    }

    private void runDue(S state) {
        try {
            for (int i = 0; i < MOST_TIMERS_A_TURN; i++) {
                var due = timers.due();
                if (due == null) {
                    break;
                }
                carryOutDue(state, due);
            }
        } finally {
            timers.arm();
        }
    }

    /// A fault of ours in a decision is not its end, for it may be one that schedules itself for ever; nor is it the business of the
    /// request in whose turn it came up. The host hears of it.
    private void carryOutDue(S state, ShardTimers.Due<Supplier<Decision<F, ?>>> due) {
        try {
            Decision<F, ?> decision = due.task().get();
            Errors error = write(state, decision);
            if (error == Errors.NONE) {
                decision.effect().run();
            } else if (AppendErrors.isTooLarge(error)) {
                LOG.warn("{}: {} is more than a batch holds ({})", name, due.key(), error);
                timers.schedule(due.key(), FAULT_MS, due.task());
            } else {
                LOG.debug("{}: {} could not be written ({})", name, due.key(), error);
                timers.schedule(due.key(), RETRY_MS, due.task());
            }
        } catch (Invariant.Broken broken) {
            throw broken;
        } catch (RuntimeException e) {
            timers.schedule(due.key(), FAULT_MS, due.task());
            String what = name + ": " + due.key() + " failed, and is decided again";
            var fault = new IllegalStateException(what, e);
            env.workers()
                    .execute(
                            what,
                            () -> {
                                throw fault;
                            });
        }
    }

    // ---- promises

    @Override
    public <R> Promise<R> promise(Function<Errors, R> refusal) {
        var promise = new Promise<>(this, refusal);
        open.add(promise);
        return promise;
    }

    void forget(Promise<?> promise) {
        Invariant.check(turn.held(), "promises are touched in the shard's turn");
        open.remove(promise);
    }

    // ---- life

    /// Reads the log to its end, then opens the door. Nothing when the leadership has ended meanwhile.
    void startLoading() {
        if (isLoading()) {
            progress.begun();
            loads.add(() -> onWorker(this::beginToLoad));
        }
    }

    private boolean beginToLoad() throws IOException {
        S state = newState.apply(this);
        return load(state, new LogReplay<>(name, log, format, state, progress));
    }

    /// A slice; the next one queues behind whatever else the workers have to do by then.
    private boolean load(S state, LogReplay<F> replay) throws IOException {
        if (replay.readOn(isLoading())) {
            onWorker(() -> load(state, replay));
            return true;
        }
        return inTurn(() -> {
            open(state, replay.end());
            return false;
        });
    }

    private interface PieceOfLoad {
        /// @return whether there is another one, which waits for a worker by now
        boolean run() throws IOException;
    }

    private void onWorker(PieceOfLoad piece) {
        env.workers().execute("load " + name, () -> attempt(piece));
    }

    private void attempt(PieceOfLoad piece) {
        boolean goesOn = false;
        try {
            goesOn = piece.run();
        } catch (CoordinatorLog.LeadershipOver e) {
            LOG.debug(
                    "{}: loading at epoch {} is abandoned: {}", name, leaderEpoch(), e.toString());
        } catch (Invariant.Broken broken) {
            throw broken;
        } catch (IOException | RuntimeException e) {
            LOG.error("{}: cannot be loaded, trying again in {} ms", name, RELOAD_MS, e);
            env.timers().schedule(RELOAD_MS, this::startLoading);
        } finally {
            if (!goesOn) {
                loads.over();
            }
        }
    }

    private boolean isLoading() {
        return turn.take(() -> phase instanceof Phase.Loading<S>);
    }

    /// Nothing when the leadership has ended meanwhile.
    private void open(S state, long end) {
        if (phase instanceof Phase.Loading<S>) {
            phase = new Phase.Active<>(state);
            gate.appended(outsideOf(log.committed(end)), env.clock().monotonicMs());
            watchGate();
            state.loaded();
            runDue(state);
        }
    }

    /// The leadership is over: everything is forgotten, whoever waits is told to look elsewhere.
    void close() {
        List<Promise<?>> waiting =
                inTurn(() -> {
                    phase = new Phase.Closed<>();
                    timers.clear();
                    gate.fail(Errors.NOT_COORDINATOR);
                    List<Promise<?>> unanswered = List.copyOf(open);
                    open.clear();
                    return unanswered;
                });
        waiting.forEach(promise -> promise.refuse(Errors.NOT_COORDINATOR));
    }

    /// For tests: the state, when there is one.
    @Nullable S stateOrNull() {
        return phase instanceof Phase.Active<S>(S state) ? state : null;
    }

    private static <R> CompletionStage<R> done(R response) {
        return CompletableFuture.completedFuture(response);
    }
}
