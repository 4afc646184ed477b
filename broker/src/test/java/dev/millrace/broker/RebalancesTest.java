package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Why a group rebalanced, as a broker tells it of real clients.
@Timeout(120)
final class RebalancesTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Broker broker;
    private final Admin admin;

    RebalancesTest() throws Exception {
        var given =
                Map.of(
                        "listeners",
                        "PLAINTEXT://localhost:0",
                        "millrace.http.listener",
                        "localhost:0",
                        "group.initial.rebalance.delay.ms",
                        "0");
        broker = Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
        admin = Admin.create(Map.of("bootstrap.servers", server()));
        admin.createTopics(List.of(new NewTopic("events", 2, (short) 1))).all().get();
    }

    private String server() throws Exception {
        return "localhost:" + broker.addresses().getFirst().getPort();
    }

    @AfterEach
    void stop() {
        admin.close();
        broker.stop();
    }

    private HttpResponse<String> get(String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + broker.httpAddress() + path))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private List<JsonNode> rebalances() throws Exception {
        HttpResponse<String> response = get("/v1/groups/g/rebalances");
        assertEquals(200, response.statusCode(), response.body());
        JsonNode answer = JSON.readTree(response.body());
        assertEquals("g", answer.get("group").asString());
        return answer.get("rebalances").valueStream().toList();
    }

    private KafkaConsumer<String, String> consumer(Map<String, Object> own) throws Exception {
        var settings = new HashMap<>(own);
        settings.put("bootstrap.servers", server());
        settings.put("group.id", "g");
        var consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of("events"));
        return consumer;
    }

    private static void pollUntilItHas(KafkaConsumer<String, String> consumer, int partitions) {
        while (consumer.assignment().size() != partitions) {
            consumer.poll(Duration.ofMillis(100));
        }
    }

    private void check(JsonNode event, int epoch, String cause, String text) {
        assertEquals(epoch, event.get("epoch").asInt(), event.toString());
        assertEquals(cause, event.get("cause").asString(), event.toString());
        assertTrue(event.get("text").asString().contains(text), event.toString());
        assertEquals("classic", event.get("protocol").asString());
        assertTrue(
                Instant.parse(event.get("at").asString()).isBefore(Instant.now().plusSeconds(5)));
    }

    @Test
    void aMemberJoinsATopicGrowsTheMemberLeaves() throws Exception {
        try (var consumer = consumer(Map.of("client.id", "app-1", "metadata.max.age.ms", "100"))) {
            pollUntilItHas(consumer, 2);
            admin.createPartitions(Map.of("events", NewPartitions.increaseTo(5))).all().get();
            pollUntilItHas(consumer, 5);
        }
        List<JsonNode> all = rebalances();
        assertEquals(3, all.size(), all.toString());
        check(all.get(0), 1, "MEMBER_JOINED", "(client app-1 at /127.0.0.1) joined.");
        assertEquals("app-1", all.get(0).get("clientId").asString());
        assertEquals("/127.0.0.1", all.get(0).get("host").asString());
        assertTrue(all.get(0).get("member").asString().startsWith("app-1-"));
        check(all.get(1), 2, "PARTITIONS_ADDED", "topic events has 5 partitions now, it had 2.");
        assertTrue(all.get(1).get("member").isNull());
        check(all.get(2), 3, "MEMBER_LEFT", "left; it said \"the consumer is being closed\".");
        String metrics = get("/metrics").body();
        assertTrue(
                metrics.contains(
                        "\nmillrace_group_rebalances_total{group=\"g\",cause=\"MEMBER_LEFT\"} 1\n"),
                metrics);
    }

    @Test
    void anAdministratorSendsAMemberAway() throws Exception {
        try (var consumer = consumer(Map.of("group.instance.id", "i"))) {
            pollUntilItHas(consumer, 2);
            var options =
                    new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("i")));
            options.reason("it is too slow");
            admin.removeMembersFromConsumerGroup("g", options).all().get();
            List<JsonNode> all = rebalances();
            check(all.get(1), 2, "REMOVED_BY_ADMINISTRATOR", "it is too slow");
        }
    }

    @Test
    void anUnknownGroupIsNotFound() throws Exception {
        try (var consumer = consumer(Map.of())) {
            pollUntilItHas(consumer, 2);
        }
        HttpResponse<String> response = get("/v1/groups/other/rebalances");
        assertEquals(404, response.statusCode());
        assertEquals("{\"error\":\"There is no group other on this cluster.\"}\n", response.body());
    }
}
