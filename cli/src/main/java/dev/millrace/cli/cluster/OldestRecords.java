package dev.millrace.cli.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/// The first record at or after an offset, of many partitions at once: the only way of the Kafka protocol to learn how old it is.
///
/// A consumer without a group fetches the first batch of each partition and no more than it must: compacted holes, aborted
/// records and markers are skipped by the same rules as for any consumer. What has not answered within the time is left open.
public final class OldestRecords implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Supplier<Consumer<byte[], byte[]>> open;
    private final Duration patience;
    private @Nullable Consumer<byte[], byte[]> consumer;

    /// @param open makes the consumer, when first needed
    /// @param patience how long one look may take
    OldestRecords(Supplier<Consumer<byte[], byte[]>> open, Duration patience) {
        this.open = open;
        this.patience = patience;
    }

    /// Reads with the settings of a command's connection.
    public static OldestRecords of(Connection connection, Duration patience) {
        return new OldestRecords(() -> consumer(connection), patience);
    }

    private static Consumer<byte[], byte[]> consumer(Connection connection) {
        var config = connection.clientSettings("millrace-cli-lag");
        config.remove("group.id");
        config.put("enable.auto.commit", "false");
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "none");
        config.put("allow.auto.create.topics", "false");
        config.put("max.partition.fetch.bytes", "16384"); // a broker sends one whole batch at least
        config.put("fetch.max.bytes", "4194304");
        config.put("fetch.max.wait.ms", "100");
        var bytes = new ByteArrayDeserializer();
        return new KafkaConsumer<>(config, bytes, bytes);
    }

    /// What was found in a partition.
    public sealed interface Oldest {}

    /// @param timestampMs -1 when the record has none
    public record Found(long offset, long timestampMs) implements Oldest {}

    /// Every offset up to the end is a hole: there is nothing to read.
    public record NothingLeft() implements Oldest {}

    /// Not known in time, or the log was cut while we looked.
    public record NotRead() implements Oldest {}

    /// Looks from an offset in each partition up to an end.
    ///
    /// @param from the offset of each partition, within the log and below the end
    /// @param ends the ends, exclusive, for every partition of `from`
    public Map<TopicPartition, Oldest> look(
            Map<TopicPartition, Long> from, Map<TopicPartition, Long> ends) {
        var found = new HashMap<TopicPartition, Oldest>();
        if (from.isEmpty()) {
            return found;
        }
        var reader = reader();
        reader.assign(from.keySet());
        reader.resume(from.keySet()); // an assignment that stays the same keeps its pauses
        from.forEach(reader::seek);
        long endNs = System.nanoTime() + patience.toNanos();
        while (found.size() < from.size() && System.nanoTime() - endNs < 0) {
            look(reader, ends, found);
        }
        from.keySet().forEach(partition -> found.putIfAbsent(partition, new NotRead()));
        return found;
    }

    private Consumer<byte[], byte[]> reader() {
        if (consumer == null) {
            consumer = open.get();
        }
        return consumer;
    }

    private static void look(
            Consumer<byte[], byte[]> reader,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Oldest> found) {
        try {
            var records = reader.poll(POLL);
            for (TopicPartition partition : records.partitions()) {
                ConsumerRecord<byte[], byte[]> first = records.records(partition).getFirst();
                found.putIfAbsent(partition, new Found(first.offset(), first.timestamp()));
            }
        } catch (OffsetOutOfRangeException cut) {
            cut.partitions().forEach(partition -> found.putIfAbsent(partition, new NotRead()));
        }
        for (TopicPartition partition : List.copyOf(reader.assignment())) {
            if (!found.containsKey(partition)
                    && reader.position(partition) >= ends.getOrDefault(partition, 0L)) {
                found.put(partition, new NothingLeft());
            }
        }
        reader.pause(found.keySet().stream().filter(reader.assignment()::contains).toList());
    }

    @Override
    public void close() {
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        }
    }
}
