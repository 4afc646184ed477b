package dev.millrace.cli;

import dev.millrace.cli.cluster.Transactions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `millrace txn list` and `describe`.
record TxnReport(Transactions transactions, Terminal terminal, InstantSource clock) {
    void list(ListTransactionsOptions options, OutputForm output) {
        Map<Integer, Collection<TransactionListing>> found = transactions.list(options);
        if (output == OutputForm.json) {
            Json.print(terminal, json -> write(json, found));
        } else if (found.values().stream().anyMatch(some -> !some.isEmpty())) {
            print(found);
        }
    }

    private void print(Map<Integer, Collection<TransactionListing>> found) {
        var table =
                new Table()
                        .left("TRANSACTIONAL ID")
                        .left("STATE")
                        .right("PRODUCER")
                        .right("COORDINATOR");
        found.forEach((coordinator, listings) ->
                sorted(listings)
                        .forEach(each ->
                                table.row(
                                        List.of(
                                                each.transactionalId(),
                                                each.state().toString(),
                                                String.valueOf(each.producerId()),
                                                String.valueOf(coordinator)))));
        table.lines("").forEach(terminal::line);
    }

    private static List<TransactionListing> sorted(Collection<TransactionListing> listings) {
        return listings.stream()
                .sorted(Comparator.comparing(TransactionListing::transactionalId))
                .toList();
    }

    private static void write(
            JsonGenerator json, Map<Integer, Collection<TransactionListing>> found) {
        json.writeStartArray();
        found.forEach((coordinator, listings) ->
                sorted(listings)
                        .forEach(each ->
                                json.writeStartObject()
                                        .writeStringProperty(
                                                "transactionalId", each.transactionalId())
                                        .writeStringProperty("state", each.state().toString())
                                        .writeNumberProperty("producerId", each.producerId())
                                        .writeNumberProperty("coordinator", coordinator)
                                        .writeEndObject()));
        json.writeEndArray();
    }

    void describe(List<String> ids, OutputForm output) {
        for (String id : ids) {
            TransactionDescription description = transactions.known(id);
            String client = transactions.client(id, description);
            if (output == OutputForm.json) {
                Json.print(terminal, json -> write(json, id, description, client));
            } else {
                print(id, description, client);
            }
        }
    }

    private void print(String id, TransactionDescription description, @Nullable String client) {
        terminal.line(id + ": " + description.state() + open(description));
        terminal.line(
                "  producer %d, epoch %d, coordinator %d, time-out %s"
                        .formatted(
                                description.producerId(),
                                description.producerEpoch(),
                                description.coordinatorId(),
                                TimeSpan.text(
                                        Duration.ofMillis(description.transactionTimeoutMs()))));
        if (client != null) {
            terminal.line("  last used by " + client);
        }
        if (!description.topicPartitions().isEmpty()) {
            terminal.line("  in it: " + String.join(", ", names(description.topicPartitions())));
        }
    }

    private String open(TransactionDescription description) {
        var start = description.transactionStartTimeMs();
        return start.isEmpty() || description.topicPartitions().isEmpty()
                ? ""
                : ", open for "
                        + TimeSpan.text(
                                Duration.ofMillis(Math.max(0, clock.millis() - start.getAsLong())));
    }

    private static List<String> names(Set<TopicPartition> partitions) {
        return partitions.stream()
                .sorted(
                        Comparator.comparing(TopicPartition::topic)
                                .thenComparingInt(TopicPartition::partition))
                .map(TopicPartition::toString)
                .toList();
    }

    private static void write(
            JsonGenerator json,
            String id,
            TransactionDescription description,
            @Nullable String client) {
        json.writeStartObject()
                .writeStringProperty("transactionalId", id)
                .writeStringProperty("state", description.state().toString())
                .writeNumberProperty("producerId", description.producerId())
                .writeNumberProperty("producerEpoch", description.producerEpoch())
                .writeNumberProperty("coordinator", description.coordinatorId())
                .writeNumberProperty("timeoutMs", description.transactionTimeoutMs());
        var start = description.transactionStartTimeMs();
        if (start.isPresent()) {
            json.writeStringProperty("since", Instant.ofEpochMilli(start.getAsLong()).toString());
        }
        if (client != null) {
            json.writeStringProperty("client", client);
        }
        json.writeArrayPropertyStart("partitions");
        names(description.topicPartitions()).forEach(json::writeString);
        json.writeEndArray().writeEndObject();
    }
}
