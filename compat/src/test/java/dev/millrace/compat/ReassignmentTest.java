package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.VoidSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Everything is moved off one of three brokers with `millrace cluster drain`, below a rate, while clients write and read what is moved: the
/// application hears of nothing, the progress is shown, the rate is kept.
///
/// `-Dcompat.reassign.mb=N` (default 64) bytes in `-Dcompat.reassign.partitions=N` (default 20) partitions, at
/// `-Dcompat.reassign.throttle.mb=N` (default 8) a second. The size that counts: 10240, 100, 50.
@EnabledIfSystemProperty(named = "compat.cluster", matches = "true")
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "wants three brokers of its own")
class ReassignmentTest {
    private static final long MB = 1 << 20;
    private static final long BYTES = Long.getLong("compat.reassign.mb", 64) * MB;
    private static final int PARTITIONS = Integer.getInteger("compat.reassign.partitions", 20);
    private static final long THROTTLE = Long.getLong("compat.reassign.throttle.mb", 8);
    private static final int LOADED = 6;
    private static final int RECORD = 16_000;
    private static final int DRAINED = 2;
    private static final double NANOS = 1e9;
    private static final double MOST_ABOVE = 1.1;

    private static final Map<String, String> TWO_REPLICAS =
            Map.of(
                    "default.replication.factor", "2",
                    "offsets.topic.replication.factor", "2",
                    "min.insync.replicas", "1");

    @Test
    void noClientHearsOfAReassignment() throws InterruptedException {
        try (ThreeBrokers brokers = ThreeBrokers.start("moved-broker", TWO_REPLICAS)) {
            brokers.create("filled", onTwo(PARTITIONS - LOADED));
            brokers.create("loaded", onTwo(LOADED));
            fill(brokers.bootstrap(), PARTITIONS - LOADED);
            JavaLoad load = JavaLoad.start(brokers.bootstrap(), "loaded", Map.of());
            BrokerLossTest.awaitMore(load, 500);
            brokers.awaitWell(1);
            load.forgetGap();

            List<Said> said = drain(brokers.bootstrap());
            List<String> lines = said.stream().map(Said::line).toList();
            double seconds = secondsOfCopying(said);
            double rate = (double) BYTES / MB / seconds;
            BrokerLossTest.awaitMore(load, 100);
            ClientLoad.Outcome outcome = load.finish();
            System.out.printf(
                    "ReassignmentTest: %d MB in %d partitions moved in %.1f s, %.1f MB/s of %d MB/s; %s acknowledged meanwhile, longest gap %d ms%n",
                    BYTES / MB,
                    PARTITIONS,
                    seconds,
                    rate,
                    THROTTLE,
                    outcome.acknowledged(),
                    outcome.gapMs());
            assertEquals(List.of(), outcome.errors());
            assertEquals(outcome.acknowledged(), outcome.read());
            assertTrue(
                    rate <= THROTTLE * MOST_ABOVE, "the throttle of each receiving broker is kept");
            String last = lines.getLast();
            assertEquals("broker " + DRAINED + " holds nothing any more", last);
            assertTrue(
                    lines.stream().anyMatch(line -> line.contains(" on their way, ")),
                    () -> "the progress is shown: " + lines);
            for (String topic : List.of("filled", "loaded")) {
                assertTrue(
                        brokers.replicas(topic).stream()
                                .noneMatch(replicas -> replicas.contains(DRAINED)));
            }
            AcknowledgedRecords log =
                    AcknowledgedRecords.read(brokers.bootstrap(), "loaded", LOADED);
            for (int partition = 0; partition < LOADED; partition++) {
                log.checkOnceAndInOrder(
                        partition, load.name(), outcome.acknowledged().get(partition));
            }
        }
    }

    /// All on brokers 1 and 2, each leads half.
    private static Map<Integer, List<Integer>> onTwo(int partitions) {
        var assignment = new TreeMap<Integer, List<Integer>>();
        for (int partition = 0; partition < partitions; partition++) {
            assignment.put(partition, partition % 2 == 0 ? List.of(1, 2) : List.of(2, 1));
        }
        return assignment;
    }

    private static void fill(String bootstrap, int partitions) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "acks",
                        "1",
                        "enable.idempotence",
                        "false",
                        "batch.size",
                        256 * 1024,
                        "linger.ms",
                        20,
                        "buffer.memory",
                        64 * MB,
                        "delivery.timeout.ms",
                        600_000);
        byte[] value = new byte[RECORD];
        var random = new SplittableRandom(1);
        var failures = new ConcurrentLinkedQueue<String>();
        try (var producer =
                new KafkaProducer<>(config, new VoidSerializer(), new ByteArraySerializer())) {
            for (long sent = 0; sent * RECORD < BYTES; sent++) {
                random.nextBytes(value);
                var _ =
                        producer.send(
                                new ProducerRecord<>(
                                        "filled", (int) (sent % partitions), null, value),
                                (_, problem) -> {
                                    if (problem != null) failures.add(problem.toString());
                                });
            }
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    /// A line of the command, and when it came.
    private record Said(long atNanos, String line) {}

    /// From the first line of progress to the last.
    private static double secondsOfCopying(List<Said> said) {
        List<Said> progress = said.stream().filter(each -> each.line().contains(" moved")).toList();
        long nanos = progress.getLast().atNanos() - progress.getFirst().atNanos();
        return nanos / NANOS;
    }

    /// What the command says, as it says it; shown too.
    private static List<Said> drain(String bootstrap) throws InterruptedException {
        List<String> words =
                List.of(
                        Repository.ROOT.resolve("millrace").toString(),
                        "cluster",
                        "drain",
                        Integer.toString(DRAINED),
                        "--throttle",
                        THROTTLE + "MB",
                        "--at-once",
                        Integer.toString(PARTITIONS + 10),
                        "-b",
                        bootstrap);
        List<Said> lines = new ArrayList<>();
        try {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            try (BufferedReader out = process.inputReader()) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    lines.add(new Said(System.nanoTime(), line));
                    System.out.println("  " + line);
                }
            }
            assertEquals(0, process.waitFor(), lines::toString);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }
}
