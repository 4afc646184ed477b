package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// The consumers of a test.
final class ConsumerSet implements AutoCloseable {
    private static final CloseOptions CLOSE = CloseOptions.timeout(Duration.ofSeconds(5));

    /// What a summary says about consumers.
    private static final List<String> TELLING =
            List.of(
                    "fetch.min.bytes",
                    "fetch.max.wait.ms",
                    "max.partition.fetch.bytes",
                    "max.poll.records");

    private final List<Consumer<byte[], byte[]>> consumers = new ArrayList<>();

    static ConsumerSet open(Connection connection, Map<String, String> settings, int count) {
        var set = new ConsumerSet();
        try {
            for (int number = 1; number <= count; number++) {
                var config = connection.clientSettings("millrace-perf-consumer-" + number);
                config.putAll(settings);
                var bytes = new ByteArrayDeserializer();
                set.consumers.add(new KafkaConsumer<>(config, bytes, bytes));
            }
            return set;
        } catch (RuntimeException failed) {
            set.close();
            throw failed;
        }
    }

    /// Those of the settings that a reader of the summary must know, the client's defaults filled in.
    static Map<String, String> telling(Connection connection, Map<String, String> settings) {
        var config = connection.clientSettings("millrace-perf-consumer-1");
        config.putAll(settings);
        config.put("key.deserializer", ByteArrayDeserializer.class);
        config.put("value.deserializer", ByteArrayDeserializer.class);
        var effective = new ConsumerConfig(config).values();
        var telling = new LinkedHashMap<String, String>();
        TELLING.forEach(key -> telling.put(key, String.valueOf(effective.get(key))));
        return telling;
    }

    /// Divides the partitions of a topic among the consumers in turn, without a group.
    void divide(TestTopic topic, boolean fromBeginning) {
        if (consumers.size() > topic.partitions()) {
            throw CommandFailed.because(
                    "topic %s has %d partitions, too few for %d consumers: use --consumers %d or less"
                            .formatted(
                                    topic.name(),
                                    topic.partitions(),
                                    consumers.size(),
                                    topic.partitions()));
        }
        for (int i = 0; i < consumers.size(); i++) {
            var part = new ArrayList<TopicPartition>();
            for (int number = i; number < topic.partitions(); number += consumers.size()) {
                part.add(new TopicPartition(topic.name(), number));
            }
            start(consumers.get(i), part, fromBeginning);
        }
    }

    private static void start(
            Consumer<?, ?> consumer, List<TopicPartition> partitions, boolean fromBeginning) {
        consumer.assign(partitions);
        if (fromBeginning) {
            consumer.seekToBeginning(partitions);
        } else {
            consumer.seekToEnd(partitions);
            // A seek is done when the position is asked for: now, not at some first poll.
            partitions.forEach(consumer::position);
        }
    }

    Consumer<byte[], byte[]> get(int index) {
        return consumers.get(index);
    }

    int size() {
        return consumers.size();
    }

    @Override
    public void close() {
        consumers.forEach(consumer -> consumer.close(CLOSE));
    }
}
