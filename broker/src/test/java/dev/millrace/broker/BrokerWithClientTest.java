package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The whole process but for the command line, with the official client.
@Timeout(120)
final class BrokerWithClientTest {
    @TempDir Path folder;

    private Broker start(boolean memory) throws Exception {
        return start(memory, Map.of());
    }

    private Broker start(boolean memory, Map<String, String> more) throws Exception {
        var given = new TreeMap<>(more);
        given.put("listeners", "PLAINTEXT://localhost:0");
        given.put("log.dirs", folder.toString());
        return Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), memory);
    }

    private static String address(Broker broker) throws Exception {
        return "localhost:" + broker.addresses().getFirst().getPort();
    }

    private static void produce(Broker broker, String... values) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", address(broker), "acks", "all");
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>("events", value)).get();
            }
        }
    }

    private static List<String> consume(Broker broker, int count) throws Exception {
        var values = new ArrayList<String>();
        Map<String, Object> settings =
                Map.of("bootstrap.servers", address(broker), "auto.offset.reset", "earliest");
        try (var consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition("events", 0)));
            while (values.size() < count) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }

    @Test
    void whatWasProducedIsThereAfterARestart() throws Exception {
        Broker first = start(false);
        produce(first, "one", "two");
        assertEquals(List.of("one", "two"), consume(first, 2));
        first.stop();
        assertTrue(Files.exists(folder.resolve(".kafka_cleanshutdown")), "a clean stop is marked");

        Broker second = start(false);
        produce(second, "three");
        assertEquals(List.of("one", "two", "three"), consume(second, 3));
        second.stop();
    }

    private static int groupVersion(Broker broker) throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", address(broker)))) {
            var level =
                    admin.describeFeatures()
                            .featureMetadata()
                            .get()
                            .finalizedFeatures()
                            .get("group.version");
            return level == null ? 0 : level.maxVersionLevel();
        }
    }

    @Test
    void aNewClusterBeginsAtTheLevelsThatWereAskedForAndKeepsThem() throws Exception {
        Broker first = start(false, Map.of("millrace.features", "group.version=0"));
        assertEquals(0, groupVersion(first));
        first.stop();

        Broker second = start(false);
        assertEquals(0, groupVersion(second));
        second.stop();

        Broker another = start(true);
        assertEquals(1, groupVersion(another));
        another.stop();
    }

    @Test
    void aBrokerInMemoryServesTheSame() throws Exception {
        Broker broker = start(true);
        produce(broker, "one", "two");
        assertEquals(List.of("one", "two"), consume(broker, 2));
        broker.stop();
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count(), "nothing on disk");
        }
    }
}
