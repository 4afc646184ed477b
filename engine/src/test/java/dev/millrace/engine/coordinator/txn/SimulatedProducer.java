package dev.millrace.engine.coordinator.txn;

import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// A producer that behaves as Kafka's does, in one of the two versions of transactions; a state machine of what it waits for. It may die at
/// any point, and then it starts anew.
final class SimulatedProducer {
    private final String transactionalId;
    private final String name;
    private final TransactionVersion version;
    private final Random random;
    private final TransactionSimulation simulation;

    private int starts;
    private int transactions;
    private long producerId;
    private short epoch;
    private boolean initialized;
    private boolean keepsId;
    private boolean quiet;

    private @Nullable SimulatedTransaction current;
    private @Nullable SimulatedPartition writing;
    private @Nullable Boolean ending;

    /// What is under way; null when nothing is.
    private @Nullable Supplier<@Nullable Runnable> waiting;

    SimulatedProducer(
            String transactionalId,
            String name,
            TransactionVersion version,
            Random random,
            TransactionSimulation simulation) {
        this.transactionalId = transactionalId;
        this.name = name;
        this.version = version;
        this.random = random;
        this.simulation = simulation;
        start();
    }

    private boolean newEpochs() {
        return version.supportsEpochBump();
    }

    void start() {
        starts++;
        producerId = -1;
        epoch = -1;
        initialized = false;
        keepsId = false;
        current = null;
        writing = null;
        ending = null;
        waiting = null;
    }

    /// Begins no more transactions, and leaves the present one to itself.
    void rest() {
        quiet = true;
    }

    /// Who this is, between two deaths.
    String instance() {
        return name + "." + starts;
    }

    void step() {
        if (quiet) {
            return;
        }
        if (waiting != null) {
            Runnable next = waiting.get();
            if (next != null) {
                waiting = null;
                next.run();
            }
        } else if (!initialized) {
            init();
        } else if (ending != null) {
            end(ending);
        } else if (writing != null) {
            write(writing);
        } else {
            decide();
        }
    }

    private void decide() {
        SimulatedTransaction transaction = current;
        if (transaction == null) {
            current = new SimulatedTransaction(instance() + "#" + transactions++);
            simulation.began(current);
        } else if (transaction.isEmpty() || random.nextInt(3) > 0) {
            writing = simulation.anyPartition();
        } else {
            ending = random.nextInt(3) > 0;
        }
    }

    // ---- InitProducerId

    private void init() {
        boolean byItself = keepsId;
        long expectedId = byItself ? producerId : -1;
        short expectedEpoch = byItself ? epoch : -1;
        var request =
                new InitProducerIdRequestData()
                        .setTransactionalId(transactionalId)
                        .setTransactionTimeoutMs(TransactionWorld.TIMEOUT_MS)
                        .setProducerId(expectedId)
                        .setProducerEpoch(expectedEpoch);
        Supplier<CompletionStage<ProducerAnswer>> ask =
                () ->
                        simulation.world.transactions.initProducerId(
                                request, TransactionWorld.CLIENT);
        simulation.sent(this, ask, true);
        ask(ask, "init", true, this::initialized);
    }

    private void initialized(ProducerAnswer answer) {
        switch (answer) {
            case ProducerAnswer.Granted(long id, short granted) -> {
                simulation.granted(this, id, granted);
                producerId = id;
                epoch = granted;
                initialized = true;
                keepsId = false;
            }
            case ProducerAnswer.Refused(Errors error) -> {
                if (!isRetriable(error)) {
                    start();
                }
            }
            case ProducerAnswer.NeedsProducerId() -> throw new AssertionError("undecided");
        }
    }

    // ---- writing

    private void write(SimulatedPartition partition) {
        SimulatedTransaction transaction = transaction();
        long id = producerId;
        short as = epoch;
        Supplier<CompletionStage<Errors>> ask =
                () -> simulation.write(transactionalId, id, as, version, transaction, partition);
        if (newEpochs()) {
            simulation.sent(this, ask, false);
        }
        ask(ask, "write " + partition.name, newEpochs(), error -> written(partition, error));
    }

    private void written(SimulatedPartition partition, Errors error) {
        if (error == Errors.NONE) {
            transaction().acknowledged(partition.name);
            writing = null;
        } else if (error == Errors.INVALID_TXN_STATE || error == Errors.TRANSACTION_ABORTABLE) {
            writing = null;
            ending = false;
        } else if (!isRetriable(error)) {
            writing = null;
            giveUp();
        }
    }

    private SimulatedTransaction transaction() {
        if (current == null) {
            throw new AssertionError("no transaction");
        }
        return current;
    }

    // ---- EndTxn

    private void end(boolean commit) {
        SimulatedTransaction transaction = transaction();
        transaction.asks(commit);
        var request =
                new EndTxnRequestData()
                        .setTransactionalId(transactionalId)
                        .setProducerId(producerId)
                        .setProducerEpoch(epoch)
                        .setCommitted(commit);
        Supplier<CompletionStage<ProducerAnswer>> ask =
                () -> simulation.world.transactions.end(request, version, TransactionWorld.CLIENT);
        if (newEpochs()) {
            simulation.sent(this, ask, false);
        }
        ask(
                ask,
                commit ? "commit" : "abort",
                newEpochs(),
                answer -> ended(transaction, commit, answer));
    }

    private void ended(SimulatedTransaction transaction, boolean commit, ProducerAnswer answer) {
        switch (answer) {
            case ProducerAnswer.Granted(long id, short granted) -> {
                transaction.told(commit);
                if (newEpochs()) {
                    simulation.granted(this, id, granted);
                    producerId = id;
                    epoch = granted;
                }
                current = null;
                ending = null;
            }
            case ProducerAnswer.Refused(Errors error) -> {
                if (error == Errors.INVALID_TXN_STATE && commit) {
                    ending = false;
                } else if (error == Errors.INVALID_TXN_STATE) {
                    giveUp();
                } else if (!isRetriable(error)) {
                    start();
                }
            }
            case ProducerAnswer.NeedsProducerId() -> throw new AssertionError("undecided");
        }
    }

    /// A producer whose transaction is lost asks for a new epoch, with the one that it has or as if it were new.
    private void giveUp() {
        current = null;
        ending = null;
        initialized = false;
        keepsId = random.nextBoolean();
    }

    // ---- the network

    private static boolean isRetriable(Errors error) {
        return switch (error) {
            case CONCURRENT_TRANSACTIONS,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    COORDINATOR_NOT_AVAILABLE,
                    NOT_COORDINATOR ->
                    true;
            default -> false;
        };
    }

    /// Sends. A request may get lost, or come late, or its answer is lost: then the same is asked once more.
    ///
    /// @param mayBeLate not in version 1: it has nothing against it
    private <T> void ask(
            Supplier<CompletionStage<T>> request,
            String what,
            boolean mayBeLate,
            Consumer<T> heard) {
        switch (random.nextInt(30)) {
            case 0 -> simulation.log(instance() + " is not heard: " + what);
            case 1 -> {
                if (mayBeLate) {
                    simulation.log(instance() + " is heard late: " + what);
                    simulation.later(request);
                }
            }
            case 2 -> {
                simulation.log(instance() + " does not hear the answer: " + what);
                var _ = request.get();
            }
            default -> {
                CompletableFuture<T> answer = request.get().toCompletableFuture();
                waiting =
                        () -> {
                            T told = answer.getNow(null);
                            return told == null
                                    ? null
                                    : () -> {
                                        simulation.log(instance() + " " + what + ": " + told);
                                        heard.accept(told);
                                    };
                        };
            }
        }
    }
}
