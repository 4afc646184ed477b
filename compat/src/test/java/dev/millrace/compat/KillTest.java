package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// `kill -9` under load, again and again: nothing that was acknowledged is lost, doubled or out of order.
///
/// `-Dcompat.kills=N` (default 20), `-Dcompat.seed=N`: when each kill comes, counted in acknowledgements. One kill in four
/// hits a broker that is only just starting, in the middle of its recovery.
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "kills the broker: it needs one of its own")
@Execution(ExecutionMode.CONCURRENT)
class KillTest {
    private static final int KILLS = Integer.getInteger("compat.kills", 20);
    private static final long SEED = Long.getLong("compat.seed", System.nanoTime());
    private static final int PARTITIONS = 3;
    private static final int PRODUCERS = 2;
    private static final String TOPIC = "killed";
    private static final Duration PROGRESS_PATIENCE = Duration.ofSeconds(60);
    // A killed broker is believed alive for its session's time, and may not register again before:
    // keep that short.
    private static final Map<String, String> SHORT_SESSIONS =
            Map.of("broker.session.timeout.ms", "1500", "broker.heartbeat.interval.ms", "300");
    private static final int YOUNG_MS =
            600; // a broker killed this early is starting, or recovering

    @Test
    void everyAcknowledgedRecordIsReadOnceAndInOrder()
            throws InterruptedException, ExecutionException {
        System.out.println("KillTest: -Dcompat.seed=" + SEED + " -Dcompat.kills=" + KILLS);
        var random = new SplittableRandom(SEED);
        try (Broker broker = Broker.start("killed-broker", SHORT_SESSIONS)) {
            createTopic(broker);
            List<CountingProducer> producers = new ArrayList<>();
            for (int i = 0; i < PRODUCERS; i++) {
                producers.add(
                        CountingProducer.start(
                                "producer-" + i, broker.bootstrap(), TOPIC, PARTITIONS));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                awaitAcknowledged(producers, random.nextInt(200, 4_000));
                broker.kill();
                if (random.nextInt(4) == 0) {
                    broker.launch();
                    LockSupport.parkNanos(Duration.ofMillis(random.nextInt(YOUNG_MS)).toNanos());
                    broker.kill();
                }
                broker.start();
            }
            awaitAcknowledged(producers, 1_000);
            for (CountingProducer producer : producers) producer.finish();
            check(producers, broker);
            System.out.println(
                    "KillTest: " + acknowledged(producers) + " records acknowledged and read");
        }
    }

    private static void check(List<CountingProducer> producers, Broker broker) {
        AcknowledgedRecords records =
                AcknowledgedRecords.read(broker.bootstrap(), TOPIC, PARTITIONS);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            for (CountingProducer producer : producers) {
                long acknowledged = producer.acknowledged(partition);
                assertTrue(acknowledged > 0, "a load on every partition");
                records.checkOnceAndInOrder(partition, producer.name(), acknowledged);
            }
        }
    }

    private static void awaitAcknowledged(List<CountingProducer> producers, int more) {
        long enough = acknowledged(producers) + more;
        long end = System.nanoTime() + PROGRESS_PATIENCE.toNanos();
        while (acknowledged(producers) < enough) {
            for (CountingProducer producer : producers) producer.checkAlive();
            assertTrue(System.nanoTime() < end, "no progress within " + PROGRESS_PATIENCE);
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    private static long acknowledged(List<CountingProducer> producers) {
        long sum = 0;
        for (CountingProducer producer : producers) {
            for (int partition = 0; partition < PARTITIONS; partition++)
                sum += producer.acknowledged(partition);
        }
        return sum;
    }

    private static void createTopic(Broker broker) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
        }
    }
}
