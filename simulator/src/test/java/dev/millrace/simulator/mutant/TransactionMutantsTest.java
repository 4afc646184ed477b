package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every bug planted into the coordinator of transactions is caught, and the coordinator as it is is not.
class TransactionMutantsTest {
    private static final int SEEDS = 600;
    private static final Ground GROUND =
            new Ground(
                    "dev.millrace.engine.coordinator",
                    List.of("dev.millrace.engine.coordinator."),
                    "dev.millrace.engine.coordinator.txn.TransactionProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(decisions(), epochs(), endings()).flatMap(bugs -> bugs);
    }

    private static Stream<Mutant> decisions() {
        return Stream.of(
                GROUND.bug(
                        "markers leave before the decision is committed",
                        "txn/TransactionCompletions",
                        "host.onceCommitted(delivery::start);",
                        "host.schedule(delivery, 0, delivery::start);"),
                GROUND.bug(
                        "a decision that was lost is carried out",
                        "Shard",
                        "if (error == Errors.NONE) {\n                        decide(decide, decide);",
                        "if (true) {\n                        decide(decide, decide);"),
                GROUND.bug(
                        "answers before the commit",
                        "CommitGate",
                        "if (commit.isDone()) {\n            return commit;",
                        "if (true) {\n            return CompletableFuture.completedFuture(Errors.NONE);"),
                GROUND.bug(
                        "a commit is heard of between an append and its replay",
                        "Shard",
                        "if (committed.toCompletableFuture().isDone()) {",
                        "if (true) {"),
                GROUND.bug(
                        "what is decided is not carried on after loading",
                        "txn/TransactionShard",
                        "transactions.values().forEach(completions::begin);",
                        ""),
                GROUND.bug(
                        "partitions join what is being completed",
                        "txn/PartitionAdditions",
                        "case Prepared _ -> null;",
                        "case Prepared _ -> Decision.answer(Errors.NONE);"),
                GROUND.bug(
                        "a partition that was added is not written down",
                        "txn/PartitionAdditions",
                        "case Ongoing ongoing when ongoing.partitions().containsAll(request.partitions()) ->",
                        "case Ongoing ongoing when !request.partitions().isEmpty() ->"));
    }

    private static Stream<Mutant> epochs() {
        return Stream.of(
                GROUND.bug(
                        "an end of version 2 leaves the epoch",
                        "txn/TransactionState",
                        "Producer next = by.supportsEpochBump() ? producer.afterTransaction() : producer;",
                        "Producer next = producer;"),
                GROUND.bug(
                        "a late end ends the next transaction",
                        "txn/TransactionEnds",
                        "case Ongoing ongoing when present ->",
                        "case Ongoing ongoing when present || repeats ->"),
                GROUND.bug(
                        "any end that is asked for once more has been carried out",
                        "txn/TransactionEnds",
                        "return completed.result() == request.result()",
                        "return completed.result() == completed.result()"),
                GROUND.bug(
                        "a producer that is fenced is told the present epoch",
                        "txn/ProducerInits",
                        "return request.expectedEpoch() == producer.lastEpoch()",
                        "return request.expects()"),
                GROUND.bug(
                        "a new producer has the epoch of the old one",
                        "txn/Producer",
                        "return new Producer(id, id, next(), RecordBatch.NO_PRODUCER_EPOCH, newTimeoutMs);",
                        "return new Producer(id, id, epoch, RecordBatch.NO_PRODUCER_EPOCH, newTimeoutMs);"),
                GROUND.bug(
                        "partitions of an older epoch are added",
                        "txn/PartitionAdditions",
                        "return state.producer().epoch() == epoch && epoch != Producer.LAST_EPOCH",
                        "return state.producer().epoch() >= epoch && epoch != Producer.LAST_EPOCH"));
    }

    private static Stream<Mutant> endings() {
        return Stream.of(
                GROUND.bug(
                        "the first marker completes the transaction",
                        "txn/TransactionCompletions",
                        "boolean isLast = missing.isEmpty() || missing.equals(Set.of(partition));",
                        "boolean isLast = true;"),
                GROUND.bug(
                        "a marker that nobody has heard of is taken for written",
                        "txn/TransactionCompletions",
                        "case UNKNOWN -> Decision.answer(true, () -> tryAgain(partition));\n                case WRITTEN, GONE, OVERTAKEN ->",
                        "case UNKNOWN, WRITTEN, GONE, OVERTAKEN ->"),
                GROUND.bug(
                        "markers are not sent again",
                        "txn/TransactionCompletions",
                        "host.schedule(new Retry(this), retryMs, this::retry);",
                        ""),
                GROUND.bug(
                        "transactions have no time-out",
                        "txn/TransactionState",
                        "&& producer.timeoutMs() < openMs;",
                        "&& producer.timeoutMs() < 0;"),
                GROUND.bug(
                        "what began in the future is open until the clock gets there",
                        "txn/TransactionTimeouts",
                        "return ongoing.startMs() > clock.wallMs()",
                        "return false"),
                GROUND.bug(
                        "an abort for a new producer is not carried out",
                        "txn/Fencing",
                        "completions.begin(transaction);",
                        ""));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int seeds = mutant.seedsToCatch(SEEDS);
        System.out.printf("caught after %3d seeds: %s%n", seeds, mutant.name());
        assertTrue(seeds > 0, mutant.name() + " survives " + SEEDS + " seeds");
    }

    @Test
    void theCoordinatorAsItIsPasses() throws Exception {
        assertEquals(-1, GROUND.asItIs().seedsToCatch(20));
    }
}
