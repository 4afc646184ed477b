package dev.millrace.compat;

import dev.millrace.simulator.checker.Operation.Access.EndSeen;
import dev.millrace.simulator.checker.Operation.Access.Polled;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.LongDeserializer;

/// Reads what is committed of some partitions, from the beginning on, without a group.
final class CommittedReader implements Runnable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String bootstrap;
    private final List<TopicPartition> partitions;
    private final Recorder recorder;
    private volatile boolean stopped;

    /// The keys of what was read, in the order in which it was read.
    private final List<Long> keys = new ArrayList<>();

    CommittedReader(String bootstrap, List<TopicPartition> partitions, Recorder recorder) {
        this.bootstrap = bootstrap;
        this.partitions = partitions;
        this.recorder = recorder;
    }

    static Map<String, Object> config(String bootstrap) {
        return Map.of(
                "bootstrap.servers",
                bootstrap,
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "earliest",
                "isolation.level",
                "read_committed",
                "default.api.timeout.ms",
                10_000,
                "reconnect.backoff.max.ms",
                200);
    }

    void stop() {
        stopped = true;
    }

    List<Long> keys() {
        return keys;
    }

    @Override
    public void run() {
        int process = recorder.newProcess();
        try (var consumer = consumer()) {
            assign(consumer, process);
            while (!stopped) poll(consumer, process);
        } catch (InterruptException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Reads everything that is there now; on the caller's thread, after all faults.
    void drain() {
        int process = recorder.newProcess();
        try (var consumer = consumer()) {
            assign(consumer, process);
            var ends = consumer.endOffsets(partitions);
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            while (partitions.stream()
                    .anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                if (System.nanoTime() > endNs)
                    throw new AssertionError("a transaction stays open: read to " + ends);
                poll(consumer, process);
            }
        }
    }

    private KafkaConsumer<Long, Long> consumer() {
        return new KafkaConsumer<>(
                config(bootstrap), new LongDeserializer(), new LongDeserializer());
    }

    private void assign(KafkaConsumer<Long, Long> consumer, int process) {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        recorder.note(process, Kind.ASSIGN);
    }

    private void poll(KafkaConsumer<Long, Long> consumer, int process) {
        var operation = recorder.begin(process, Kind.POLL);
        var records = consumer.poll(Duration.ofMillis(100));
        if (records.isEmpty()) return;
        for (ConsumerRecord<Long, Long> record : records) {
            var from = new TopicPartition(record.topic(), record.partition());
            operation.touched(new Polled(from, record.offset(), record.value()));
            keys.add(record.key());
        }
        operation.ended(Outcome.OK);
    }

    /// Looks where the partitions end, whoever may read that far.
    static void lookAtEnds(
            String bootstrap, List<TopicPartition> partitions, Recorder recorder, int process) {
        var operation = recorder.begin(process, Kind.LIST_OFFSETS);
        try (var consumer =
                new KafkaConsumer<>(
                        Map.<String, Object>of(
                                "bootstrap.servers", bootstrap, "default.api.timeout.ms", 3_000),
                        new LongDeserializer(),
                        new LongDeserializer())) {
            consumer.endOffsets(partitions)
                    .forEach((partition, end) -> operation.touched(new EndSeen(partition, end)));
            operation.ended(Outcome.OK);
        } catch (KafkaException e) {
            operation.ended(Outcome.FAILED);
        }
    }
}
