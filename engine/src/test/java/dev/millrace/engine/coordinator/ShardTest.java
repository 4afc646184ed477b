package dev.millrace.engine.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.VersionedMessage;
import dev.millrace.engine.testing.WatchedTurns;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// When answers leave a shard, and what becomes of decisions that fail; of a coordinator that knows texts.
class ShardTest {
    private static final long COMMIT_TIMEOUT_MS = 5_000;

    private final ManualEnv env = new ManualEnv(1);
    private final MemoryLog log = new MemoryLog();
    private final List<Turn> turns = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private final Shard<String, Texts> shard =
            new Shard<>(
                    "texts-0",
                    new WatchedTurns(env, this::remembered),
                    log.lead(),
                    new TextFormat(),
                    Texts::new,
                    new LoadQueue(env.newTurn("loads of texts")),
                    new LoadProgress("texts", env),
                    COMMIT_TIMEOUT_MS);

    ShardTest() {
        shard.startLoading();
    }

    private record Texts(ShardHost<String> host) implements CoordinatorState<String> {
        @Override
        public void replay(String fact, long offset, long producerId) {}

        @Override
        public void replayMarker(long producerId, boolean committed) {}

        @Override
        public void loaded() {}
    }

    private static final class TextFormat implements FactFormat<String> {
        @Override
        public FactMessages write(String fact) {
            var message = new HeartbeatRequestData().setGroupId(fact);
            return new FactMessages(new VersionedMessage((short) 0, message, (short) 0), null);
        }

        @Override
        public @Nullable String read(ByteBuffer key, @Nullable ByteBuffer value) {
            return null;
        }
    }

    private Turn remembered(Turn turn) {
        turns.add(turn);
        return turn;
    }

    private void ask(String name, Function<Texts, Decision<String, Errors>> decide) {
        hear(name, shard.submit(decide, Function.identity()));
    }

    /// Whoever is answered goes on in no turn of the shard's.
    private void hear(String name, CompletionStage<Errors> answer) {
        answer.whenComplete((error, _) -> {
            assertFalse(turns.getFirst().held(), name + " is answered in the turn");
            answers.add(name + " " + error);
        });
    }

    private void write(String text) {
        ask(text, _ -> Decision.write(List.of(text), Errors.NONE));
    }

    /// A request that is answered so much later.
    private void park(String name, long forMs) {
        ask(
                name,
                texts -> {
                    Promise<Errors> promise = texts.host.promise(Function.identity());
                    return Decision.park(
                            List.of(),
                            promise,
                            () -> texts.host.schedule(name, forMs, () -> fulfil(promise)));
                });
    }

    private static Decision<String, ?> fulfil(Promise<Errors> promise) {
        return Decision.answer(true, () -> promise.fulfil(Errors.NONE));
    }

    // ---- answers

    @Test
    void whoWaitsForACommitForTooLongIsAnsweredOutsideTheTurn() {
        log.commitAtOnce(false);
        write("a");
        env.time.advance(COMMIT_TIMEOUT_MS - 1);
        assertEquals(List.of(), answers);
        env.time.advance(1);
        assertEquals(List.of("a COORDINATOR_NOT_AVAILABLE"), answers);
    }

    /// In the very turn in which the gate before is given up.
    @Test
    void whoIsAnsweredAfterAGateWasGivenUpGetsANewOne() {
        log.commitAtOnce(false);
        write("a");
        park("b", COMMIT_TIMEOUT_MS);
        env.time.advance(COMMIT_TIMEOUT_MS);
        assertEquals(List.of("a COORDINATOR_NOT_AVAILABLE"), answers);
        log.commitTo(log.endOffset());
        assertEquals(List.of("a COORDINATOR_NOT_AVAILABLE", "b NONE"), answers);
    }

    @Test
    void aPromiseIsFulfilledOutsideTheTurn() {
        park("a", 10);
        env.time.advance(10);
        assertEquals(List.of("a NONE"), answers);
    }

    /// Whichever append they wait for: the log, which is led here at another epoch, may not say what became of it for a long time.
    @Test
    void theEndOfTheLeadershipIsToldToAllOutsideTheTurn() {
        log.commitAtOnce(false);
        write("a");
        write("b");
        park("c", 10);
        shard.close();
        assertEquals(
                List.of("a NOT_COORDINATOR", "b NOT_COORDINATOR", "c NOT_COORDINATOR"), answers);
    }

    // ---- decisions that fail

    private static final class Fault extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// What a request has decided soon, and a moment later.
    private void schedule(Supplier<Decision<String, ?>> soon, Supplier<Decision<String, ?>> later) {
        ask(
                "a",
                texts ->
                        Decision.answer(
                                Errors.NONE,
                                () -> {
                                    texts.host.schedule("soon", 0, soon);
                                    texts.host.schedule("later", 10, later);
                                }));
    }

    private void hostHearsOfAFault() {
        var heard = assertThrows(IllegalStateException.class, env::runWork);
        assertInstanceOf(Fault.class, heard.getCause());
    }

    private Decision<String, ?> done(String what) {
        return Decision.answer(true, () -> answers.add(what));
    }

    /// It may have become smaller by then, or the limit larger.
    @Test
    void aDecisionThatIsTooLargeIsTakenAgainAfterAWhile() {
        log.maxBatchBytes(10);
        schedule(
                () -> Decision.write(List.of("x"), true, () -> answers.add("soon")),
                () -> done("later"));
        log.maxBatchBytes(10_000);
        env.time.advance(Shard.FAULT_MS - 1);
        assertEquals(List.of("a NONE", "later"), answers);
        env.time.advance(1);
        assertEquals(List.of("a NONE", "later", "soon"), answers);
    }

    @Test
    void aDecisionThatIsRefusedOtherwiseIsTakenAgainSoon() {
        log.refuseNext(Errors.NOT_ENOUGH_REPLICAS);
        schedule(
                () -> Decision.write(List.of("x"), true, () -> answers.add("soon")),
                () -> done("later"));
        env.time.advance(Shard.RETRY_MS);
        assertEquals(List.of("a NONE", "later", "soon"), answers);
    }

    @Test
    void aDecisionThatFailsIsTakenAgainAndInNobodysWay() {
        env.holdWork();
        var failures = new ArrayList<>(List.of(new Fault(), new Fault()));
        schedule(
                () -> {
                    if (!failures.isEmpty()) {
                        throw failures.removeFirst();
                    }
                    return done("soon");
                },
                () -> done("later"));
        assertEquals(List.of("a NONE"), answers);
        env.time.advance(10);
        assertEquals(List.of("a NONE", "later"), answers);
        env.time.advance(2 * Shard.FAULT_MS);
        assertEquals(List.of("a NONE", "later", "soon"), answers);
        assertEquals(List.of(), failures);
        hostHearsOfAFault();
        hostHearsOfAFault();
        env.runWork();
    }

    @Test
    void aBrokenInvariantIsNobodysToHide() {
        ask(
                "a",
                texts ->
                        Decision.answer(
                                Errors.NONE,
                                () ->
                                        texts.host.schedule(
                                                "soon",
                                                10,
                                                () -> {
                                                    throw Invariant.unreachable("of the test");
                                                })));
        assertThrows(Invariant.Broken.class, () -> env.time.advance(10));
        env.time.advance(2 * Shard.FAULT_MS);
        assertEquals(0, env.time.scheduled());
    }
}
