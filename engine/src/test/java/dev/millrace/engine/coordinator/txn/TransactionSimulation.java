package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Simulation;
import dev.millrace.engine.coordinator.txn.Markers.Fate;
import dev.millrace.engine.coordinator.txn.TransactionState.Empty;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// Transactional producers, two of them under one transactional id, on one coordinator whose commits lag, whose appends are refused and
/// which crashes, with a wall clock that somebody sets, over partitions whose markers get lost or come late; and zombies that send again whatever was sent before. One seed
/// decides everything.
///
/// Where the producers speak version 1 their requests and markers are not late, nor sent again by zombies but for InitProducerId: that
/// version cannot tell them from the next transaction's, which is why there is another (KIP-890).
final class TransactionSimulation implements Simulation {
    private static final int STEPS = 500;
    private static final int MOST_LATE = 5;
    private static final int MOST_REMEMBERED = 200;

    /// By which somebody sets the wall clock at once, either way.
    private static final int MOST_SET_MS = 1_800_000;

    private static final List<String> IDS = List.of("a", "b", "c");
    private static final List<Errors> REFUSALS =
            List.of(Errors.NOT_ENOUGH_REPLICAS, Errors.KAFKA_STORAGE_ERROR);

    final TransactionWorld world;
    private final Random random;
    private final boolean newEpochs;
    private final TransactionLedger ledger;
    private final List<SimulatedPartition> partitions = new ArrayList<>();
    private final List<SimulatedProducer> producers = new ArrayList<>();
    private final List<SimulatedTransaction> transactions = new ArrayList<>();
    private final StringBuilder trace = new StringBuilder();

    /// Requests that are still on their way, though nobody waits for their answers any more; at most [#MOST_LATE].
    private final ArrayDeque<Supplier<? extends CompletionStage<?>>> late = new ArrayDeque<>();

    private final ArrayDeque<TransactionWorld.Sent> lateMarkers = new ArrayDeque<>();

    /// What zombies know: the last requests; at most [#MOST_REMEMBERED].
    private final List<Supplier<? extends CompletionStage<?>>> remembered = new ArrayList<>();

    private @Nullable AssertionError violation;

    /// Who holds a producer id and epoch.
    private final Map<String, String> holders = new HashMap<>();

    TransactionSimulation(long seed) {
        random = new Random(seed);
        newEpochs = random.nextInt(4) > 0;
        world = new TransactionWorld(seed, TransactionConfig.DEFAULTS);
        world.fate = null;
        for (int i = 0; i < 4; i++) {
            partitions.add(new SimulatedPartition(new TopicPartition("t", i)));
        }
        if (random.nextInt(3) == 0) {
            short epoch = (short) (Producer.HIGHEST_GIVEN_EPOCH - random.nextInt(5));
            var producer = new Producer(7, 7, epoch, (short) -1, TransactionWorld.TIMEOUT_MS);
            world.write(IDS.getFirst(), new Empty(producer, TransactionVersion.TV_2, 0));
        }
        ledger = new TransactionLedger(world);
        world.leaving = marker -> remember(() -> ledger.checkDecided(marker));
        world.lead();
        TransactionVersion version = newEpochs ? TransactionVersion.TV_2 : TransactionVersion.TV_0;
        for (int i = 0; i < 4; i++) {
            String id = IDS.get(i % IDS.size());
            producers.add(new SimulatedProducer(id, id + i, version, random, this));
        }
    }

    @Override
    public String trace() {
        return trace.toString();
    }

    /// Transactions of which records were committed or aborted.
    @Override
    public int events() {
        return (int) transactions.stream().filter(t -> t.isCommitted() || t.isAborted()).count();
    }

    void log(String line) {
        trace.append(line).append('\n');
    }

    // ---- what producers do

    void began(SimulatedTransaction transaction) {
        transactions.add(transaction);
    }

    SimulatedPartition anyPartition() {
        return partitions.get(random.nextInt(partitions.size()));
    }

    /// Nobody holds what somebody else was given.
    void granted(SimulatedProducer producer, long id, short epoch) {
        String before = holders.putIfAbsent(id + "/" + epoch, producer.instance());
        if (before != null && !before.equals(producer.instance())) {
            throw new AssertionError(
                    "P3 %d/%d is given to %s and %s"
                            .formatted(id, epoch, before, producer.instance()));
        }
    }

    void later(Supplier<? extends CompletionStage<?>> request) {
        late.add(request);
        if (late.size() > MOST_LATE) {
            late.remove();
        }
    }

    /// @param anew InitProducerId, which may come again in any version
    void sent(
            SimulatedProducer producer,
            Supplier<? extends CompletionStage<?>> request,
            boolean anew) {
        if (anew && random.nextInt(5) > 0) {
            return; // else everybody is fenced all the time
        }
        remembered.add(request);
        if (remembered.size() > MOST_REMEMBERED) {
            remembered.removeFirst();
        }
    }

    /// A batch, as a leader takes it: without asking where the transaction is open, otherwise when its coordinator has said so.
    CompletionStage<Errors> write(
            String transactionalId,
            long producerId,
            short epoch,
            TransactionVersion version,
            SimulatedTransaction transaction,
            SimulatedPartition partition) {
        if (partition.isOpen(producerId, epoch)) {
            return CompletableFuture.completedFuture(
                    partition.append(producerId, epoch, transaction, null));
        }
        Object guard = partition.guard(producerId);
        return world.transactions
                .add(
                        transactionalId,
                        producerId,
                        epoch,
                        List.of(partition.name),
                        version,
                        TransactionWorld.CLIENT)
                .thenApply(error -> {
                    if (error != Errors.NONE) {
                        return error;
                    }
                    Errors appended = partition.append(producerId, epoch, transaction, guard);
                    if (appended == Errors.NONE) {
                        remember(() -> checkIsIn(transactionalId, producerId, partition));
                    }
                    return appended;
                });
    }

    /// T4.
    private void checkIsIn(String transactionalId, long producerId, SimulatedPartition partition) {
        TransactionState state = world.state(transactionalId);
        if (state == null
                || state.producer().id() != producerId
                || !state.partitions().contains(partition.name)) {
            throw new AssertionError(
                    "T4 a record of %s is in %s, and the coordinator says %s"
                            .formatted(transactionalId, partition.name, state));
        }
    }

    // ---- the run

    @Override
    public void run() {
        for (int i = 0; i < STEPS; i++) {
            if (random.nextInt(10) < 6) {
                producers.get(random.nextInt(producers.size())).step();
            } else {
                strike(random.nextInt(40));
            }
            check();
        }
    }

    private void strike(int which) {
        switch (which) {
            case 0 -> world.log.commitAtOnce(false);
            case 1, 2, 3 -> world.log.commitAtOnce(true);
            case 4, 5, 6 -> world.log.commitTo(world.log.endOffset() - random.nextInt(3));
            case 7 -> world.log.refuseNext(REFUSALS.get(random.nextInt(REFUSALS.size())));
            case 8 -> crash();
            case 9 -> world.env.time.advance(random.nextInt(TransactionWorld.TIMEOUT_MS));
            case 10, 11, 12 -> world.env.time.advance(random.nextInt(1_000));
            case 13 -> world.outOfIds = !world.outOfIds;
            case 14 -> {
                SimulatedProducer dies = producers.get(random.nextInt(producers.size()));
                log(dies.instance() + " dies");
                dies.start();
            }
            case 15, 16 -> {
                if (!late.isEmpty()) {
                    var _ = late.remove().get();
                }
            }
            case 17, 18, 19 -> zombie();
            case 20, 21 -> {
                if (!lateMarkers.isEmpty()) {
                    TransactionWorld.Sent marker = lateMarkers.remove();
                    arrives(marker, false);
                }
            }
            case 22 -> world.env.time.setWall(random.nextInt(2 * MOST_SET_MS) - MOST_SET_MS);
            default -> marker();
        }
    }

    private void zombie() {
        if (!remembered.isEmpty()) {
            var _ = remembered.get(random.nextInt(remembered.size())).get();
        }
    }

    private void crash() {
        log("crash");
        for (TransactionWorld.Sent sent : List.copyOf(world.sent)) {
            late(sent);
        }
        if (random.nextBoolean()) {
            world.crash();
        } else {
            world.resign();
        }
    }

    /// The next marker that is under way arrives, or does not.
    private void marker() {
        if (world.sent.isEmpty()) {
            return;
        }
        TransactionWorld.Sent sent = world.sent.remove(random.nextInt(world.sent.size()));
        switch (random.nextInt(10)) {
            case 0 -> sent.tell(Fate.UNKNOWN);
            case 1 -> {
                arrives(sent, false);
                sent.tell(Fate.UNKNOWN);
            }
            case 2 -> {
                late(sent);
                sent.tell(Fate.UNKNOWN);
            }
            default -> sent.tell(arrives(sent, true));
        }
    }

    private void late(TransactionWorld.Sent sent) {
        if (newEpochs) {
            lateMarkers.add(sent);
            if (lateMarkers.size() > MOST_LATE) {
                lateMarkers.remove();
            }
        }
    }

    /// @param awaited its coordinator goes on with the answer
    private Fate arrives(TransactionWorld.Sent sent, boolean awaited) {
        SimulatedPartition to =
                partitions.stream()
                        .filter(partition -> partition.name.equals(sent.partition()))
                        .findFirst()
                        .orElseThrow();
        Fate fate = to.mark(sent.marker());
        log(sent.marker() + " to " + to.name + ": " + fate);
        if (awaited && fate == Fate.OVERTAKEN) {
            throw new AssertionError(
                    "T2 %s has gone on in %s while its transaction is ended"
                            .formatted(sent.marker(), to.name));
        }
        return fate;
    }

    /// What is found in the middle of a future's completion would be lost.
    private void remember(Runnable check) {
        try {
            check.run();
        } catch (AssertionError found) {
            violation = violation == null ? found : violation;
        }
    }

    private void check() {
        if (violation != null) {
            throw violation;
        }
        ledger.follow();
        ledger.compare();
    }

    // ---- the end

    @Override
    public void settle() {
        late.clear();
        lateMarkers.clear();
        world.outOfIds = false;
        world.log.refuseNothing();
        producers.forEach(SimulatedProducer::rest);
        for (int i = 0; i < 60; i++) {
            world.log.commitAtOnce(true);
            world.env.time.advance(5_000);
            for (TransactionWorld.Sent sent : List.copyOf(world.sent)) {
                world.sent.remove(sent);
                sent.tell(arrives(sent, true));
            }
            check();
        }
        for (SimulatedPartition partition : partitions) {
            if (!partition.open().isEmpty()) {
                throw new AssertionError(
                        "T5 %s waits for %s".formatted(partition.name, partition.open()));
            }
        }
        for (Transaction transaction : world.shard().all()) {
            if (!(transaction.state() instanceof TransactionState.Idle)) {
                throw new AssertionError("T5 %s does not end".formatted(transaction.state()));
            }
        }
        transactions.forEach(SimulatedTransaction::checkPromises);
        for (String id : IDS) {
            @Nullable ProducerAnswer answer = TransactionWorld.now(world.init(id, -1, -1));
            if (!(answer instanceof ProducerAnswer.Granted)) {
                throw new AssertionError("T5 nobody can go on: " + answer);
            }
        }
    }
}
