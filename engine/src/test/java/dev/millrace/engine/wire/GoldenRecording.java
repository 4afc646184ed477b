package dev.millrace.engine.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Asks a running Apache Kafka every question under `resources/golden` and writes down what it says.
///
/// `./mvnw -pl engine test -Dtest=GoldenRecording -Dgolden.kafka=localhost:9092`, against a fresh broker of one node with
/// node.id 1 and num.partitions 2. Then read the difference.
final class GoldenRecording {
    private static final String FIXTURE =
            """
            {"timeoutMs": 10000, "validateOnly": false, "topics": [
              {"name": "orders", "numPartitions": 3, "replicationFactor": 1, "assignments": [], "configs": []},
              {"name": "single", "numPartitions": 1, "replicationFactor": 1, "assignments": [], "configs": []},
              {"name": "__consumer_offsets", "numPartitions": 1, "replicationFactor": 1, "assignments": [],
               "configs": []}]}\
            """;
    private static final String ALL_TOPICS =
            """
            {"topics": null, "allowAutoTopicCreation": false, "includeClusterAuthorizedOperations": false,
             "includeTopicAuthorizedOperations": false}\
            """;

    @Test
    @EnabledIfSystemProperty(named = "golden.kafka", matches = ".+:\\d+")
    void record() throws IOException {
        String[] address = System.getProperty("golden.kafka").split(":", 2);
        try (var kafka = new ReferenceBroker(address[0], Integer.parseInt(address[1]))) {
            ask(kafka, ApiKeys.CREATE_TOPICS, 7, Golden.JSON.readTree(FIXTURE));
            awaitTopics(kafka);
            for (Golden golden : Golden.all()) {
                for (short version : golden.versions()) {
                    deleteOthers(kafka);
                    var ids = topicIds(kafka);
                    JsonNode response = ask(kafka, golden.api(), version, golden.request(ids));
                    golden.record(version, golden.comparable(response, ids));
                }
                golden.save();
            }
        }
    }

    private static JsonNode ask(ReferenceBroker kafka, ApiKeys api, int version, JsonNode request)
            throws IOException {
        ApiMessage message =
                MessageJson.read(api.messageType.newRequest().getClass(), request, (short) version);
        return MessageJson.write(kafka.ask(api, (short) version, message), (short) version);
    }

    private static void awaitTopics(ReferenceBroker kafka) throws IOException {
        for (int attempt = 0; topicIds(kafka).size() < GoldenFixture.TOPICS.size(); attempt++) {
            if (attempt == 100_000) {
                throw new IOException("the topics do not appear");
            }
        }
    }

    private static Map<String, String> topicIds(ReferenceBroker kafka) throws IOException {
        var ids = new TreeMap<String, String>();
        JsonNode all = ask(kafka, ApiKeys.METADATA, 13, Golden.JSON.readTree(ALL_TOPICS));
        for (JsonNode topic : all.get("topics")) {
            ids.put(topic.get("name").asText(), topic.get("topicId").asText());
        }
        return ids;
    }

    /// What an earlier question has made.
    private static void deleteOthers(ReferenceBroker kafka) throws IOException {
        while (!Objects.equals(topicIds(kafka).keySet(), GoldenFixture.TOPICS.keySet())) {
            ObjectNode request = Golden.JSON.createObjectNode().put("timeoutMs", 10_000);
            var topics = request.putArray("topics");
            for (Map.Entry<String, String> topic : topicIds(kafka).entrySet()) {
                if (!GoldenFixture.TOPICS.containsKey(topic.getKey())) {
                    topics.addObject().putNull("name").put("topicId", topic.getValue());
                }
            }
            ask(kafka, ApiKeys.DELETE_TOPICS, 6, request);
        }
    }
}
