package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.serialization.VoidSerializer;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A Kafka Streams application in two processes that are killed in turn while its input comes: its state is exact.
///
/// Where it processes at least once, a kill makes it count again what it has counted. Its state is therefore the set of the words'
/// occurrences, which counts each once: one too few is a lost record, one too many a foreign one. What it counted in all may be
/// more, never less; where it processes exactly once, it is the same. `-Dcompat.stream.kills=N` (default 1; from the second on
/// one in three hits the broker), `-Dcompat.stream.guarantee=exactly_once_v2` for that alone, `-Dcompat.seed=N`.
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "wants short sessions, which are the broker's to allow")
@Execution(ExecutionMode.CONCURRENT)
class WordCountTest {
    private static final int KILLS = Integer.getInteger("compat.stream.kills", 1);
    private static final String ONLY = System.getProperty("compat.stream.guarantee", "");
    private static final long SEED = Long.getLong("compat.seed", System.nanoTime());
    private static final int LINES_AT_ONCE = 20;
    private static final int WORDS_A_LINE = 5;
    private static final int LINES_BETWEEN_KILLS = 400;
    private static final List<String> WORDS =
            List.of("log", "segment", "batch", "record", "offset", "leader", "epoch", "replica");
    // Wide enough for a busy machine: whoever waits so long waits for ever.
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String INPUT = "lines";
    private static final String OUTPUT = "counts";
    private static final int PARTITIONS = 4;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Map<String, Long> expected = new TreeMap<>();
    private final Map<String, Count> counted = new TreeMap<>();
    private int lines;
    private String guarantee = "";
    private int disks;

    /// A word's, as the application writes it: its occurrences, and how many times it was told of one.
    record Count(long distinct, long all) {
        static Count parse(String text) {
            String[] numbers = text.split(" ", -1);
            return new Count(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "classic, at_least_once",
        "streams, at_least_once",
        "classic, exactly_once_v2",
        "streams, exactly_once_v2"
    })
    void countsAreExactThoughProcessesAreKilled(
            String protocol, String guarantee, @TempDir Path state)
            throws InterruptedException, ExecutionException {
        assumeTrue(ONLY.isEmpty() || ONLY.equals(guarantee), "not asked for");
        System.out.println(
                "WordCountTest: " + protocol + ", " + guarantee + " -Dcompat.seed=" + SEED);
        this.guarantee = guarantee;
        Map<String, String> config = new HashMap<>(GroupsTest.SHORT_SESSIONS);
        config.put("broker.session.timeout.ms", "1500"); // it may not come back sooner
        config.put("broker.heartbeat.interval.ms", "300");
        try (Broker broker = Broker.start("word-count-broker", config);
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            assumeTrue(
                    protocol.equals("classic") || Features.finalized(admin, "streams.version") > 0,
                    "the broker has no streams groups");
            admin.createTopics(
                            List.of(
                                    new NewTopic(INPUT, PARTITIONS, (short) 1),
                                    new NewTopic(OUTPUT, PARTITIONS, (short) 1)))
                    .all()
                    .get();
            run(broker, protocol, state);
            Set<String> topics = admin.listTopics().names().get();
            assertTrue(topics.contains("word-count-by-word-repartition"), topics.toString());
            assertTrue(topics.contains("word-count-occurrences-changelog"), topics.toString());
        }
    }

    private void run(Broker broker, String protocol, Path state) {
        String bootstrap = broker.bootstrap();
        Supplier<StreamsProcess> onANewDisk =
                () ->
                        StreamsProcess.start(
                                bootstrap,
                                protocol,
                                guarantee,
                                state.resolve("process-" + disks++));
        List<StreamsProcess> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) processes.add(onANewDisk.get());
        try (var producer = producer(bootstrap);
                var consumer = consumer(bootstrap)) {
            for (int kill = 0; kill < KILLS; kill++) {
                produce(producer, LINES_BETWEEN_KILLS);
                awaitCounted(consumer, processes, onANewDisk, words() - random.nextInt(1_500));
                produce(producer, LINES_AT_ONCE);
                if (kill > 0 && random.nextInt(3) == 0) {
                    broker.kill();
                    broker.start();
                    continue;
                }
                int victim = random.nextInt(2);
                boolean keepsItsDisk = random.nextBoolean();
                processes.get(victim).kill();
                produce(producer, LINES_AT_ONCE);
                processes.set(
                        victim, keepsItsDisk ? processes.get(victim).again() : onANewDisk.get());
            }
            awaitCounted(consumer, processes, onANewDisk, words());
            processes.forEach(StreamsProcess::leave);
            check(consumer);
        } finally {
            processes.forEach(StreamsProcess::kill);
        }
    }

    private void produce(KafkaProducer<Void, String> producer, int more) {
        for (int i = 0; i < more; i++) {
            var line = new StringBuilder().append(lines++);
            for (int word = 0; word < WORDS_A_LINE; word++) {
                String chosen = WORDS.get(random.nextInt(WORDS.size()));
                expected.merge(chosen, 1L, Long::sum);
                line.append(' ').append(chosen);
            }
            var _ = producer.send(new ProducerRecord<>(INPUT, line.toString()));
        }
        producer.flush();
    }

    private void awaitCounted(
            KafkaConsumer<String, String> consumer,
            List<StreamsProcess> processes,
            Supplier<StreamsProcess> onANewDisk,
            long enough) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (distinct() < enough) {
            processes.replaceAll(each -> each.cannotOpenItsStore() ? onANewDisk.get() : each);
            processes.forEach(StreamsProcess::checkAlive);
            assertTrue(
                    System.nanoTime() < end,
                    () -> "%d of %d counted, %s".formatted(distinct(), enough, counted));
            read(consumer, Duration.ofMillis(200));
        }
    }

    /// The processes are gone: nothing comes any more.
    private void check(KafkaConsumer<String, String> consumer) {
        var ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream()
                .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            read(consumer, Duration.ofMillis(200));
        }
        Map<String, Long> distinct = new TreeMap<>();
        counted.forEach((word, count) -> distinct.put(word, count.distinct()));
        assertEquals(expected, distinct);
        long all = counted.values().stream().mapToLong(Count::all).sum();
        assertTrue(all >= distinct(), () -> "counted less often than it came: " + counted);
        if (guarantee.equals("exactly_once_v2"))
            assertEquals(distinct(), all, () -> "counted more than once: " + counted);
        System.out.printf(
                "WordCountTest: %d words, %d kills, %d disks, %d of the words counted again%n",
                distinct(), KILLS, disks, all - distinct());
    }

    private void read(KafkaConsumer<String, String> consumer, Duration patience) {
        for (ConsumerRecord<String, String> record : consumer.poll(patience))
            counted.put(record.key(), Count.parse(record.value()));
    }

    private long words() {
        return (long) lines * WORDS_A_LINE;
    }

    private long distinct() {
        return counted.values().stream().mapToLong(Count::distinct).sum();
    }

    private static KafkaProducer<Void, String> producer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                new VoidSerializer(),
                new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(String bootstrap) {
        var consumer =
                new KafkaConsumer<>(
                        Map.<String, Object>of(
                                "bootstrap.servers",
                                bootstrap,
                                "enable.auto.commit",
                                false,
                                "isolation.level",
                                "read_committed"),
                        new StringDeserializer(),
                        new StringDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) partitions.add(new TopicPartition(OUTPUT, i));
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }
}
