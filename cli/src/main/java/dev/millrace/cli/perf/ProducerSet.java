package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// The producers of a test, open and knowing the topic before the clock starts.
final class ProducerSet implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    /// What a summary says about producers.
    private static final List<String> TELLING =
            List.of("acks", "linger.ms", "batch.size", "compression.type", "enable.idempotence");

    private final List<Producer<byte[], byte[]>> producers = new ArrayList<>();

    /// Opens them one by one; what is opened is closed when a later one fails.
    static ProducerSet open(
            Connection connection, Map<String, String> settings, String topic, int count) {
        var set = new ProducerSet();
        try {
            for (int number = 1; number <= count; number++) {
                var config = config(connection, settings, number);
                var bytes = new ByteArraySerializer();
                var producer = new KafkaProducer<>(config, bytes, bytes);
                set.producers.add(producer);
                producer.partitionsFor(topic);
            }
            return set;
        } catch (RuntimeException failed) {
            set.abort();
            throw failed;
        }
    }

    private static Map<String, Object> config(
            Connection connection, Map<String, String> settings, int number) {
        var config = connection.clientSettings("millrace-perf-producer-" + number);
        config.putIfAbsent("max.block.ms", "15000");
        config.putAll(settings);
        return config;
    }

    /// The settings with the client's defaults filled in.
    static ProducerConfig effective(Connection connection, Map<String, String> settings) {
        var config = new HashMap<>(config(connection, settings, 1));
        config.put("key.serializer", ByteArraySerializer.class);
        config.put("value.serializer", ByteArraySerializer.class);
        return new ProducerConfig(config);
    }

    /// Those of the settings that a reader of the summary must know.
    static Map<String, String> telling(ProducerConfig effective) {
        var telling = new LinkedHashMap<String, String>();
        for (String key : TELLING) {
            telling.put(key, String.valueOf(effective.values().get(key)));
        }
        telling.replace("acks", "-1", "all");
        return telling;
    }

    Producer<byte[], byte[]> get(int index) {
        return producers.get(index);
    }

    int size() {
        return producers.size();
    }

    /// Ends what is under way: records without an acknowledgement are refused.
    void abort() {
        producers.forEach(producer -> producer.close(Duration.ZERO));
    }

    @Override
    public void close() {
        producers.forEach(producer -> producer.close(CLOSE_PATIENCE));
    }
}
