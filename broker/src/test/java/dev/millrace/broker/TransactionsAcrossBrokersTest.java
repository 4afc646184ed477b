package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Transactions over partitions of three brokers, with their coordinator and the group's on any of them, by Kafka's Java client.
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class TransactionsAcrossBrokersTest {
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";
    private static final int RECORDS = 60;

    @TempDir Path folder;
    private @Nullable ThreeBrokers started;
    private @Nullable Admin client;

    private void start(int replicas) throws Exception {
        String factor = Integer.toString(replicas);
        started =
                new ThreeBrokers(
                        folder,
                        Map.of(
                                "offsets.topic.num.partitions",
                                "6",
                                "offsets.topic.replication.factor",
                                factor,
                                "transaction.state.log.num.partitions",
                                "6",
                                "transaction.state.log.replication.factor",
                                factor,
                                "transaction.state.log.min.isr",
                                Integer.toString(Math.min(2, replicas))));
        client = started.admin();
        ThreeBrokers.spread(client, INPUT, replicas);
        ThreeBrokers.spread(client, OUTPUT, replicas);
    }

    @AfterEach
    void stop() {
        if (client != null) {
            client.close(Duration.ofSeconds(1));
        }
        if (started != null) {
            started.close();
        }
    }

    private ThreeBrokers brokers() {
        return Objects.requireNonNull(started);
    }

    private Admin admin() {
        return Objects.requireNonNull(client);
    }

    private KafkaProducer<String, String> producer(Map<String, ?> more) {
        return new KafkaProducer<>(
                brokers().client(more), new StringSerializer(), new StringSerializer());
    }

    private KafkaProducer<String, String> transactional(String id) {
        var producer = producer(Map.of("transactional.id", id, "transaction.timeout.ms", 20_000));
        producer.initTransactions();
        return producer;
    }

    private KafkaConsumer<String, String> consumer(Map<String, ?> more) {
        return new KafkaConsumer<>(
                brokers().client(more), new StringDeserializer(), new StringDeserializer());
    }

    private int coordinatorOf(String transactionalId) throws Exception {
        return admin().describeTransactions(List.of(transactionalId))
                .description(transactionalId)
                .get()
                .coordinatorId();
    }

    private static List<TopicPartition> partitions(String topic) {
        return IntStream.range(0, 3).mapToObj(p -> new TopicPartition(topic, p)).toList();
    }

    /// What there is of committed records, each partition to its end.
    private List<String> committed(String topic) {
        var values = new ArrayList<String>();
        try (var consumer =
                consumer(
                        Map.of(
                                "isolation.level", "read_committed",
                                "auto.offset.reset", "earliest"))) {
            List<TopicPartition> all = partitions(topic);
            consumer.assign(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (ends.entrySet().stream()
                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
        }
        values.sort(null);
        return values;
    }

    /// A record for each of the brokers.
    private static void write(KafkaProducer<String, String> producer, String value) {
        for (int partition = 0; partition < 3; partition++) {
            var _ = producer.send(new ProducerRecord<>(OUTPUT, partition, null, value + partition));
        }
    }

    @Test
    void aTransactionEndsOnEveryBrokerWhereverItsCoordinatorIs() throws Exception {
        start(1);
        var expected = new ArrayList<String>();
        var coordinators = new ArrayList<Integer>();
        for (int i = 0; i < 5; i++) {
            String id = "id-" + i;
            try (var producer = transactional(id)) {
                producer.beginTransaction();
                write(producer, "aborted-" + i + "-");
                producer.flush();
                producer.abortTransaction();
                producer.beginTransaction();
                write(producer, "committed-" + i + "-");
                producer.commitTransaction();
            }
            IntStream.range(0, 3).forEach(p -> expected.add("committed-" + id.charAt(3) + "-" + p));
            coordinators.add(coordinatorOf(id));
        }
        assertTrue(
                coordinators.stream().distinct().count() > 1, "on one broker all: " + coordinators);
        assertEquals(expected, committed(OUTPUT));
        for (int i = 0; i < 5; i++) {
            awaitCompletion("id-" + i);
        }
    }

    private void awaitCompletion(String id) throws Exception {
        TransactionState state = null;
        for (int i = 0; i < 600 && state != TransactionState.COMPLETE_COMMIT; i++) {
            state = admin().describeTransactions(List.of(id)).description(id).get().state();
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertEquals(TransactionState.COMPLETE_COMMIT, state);
    }

    /// The broker that coordinates the transactions and leads a third of what they write is down for a while, and comes back.
    @Test
    void everyInputHasOneOutputThroughARestartOfTheCoordinator() throws Exception {
        start(1);
        copy(coordinator -> {
            brokers().stop(coordinator);
            startAgain(coordinator);
        });
        assertEquals(3, brokers().running());
    }

    /// It does not come back: with three replicas the others take over what it led and coordinated.
    @Test
    void everyInputHasOneOutputWhenAnotherBrokerCoordinates() throws Exception {
        start(3);
        int first = copy(brokers()::stop);
        assertEquals(2, brokers().running());
        assertNotEquals(first, coordinatorOf(Copier.ID));
    }

    /// @param fault what happens to the coordinator while it is copied
    /// @return which broker that was
    private int copy(IntConsumer fault) throws Exception {
        var expected = new ArrayList<String>();
        try (var producer = producer(Map.of("acks", "all"))) {
            for (int i = 0; i < RECORDS; i++) {
                String value = "%03d".formatted(i);
                expected.add(value);
                producer.send(new ProducerRecord<>(INPUT, i % 3, null, value)).get();
            }
        }
        var copier = new Copier();
        copier.copyUntil(RECORDS / 4);
        int coordinator = coordinatorOf(Copier.ID);
        Thread happens = Thread.ofVirtual().start(() -> fault.accept(coordinator));
        copier.copyUntil(RECORDS);
        happens.join();
        assertEquals(expected, committed(OUTPUT));
        return coordinator;
    }

    private void startAgain(int id) {
        try {
            brokers().start(id);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /// Reads, writes and commits its offsets in transactions; begins anew after an error that ends its producer.
    private final class Copier {
        static final String ID = "copier";
        private static final String GROUP = "copiers";
        private int copied;

        void copyUntil(int count) {
            while (copied < count) {
                try (var producer = transactional(ID);
                        var consumer =
                                consumer(
                                        Map.of(
                                                "group.id",
                                                GROUP,
                                                "enable.auto.commit",
                                                false,
                                                "max.poll.records",
                                                5,
                                                "isolation.level",
                                                "read_committed",
                                                "auto.offset.reset",
                                                "earliest"))) {
                    consumer.assign(partitions(INPUT));
                    while (copied < count) {
                        copySome(producer, consumer);
                    }
                } catch (KafkaException e) {
                    copied = committedInputs(); // whether the last transaction was committed
                }
            }
        }

        private void copySome(
                KafkaProducer<String, String> producer, KafkaConsumer<String, String> consumer) {
            var records = consumer.poll(Duration.ofMillis(200));
            if (records.isEmpty()) {
                copied = committedInputs();
                return;
            }
            producer.beginTransaction();
            for (ConsumerRecord<String, String> record : records) {
                // Not to where it was read from: a transaction of every broker.
                int to = (record.partition() + Integer.parseInt(record.value())) % 3;
                var _ = producer.send(new ProducerRecord<>(OUTPUT, to, null, record.value()));
            }
            var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
            for (TopicPartition partition : records.partitions()) {
                offsets.put(partition, new OffsetAndMetadata(consumer.position(partition)));
            }
            producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            producer.commitTransaction();
            copied += records.count();
        }

        private int committedInputs() {
            try {
                return admin()
                        .listConsumerGroupOffsets(GROUP)
                        .partitionsToOffsetAndMetadata()
                        .get()
                        .values()
                        .stream()
                        .mapToInt(offset -> Math.toIntExact(offset.offset()))
                        .sum();
            } catch (InterruptedException | ExecutionException e) {
                return 0; // looked up again when there is nothing more to read
            }
        }
    }
}
