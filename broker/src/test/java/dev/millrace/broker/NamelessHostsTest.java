package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three brokers whose listeners name no host (`PLAINTEXT://:9092`), as in the settings that Kafka ships.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class NamelessHostsTest {
    @TempDir Path folder;

    @Test
    void brokersFindEachOtherByTheNameOfTheirMachine() throws Exception {
        var listeners = new TreeMap<Integer, Map<String, String>>();
        var addresses = new TreeMap<Integer, String>();
        String name = InetAddress.getLocalHost().getCanonicalHostName();
        for (int id : ThreeBrokers.IDS) {
            int port = FreePort.find();
            addresses.put(id, name + ":" + port);
            listeners.put(id, Map.of("listeners", "PLAINTEXT://:" + port));
        }
        try (var cluster = new ThreeBrokers(folder, Map.of(), listeners)) {
            var client =
                    cluster.client(
                            Map.of("bootstrap.servers", String.join(",", addresses.values())));
            try (Admin admin = Admin.create(client)) {
                assertEquals(
                        Set.copyOf(addresses.values()),
                        admin.describeCluster().nodes().get().stream()
                                .map(node -> node.host() + ":" + node.port())
                                .collect(Collectors.toSet()));
                var all = Map.of("min.insync.replicas", "3");
                admin.createTopics(
                                List.of(
                                        new NewTopic("t", Map.of(0, List.of(1, 2, 3)))
                                                .configs(all)))
                        .all()
                        .get();
            }
            try (var producer =
                    new KafkaProducer<>(client, new StringSerializer(), new StringSerializer())) {
                producer.send(new ProducerRecord<>("t", "v")).get(); // acks=all: from every replica
            }
        }
    }
}
