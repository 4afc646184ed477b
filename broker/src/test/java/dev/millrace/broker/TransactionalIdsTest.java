package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Transactional ids, as real clients take hold of them and administrators see them.
@Timeout(120)
final class TransactionalIdsTest {
    private final Broker broker;
    private final Admin admin;

    TransactionalIdsTest() throws Exception {
        var given =
                Map.of(
                        "listeners",
                        "PLAINTEXT://localhost:0",
                        "millrace.http.listener",
                        "localhost:0",
                        "transaction.state.log.num.partitions",
                        "3");
        broker = Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
        admin = Admin.create(Map.of("bootstrap.servers", server()));
    }

    private String server() throws Exception {
        return "localhost:" + broker.addresses().getFirst().getPort();
    }

    @AfterEach
    void stop() {
        admin.close();
        broker.stop();
    }

    private KafkaProducer<String, String> producer(String transactionalId) throws Exception {
        var settings = new HashMap<String, Object>();
        settings.put("bootstrap.servers", server());
        settings.put("transactional.id", transactionalId);
        settings.put("client.id", "app-" + transactionalId);
        var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    private TransactionDescription describe(String id) throws Exception {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }

    private List<String> list(ListTransactionsOptions options) throws Exception {
        return admin.listTransactions(options).all().get().stream()
                .map(TransactionListing::transactionalId)
                .sorted()
                .toList();
    }

    @Test
    void producersTakeHoldOfThem() throws Exception {
        try (var _ = producer("transfers");
                var _ = producer("transfers");
                var _ = producer("refunds")) {
            TransactionDescription described = describe("transfers");
            assertEquals(TransactionState.EMPTY, described.state());
            assertEquals(1, described.producerEpoch());
            assertEquals(60_000, described.transactionTimeoutMs());
            assertEquals(List.of("refunds", "transfers"), list(new ListTransactionsOptions()));
            assertEquals(
                    List.of("refunds"),
                    list(new ListTransactionsOptions().filterOnTransactionalIdPattern("re.*")));
            assertEquals(
                    List.of(),
                    list(
                            new ListTransactionsOptions()
                                    .filterStates(List.of(TransactionState.ONGOING))));
        }
    }

    @Test
    void administratorsFenceThem() throws Exception {
        try (var _ = producer("transfers")) {
            admin.fenceProducers(List.of("transfers")).all().get();
            assertEquals(1, describe("transfers").producerEpoch());
        }
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
        try (var _ = producer("transfers")) {
            var unknown = assertThrows(ExecutionException.class, () -> describe("nobody"));
            assertInstanceOf(TransactionalIdNotFoundException.class, unknown.getCause());
            var pattern = new ListTransactionsOptions().filterOnTransactionalIdPattern("(");
            var noPattern = assertThrows(ExecutionException.class, () -> list(pattern));
            assertInstanceOf(InvalidRegularExpression.class, noPattern.getCause());
        }
    }

    @Test
    void theirTopicIsKafkas() throws Exception {
        try (var _ = producer("transfers")) {
            String name = "__transaction_state";
            var topics = admin.describeTopics(List.of(name)).allTopicNames().get();
            var topic = Objects.requireNonNull(topics.get(name));
            assertEquals(3, topic.partitions().size());
            assertTrue(topic.isInternal());
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
            var configs = admin.describeConfigs(List.of(resource)).all().get();
            var config = Objects.requireNonNull(configs.get(resource));
            assertEquals("compact", config.get("cleanup.policy").value());
            assertEquals("uncompressed", config.get("compression.type").value());
            assertEquals("1", config.get("min.insync.replicas").value());
            assertEquals("104857600", config.get("segment.bytes").value());
            assertEquals("false", config.get("unclean.leader.election.enable").value());
        }
    }

    @Test
    void theFeatureStandsAtKafkasLevel() throws Exception {
        var features = admin.describeFeatures().featureMetadata().get();
        var level = Objects.requireNonNull(features.finalizedFeatures().get("transaction.version"));
        assertEquals(2, level.maxVersionLevel());
    }

    private HttpResponse<String> get(String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + broker.httpAddress() + path))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void whoUsesThemIsToldOverHttp() throws Exception {
        try (var _ = producer("a b/c")) {
            HttpResponse<String> response = get("/v1/transactions/a%20b%2Fc");
            assertEquals(200, response.statusCode(), response.body());
            JsonNode one = JsonMapper.shared().readTree(response.body());
            assertEquals("a b/c", one.get("transactionalId").asString());
            assertEquals("Empty", one.get("state").asString());
            assertTrue(one.get("since").isNull());
            assertEquals("app-a b/c", one.get("clientId").asString());
            assertEquals("127.0.0.1", one.get("clientHost").asString());
            JsonNode all = JsonMapper.shared().readTree(get("/v1/transactions").body());
            assertEquals(one, all.get("transactions").get(0));
            assertEquals(0, all.get("unavailable").asInt());
            assertEquals(404, get("/v1/transactions/nobody").statusCode());
        }
    }
}
