package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.checker.Anomaly;
import dev.millrace.simulator.checker.Checker;
import dev.millrace.simulator.checker.Operation;
import dev.millrace.simulator.checker.Operation.Access.CommittedSeen;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Promises;
import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.official.RecordingReader;
import dev.millrace.simulator.official.Tally;
import dev.millrace.simulator.official.TransactionCopier;
import dev.millrace.simulator.official.TransactionWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Transactions of real clients while the broker is killed and paused: nothing acknowledged is lost, nothing aborted is read, every
/// transaction is seen whole, every input of a copier has one output, committed offsets do not go back.
///
/// `-Dcompat.transactions.seconds=N` (default 20) of faults, `-Dcompat.seed=N`: when each comes, and of which kind.
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "kills the broker: it needs one of its own")
@Execution(ExecutionMode.CONCURRENT)
class TransactionsTest {
    private static final int SECONDS = Integer.getInteger("compat.transactions.seconds", 20);
    private static final long SEED = Long.getLong("compat.seed", System.nanoTime());
    private static final int PARTITIONS = 3;
    private static final int WRITERS = 3;
    private static final int COPIERS = 2;
    private static final String INPUT = "written";
    private static final String OUTPUT = "copied";
    private static final String GROUP = "copiers";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Map<String, Object> MEMBERSHIP =
            Map.of("session.timeout.ms", GroupUnderTest.SESSION_MS, "heartbeat.interval.ms", 1_000);
    private static final Map<String, String> SETTINGS = settings();

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Recorder recorder = new Recorder(System::nanoTime);
    private final Tally tally = new Tally();
    private final List<Thread> threads = new ArrayList<>();

    private static Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(GroupsTest.SHORT_SESSIONS);
        settings.put("broker.session.timeout.ms", "1500");
        settings.put("broker.heartbeat.interval.ms", "300");
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500");
        return settings;
    }

    @Test
    void whatClientsSeeOfTransactionsIsWhatTheyWerePromised()
            throws InterruptedException, ExecutionException {
        System.out.println(
                "TransactionsTest: -Dcompat.seed="
                        + SEED
                        + " -Dcompat.transactions.seconds="
                        + SECONDS);
        try (Broker broker = Broker.start("transactions-broker", SETTINGS);
                Admin admin = admin(broker)) {
            admin.createTopics(
                            List.of(
                                    new NewTopic(INPUT, PARTITIONS, (short) 1),
                                    new NewTopic(OUTPUT, PARTITIONS, (short) 1)))
                    .all()
                    .get();
            run(broker, admin);
        }
    }

    private void run(Broker broker, Admin admin) throws InterruptedException {
        String bootstrap = broker.bootstrap();
        List<TransactionWriter> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(
                    started(
                            new TransactionWriter(
                                    "writer-" + i,
                                    bootstrap,
                                    INPUT,
                                    PARTITIONS,
                                    recorder,
                                    tally,
                                    random.nextLong())));
        }
        List<TransactionCopier> copiers = new ArrayList<>();
        for (int i = 0; i < COPIERS; i++) {
            copiers.add(
                    started(
                            new TransactionCopier(
                                    "copier-" + i,
                                    bootstrap,
                                    GROUP,
                                    INPUT,
                                    OUTPUT,
                                    recorder,
                                    tally,
                                    MEMBERSHIP)));
        }
        var reader = started(new RecordingReader(bootstrap, partitions(), recorder, tally, true));
        Map<String, Integer> faults = disturb(broker, admin);
        int committed = writers.stream().mapToInt(TransactionWriter::committed).sum();
        awaitProgress(writers, committed);
        writers.forEach(TransactionWriter::stop);
        awaitCopied(admin, bootstrap);
        copiers.forEach(TransactionCopier::stop);
        reader.stop();
        for (Thread thread : threads) thread.join(PATIENCE);
        check(bootstrap, faults);
    }

    private <T extends Runnable> T started(T client) {
        threads.add(Thread.ofVirtual().start(client));
        return client;
    }

    private static Admin admin(Broker broker) {
        return Admin.create(
                Map.of("bootstrap.servers", broker.bootstrap(), "reconnect.backoff.max.ms", 200));
    }

    private static List<TopicPartition> partitions() {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.add(new TopicPartition(INPUT, i));
            partitions.add(new TopicPartition(OUTPUT, i));
        }
        return partitions;
    }

    // ---- faults

    /// @return how many there were of each kind
    private Map<String, Integer> disturb(Broker broker, Admin admin) {
        Map<String, Integer> faults = new TreeMap<>();
        int observer = recorder.newProcess();
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (System.nanoTime() < endNs) {
            pause(random.nextInt(300, 3_000));
            RecordingReader.lookAtEnds(broker.bootstrap(), partitions(), recorder, observer);
            lookAtCommitted(admin, observer);
            String fault =
                    switch (random.nextInt(4)) {
                        case 0 -> {
                            broker.suspend();
                            pause(random.nextInt(100, 4_000));
                            broker.resume();
                            yield "pause";
                        }
                        case 1 -> {
                            broker.kill();
                            broker.launch();
                            pause(random.nextInt(600));
                            broker.kill();
                            broker.start();
                            yield "two kills";
                        }
                        default -> {
                            broker.kill();
                            pause(random.nextInt(1_000));
                            broker.start();
                            yield "kill";
                        }
                    };
            faults.merge(fault, 1, Integer::sum);
        }
        return faults;
    }

    private static void pause(int ms) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    private void lookAtCommitted(Admin admin, int observer) {
        var operation = recorder.begin(observer, Kind.FETCH_OFFSETS);
        try {
            admin.listConsumerGroupOffsets(GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get(3, TimeUnit.SECONDS)
                    .forEach((partition, offset) ->
                            operation.touched(
                                    new CommittedSeen(GROUP, partition, offset.offset())));
            operation.ended(Outcome.OK);
        } catch (ExecutionException | TimeoutException e) {
            operation.ended(Outcome.FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- peace

    private static void awaitProgress(List<TransactionWriter> writers, int committed) {
        await(
                "writers go on after the last fault",
                () ->
                        writers.stream().mapToInt(TransactionWriter::committed).sum()
                                > committed + 50);
    }

    /// The copiers' group has come to the end of what is committed.
    private static void awaitCopied(Admin admin, String bootstrap) {
        await(
                "copiers come to the end",
                () -> {
                    try {
                        var committed =
                                admin.listConsumerGroupOffsets(GROUP)
                                        .partitionsToOffsetAndMetadata()
                                        .get(5, TimeUnit.SECONDS);
                        return Ends.stable(bootstrap, INPUT, PARTITIONS).entrySet().stream()
                                .allMatch(end ->
                                        committed.get(end.getKey()) != null
                                                && Ends.nothingBetween(
                                                        bootstrap,
                                                        end.getKey(),
                                                        committed.get(end.getKey()).offset(),
                                                        end.getValue()));
                    } catch (ExecutionException | TimeoutException e) {
                        return false;
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
    }

    private static void await(String what, java.util.function.BooleanSupplier condition) {
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < endNs, () -> "within " + PATIENCE + ": " + what);
            pause(100);
        }
    }

    // ---- the check

    private void check(String bootstrap, Map<String, Integer> faults) {
        new RecordingReader(bootstrap, partitions(), recorder, tally, true).drain();
        List<Operation> history = recorder.history();
        List<Long> inputs = new ArrayList<>();
        List<Long> outputs = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            read(bootstrap, new TopicPartition(INPUT, i))
                    .forEach(entry -> inputs.add(entry.value()));
            read(bootstrap, new TopicPartition(OUTPUT, i))
                    .forEach(entry -> outputs.add(entry.key()));
        }
        List<Anomaly> anomalies = new ArrayList<>(Checker.check(history, Promises.ALL));
        anomalies.addAll(Checker.exactlyOnce(inputs, outputs));
        Map<String, Long> kinds = new TreeMap<>();
        for (Operation o : history) kinds.merge(o.kind() + " " + o.outcome(), 1L, Long::sum);
        System.out.println(
                "TransactionsTest: %s; %d inputs, %d outputs; %s"
                        .formatted(faults, inputs.size(), outputs.size(), kinds));
        assertEquals(List.of(), anomalies);
    }

    private static List<RecordingReader.Entry> read(String bootstrap, TopicPartition partition) {
        var reader =
                new RecordingReader(
                        bootstrap,
                        List.of(partition),
                        new Recorder(System::nanoTime),
                        new Tally(),
                        true);
        reader.drain();
        return reader.entries();
    }
}
