package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The first of a lone node's directories, which has its metadata log, goes out of use: not by another order of `log.dirs`, but as
/// `docs/operations.md` says.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MovedMetadataLogTest {
    @TempDir private Path folder;

    private Broker start(Map<String, String> directories) throws Exception {
        var given = new TreeMap<>(directories);
        given.put("listeners", "PLAINTEXT://localhost:0");
        return Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), false);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static Map<String, Object> client(Broker broker) throws Exception {
        return Map.of("bootstrap.servers", "localhost:" + broker.addresses().getFirst().getPort());
    }

    @Test
    void itGoesWithTheDirectorysId() throws Exception {
        Broker broker =
                start(
                        Map.of(
                                "log.dirs",
                                path("a") + "," + path("b"),
                                "cordoned.log.dirs",
                                path("a")));
        assertEquals(0, produced(broker, true));
        broker.stop();

        assertThrows(
                StartFailed.class, () -> start(Map.of("log.dirs", path("b") + "," + path("a"))));
        assertThrows(StartFailed.class, () -> start(Map.of("log.dirs", path("b"))));

        Files.createDirectory(folder.resolve("c"));
        for (String name : List.of("__cluster_metadata-0", "meta.properties")) {
            Files.move(folder.resolve("a").resolve(name), folder.resolve("c").resolve(name));
        }
        Broker again = start(Map.of("log.dirs", path("b"), "metadata.log.dir", path("c")));
        assertEquals(1, produced(again, false));
        again.stop();
    }

    /// Writes one record.
    ///
    /// @return its offset
    private static long produced(Broker broker, boolean first) throws Exception {
        try (Admin admin = Admin.create(client(broker));
                var producer =
                        new KafkaProducer<>(
                                client(broker), new StringSerializer(), new StringSerializer())) {
            if (first) {
                admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            }
            assertEquals(Set.of("t"), admin.listTopics().names().get());
            return producer.send(new ProducerRecord<>("t", "a record")).get().offset();
        }
    }
}
