package dev.millrace.engine.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/// A talk with a group coordinator, written down answer by answer, without what is another's choice.
abstract class Conversation {
    /// Sends one request as a client of its own and says when the answer is there.
    interface Asker {
        CompletableFuture<ApiMessage> ask(
                String client, ApiKeys api, short version, ApiMessage message);
    }

    /// Fields that hold their elements in no order.
    private static final List<String> SORTED =
            List.of(
                    "groups",
                    "topics",
                    "partitions",
                    "members",
                    "results",
                    "subscribedTopicNames",
                    "topicPartitions",
                    "activeTasks",
                    "activePartitions",
                    "partitionsByUserEndpoint");

    private final Asker asker;
    private final Uuid ordersId;
    private final List<String> lines = new ArrayList<>();

    /// @param ordersId the topic id of `orders`
    Conversation(Asker asker, Uuid ordersId) {
        this.asker = asker;
        this.ordersId = ordersId;
    }

    /// @return the answers, one a line
    abstract List<String> run();

    /// The answers so far, one a line.
    List<String> lines() {
        return lines;
    }

    CompletableFuture<ApiMessage> send(
            String client, ApiKeys api, int version, ApiMessage message) {
        return asker.ask(client, api, (short) version, message);
    }

    ApiMessage step(String name, ApiKeys api, int version, ApiMessage message) {
        return answered(name, version, send("main", api, version, message));
    }

    ApiMessage answered(String name, int version, CompletableFuture<ApiMessage> answer) {
        ApiMessage message = answer.orTimeout(30, TimeUnit.SECONDS).join();
        lines.add(name + " -> " + comparable(MessageJson.write(message, (short) version)));
        return message;
    }

    /// Without what is another's choice: ids, ports, the order of groups and of members.
    private String comparable(JsonNode answer) {
        sort(answer);
        return text(answer);
    }

    private void sort(JsonNode node) {
        node.forEach(this::sort);
        for (String field : SORTED) {
            if (node instanceof ObjectNode object && object.path(field).isArray()) {
                var elements = new ArrayList<JsonNode>();
                object.path(field).forEach(elements::add);
                elements.sort(Comparator.comparing(this::text));
                object.putArray(field).addAll(elements);
            }
        }
    }

    private String text(JsonNode node) {
        return node.toString()
                .replaceAll("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID")
                .replaceAll("\"port\":\\d+", "\"port\":0")
                .replace(ordersId.toString(), "ORDERS");
    }
}
