package dev.millrace.simulator.official;

import dev.millrace.simulator.checker.Operation.Access.EndSeen;
import dev.millrace.simulator.checker.Operation.Access.Polled;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.LongDeserializer;

/// Reads some partitions from the beginning on, without a group: what is committed, or everything.
public final class RecordingReader implements Runnable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String bootstrap;
    private final List<TopicPartition> partitions;
    private final Recorder recorder;
    private final Tally tally;
    private final boolean committed;
    private volatile boolean stopped;

    private final List<Entry> entries = new ArrayList<>();

    /// A record that was read.
    ///
    /// @param key 0 when it has none
    public record Entry(TopicPartition partition, long key, long value) {}

    /// @param committed read_committed; read_uncommitted otherwise
    public RecordingReader(
            String bootstrap,
            List<TopicPartition> partitions,
            Recorder recorder,
            Tally tally,
            boolean committed) {
        this.bootstrap = bootstrap;
        this.partitions = List.copyOf(partitions);
        this.recorder = recorder;
        this.tally = tally;
        this.committed = committed;
    }

    /// Of a consumer that reads what is committed, from the beginning.
    public static Map<String, Object> config(String bootstrap) {
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

    public void stop() {
        stopped = true;
    }

    /// What was drained, in the order in which it was read.
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    @Override
    public void run() {
        while (!stopped) {
            int process = recorder.newProcess();
            try (var consumer = consumer()) {
                assign(consumer, process);
                while (!stopped) {
                    tally.read.addAndGet(poll(consumer, process).size());
                }
            } catch (InterruptException e) {
                return;
            } catch (KafkaException e) {
                tally.errors.incrementAndGet(); // and from the beginning again
            }
        }
    }

    /// Reads everything that is there now; on the caller's thread, after all faults.
    ///
    /// @throws AssertionError when the end is not reached in a minute
    public void drain() {
        int process = recorder.newProcess();
        try (var consumer = consumer()) {
            assign(consumer, process);
            var ends = consumer.endOffsets(partitions);
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            while (partitions.stream()
                    .anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                if (System.nanoTime() > endNs) {
                    throw new AssertionError("a transaction stays open: read to " + ends);
                }
                entries.addAll(poll(consumer, process));
            }
        }
    }

    private KafkaConsumer<Long, Long> consumer() {
        Map<String, Object> config = new HashMap<>(config(bootstrap));
        config.put("isolation.level", committed ? "read_committed" : "read_uncommitted");
        return new KafkaConsumer<>(config, new LongDeserializer(), new LongDeserializer());
    }

    private void assign(KafkaConsumer<Long, Long> consumer, int process) {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        recorder.note(process, Kind.ASSIGN);
    }

    private List<Entry> poll(KafkaConsumer<Long, Long> consumer, int process) {
        var operation = recorder.begin(process, Kind.POLL);
        var records = consumer.poll(Duration.ofMillis(100));
        List<Entry> read = new ArrayList<>(records.count());
        for (ConsumerRecord<Long, Long> record : records) {
            var from = new TopicPartition(record.topic(), record.partition());
            operation.touched(new Polled(from, record.offset(), record.value()));
            read.add(new Entry(from, record.key() == null ? 0 : record.key(), record.value()));
        }
        if (!read.isEmpty()) {
            operation.ended(Outcome.OK);
        }
        return read;
    }

    /// Looks where the partitions end, whoever may read that far.
    public static void lookAtEnds(
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
