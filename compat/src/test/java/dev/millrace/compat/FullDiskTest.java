package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A real small disk (a tmpfs) that gets full: producers are refused with an error that they may ask again after, readers, groups and new
/// topics go on, nothing acknowledged is lost, also not by a kill, and when space returns all goes on by itself.
///
/// Wants the right to mount; elsewhere it is skipped.
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "wants a broker on a small disk")
class FullDiskTest {
    private static final String FILLER = "filler";
    private static final TopicPartition KEPT = new TopicPartition("kept", 0);
    private static final int VALUE_BYTES = 100_000;

    @Test
    void aFullDiskStopsProducersAndNothingElse(@TempDir Path mount)
            throws IOException, InterruptedException, ExecutionException {
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", mount.toString()));
        try {
            Map<String, String> settings =
                    Map.of(
                            "log.dirs",
                            mount.resolve("data").toString(),
                            "millrace.disk.reserve.bytes",
                            String.valueOf(32 << 20),
                            "log.segment.bytes",
                            String.valueOf(4 << 20),
                            "log.segment.delete.delay.ms",
                            "100",
                            "broker.session.timeout.ms",
                            "1500",
                            "broker.heartbeat.interval.ms",
                            "300");
            try (Broker broker = Broker.start("full-disk-broker", settings)) {
                scenario(broker);
            }
        } finally {
            assertTrue(run("umount", "-l", mount.toString()), "the disk is taken away");
        }
    }

    private static void scenario(Broker broker) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
                var producer = producer(broker.bootstrap())) {
            admin.createTopics(
                            List.of(
                                    new NewTopic(FILLER, 1, (short) 1),
                                    new NewTopic(KEPT.topic(), 1, (short) 1)))
                    .all()
                    .get();
            List<Long> kept = new ArrayList<>();
            for (long i = 0; i < 50; i++) kept.add(send(producer, KEPT.topic(), i));
            fill(producer);

            refused(producer, KEPT.topic());
            assertEquals(kept, read(broker.bootstrap()), "readers are served");
            commit(admin, 7);
            admin.createTopics(List.of(new NewTopic("made-when-full", 3, (short) 1))).all().get();

            broker.kill();
            broker.start();
            assertEquals(kept, read(broker.bootstrap()), "what was acknowledged is there");
            assertEquals(7, committed(admin), "and so is what a group has committed");
            fill(producer); // a start gives a little back, for a record or two
            refused(producer, KEPT.topic());

            admin.deleteTopics(List.of(FILLER)).all().get();
            kept.add(sendAtLast(producer, 1_000));
            assertEquals(kept, read(broker.bootstrap()));
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("request.timeout.ms", 2_000);
        config.put("delivery.timeout.ms", 4_000);
        config.put("max.block.ms", 4_000);
        config.put("linger.ms", 0);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /// @return the number, once it is acknowledged
    private static long send(KafkaProducer<byte[], byte[]> producer, String topic, long number)
            throws InterruptedException, ExecutionException {
        byte[] value = ByteBuffer.allocate(VALUE_BYTES).putLong(number).array();
        producer.send(new ProducerRecord<>(topic, value)).get();
        return number;
    }

    private static void fill(KafkaProducer<byte[], byte[]> producer) throws InterruptedException {
        try {
            for (long i = 0; i < 3_000; i++) send(producer, FILLER, i);
        } catch (ExecutionException full) {
            return;
        }
        throw new AssertionError("300 MB do not fit on a disk of 160");
    }

    private static void refused(KafkaProducer<byte[], byte[]> producer, String topic)
            throws InterruptedException {
        try {
            send(producer, topic, -1);
        } catch (ExecutionException refused) {
            assertInstanceOf(RetriableException.class, refused.getCause());
            return;
        }
        throw new AssertionError("there is room where there should be none");
    }

    private static long sendAtLast(KafkaProducer<byte[], byte[]> producer, long number)
            throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (true) {
            try {
                return send(producer, KEPT.topic(), number);
            } catch (ExecutionException full) {
                assertTrue(System.nanoTime() < endNs, "space returns, and is noticed");
            }
        }
    }

    private static List<Long> read(String bootstrap) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest");
        try (var consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(KEPT));
            consumer.seekToBeginning(List.of(KEPT));
            long end = consumer.endOffsets(List.of(KEPT)).getOrDefault(KEPT, 0L);
            List<Long> numbers = new ArrayList<>();
            while (consumer.position(KEPT) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1)))
                    numbers.add(ByteBuffer.wrap(record.value()).getLong());
            }
            return numbers;
        }
    }

    private static void commit(Admin admin, long offset)
            throws InterruptedException, ExecutionException {
        admin.alterConsumerGroupOffsets("g", Map.of(KEPT, new OffsetAndMetadata(offset)))
                .all()
                .get();
    }

    private static long committed(Admin admin) throws InterruptedException, ExecutionException {
        var offsets = admin.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get();
        return Objects.requireNonNull(offsets.get(KEPT)).offset();
    }

    private static boolean run(String... words) throws IOException, InterruptedException {
        return new ProcessBuilder(words).inheritIO().start().waitFor() == 0;
    }
}
