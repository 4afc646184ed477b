package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.official.RecordingReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Apache Kafka's own copier of messages in transactions, killed again and again, and so is the broker: as many messages in as out,
/// each once. `-Dcompat.copies=N` messages (default 5,000), `-Dcompat.copier.kills=N` (default 6), `-Dcompat.seed=N`.
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "kills the broker: it needs one of its own")
class MessageCopierTest {
    private static final int MESSAGES = Integer.getInteger("compat.copies", 5_000);
    private static final int KILLS = Integer.getInteger("compat.copier.kills", 6);
    private static final long SEED = Long.getLong("compat.seed", System.nanoTime());
    private static final String INPUT = "to-be-copied";
    private static final String OUTPUT = "copies";
    private static final TopicPartition COPIES = new TopicPartition(OUTPUT, 0);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int YOUNG_MS = 6_000; // long enough to have begun to copy, now and then

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void asManyMessagesComeOutAsWentIn(@TempDir Path logs)
            throws InterruptedException, ExecutionException {
        System.out.println("MessageCopierTest: -Dcompat.seed=" + SEED);
        try (Broker broker =
                Broker.start(
                        "copier-broker",
                        Map.of(
                                "broker.session.timeout.ms", "1500",
                                "broker.heartbeat.interval.ms", "300"))) {
            List<String> written = fill(broker.bootstrap());
            Process copier = copier(broker, logs);
            int starts = 1;
            for (int kill = 0; kill < KILLS; kill++) {
                copier.waitFor(random.nextInt(500, YOUNG_MS), TimeUnit.MILLISECONDS);
                if (random.nextBoolean()) {
                    broker.kill();
                    broker.start();
                } else {
                    kill(copier);
                }
                if (!copier.isAlive()) {
                    copier = copier(broker, logs);
                    starts++;
                }
            }
            while (!ended(copier)) {
                copier = copier(broker, logs);
                assertTrue(++starts < 2 * KILLS + 10, "it ends in good order at last; see " + logs);
            }
            List<String> copied = read(broker.bootstrap());
            Collections.sort(copied);
            assertEquals(written, copied);
            System.out.printf(
                    "MessageCopierTest: %d messages, %d kills, %d starts of the copier%n",
                    copied.size(), KILLS, starts);
        }
    }

    private static List<String> fill(String bootstrap)
            throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                var producer =
                        new KafkaProducer<>(
                                Map.<String, Object>of("bootstrap.servers", bootstrap),
                                new StringSerializer(),
                                new StringSerializer())) {
            admin.createTopics(
                            List.of(
                                    new NewTopic(INPUT, 1, (short) 1),
                                    new NewTopic(OUTPUT, 1, (short) 1)))
                    .all()
                    .get();
            List<String> written =
                    IntStream.range(0, MESSAGES).mapToObj("message-%07d"::formatted).toList();
            for (String message : written) {
                var _ = producer.send(new ProducerRecord<>(INPUT, message));
            }
            producer.flush();
            return written;
        }
    }

    private static Process copier(Broker broker, Path logs) {
        try {
            return new ProcessBuilder(
                            Repository.COMPAT.resolve("kafka-tool").toString(),
                            "transactional-message-copier",
                            "--broker-list",
                            broker.bootstrap(),
                            "--input-topic",
                            INPUT,
                            "--input-partition",
                            "0",
                            "--output-topic",
                            OUTPUT,
                            "--consumer-group",
                            "copiers",
                            "--transactional-id",
                            "the-copier",
                            "--transaction-size",
                            "150",
                            "--transaction-timeout",
                            "10000",
                            "--enable-random-aborts",
                            "--use-group-metadata")
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(logs.resolve("out.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void kill(Process copier) throws InterruptedException {
        copier.destroyForcibly();
        assertTrue(copier.waitFor(30, TimeUnit.SECONDS), "a killed process ends");
    }

    private static boolean ended(Process copier) throws InterruptedException {
        if (!copier.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            kill(copier);
            return false;
        }
        return copier.exitValue() == 0;
    }

    private static List<String> read(String bootstrap) {
        try (var consumer =
                new KafkaConsumer<>(
                        RecordingReader.config(bootstrap),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            consumer.assign(List.of(COPIES));
            List<String> copied = new ArrayList<>();
            long end = consumer.endOffsets(List.of(COPIES)).getOrDefault(COPIES, 0L);
            while (consumer.position(COPIES) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> copied.add(record.value()));
            }
            return copied;
        }
    }
}
