package dev.millrace.cli;

import dev.millrace.cli.cluster.OpenTransaction;
import java.time.InstantSource;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.core.JsonGenerator;

/// `millrace txn why`: what is open in a partition, the oldest first, and what ends it.
record TxnWhy(Terminal terminal, InstantSource clock) {
    void print(TopicPartition partition, List<OpenTransaction> open, OutputForm output) {
        if (output == OutputForm.json) {
            Json.print(terminal, json -> write(json, partition, open));
        } else if (open.isEmpty()) {
            terminal.line(
                    "no transaction is open in " + partition + ": nothing holds readers back");
        } else {
            print(partition, open);
        }
    }

    private void print(TopicPartition partition, List<OpenTransaction> open) {
        terminal.line(
                "readers of committed records stop at offset %d of %s, for %s"
                        .formatted(
                                open.getFirst().startOffset(),
                                partition,
                                open.size() == 1
                                        ? "1 open transaction"
                                        : open.size() + " open transactions, the oldest first"));
        var table =
                new Table()
                        .right("FROM OFFSET")
                        .left("TRANSACTIONAL ID")
                        .left("STATE")
                        .left("OPEN FOR")
                        .right("PRODUCER")
                        .right("EPOCH")
                        .left("CLIENT");
        for (OpenTransaction each : open) {
            table.row(
                    List.of(
                            String.valueOf(each.startOffset()),
                            each.transactionalId() == null ? "-" : each.transactionalId(),
                            each.state(),
                            TimeSpan.text(each.openFor(clock.millis())),
                            String.valueOf(each.producer().producerId()),
                            String.valueOf(each.producer().producerEpoch()),
                            each.client() == null ? "" : each.client()));
        }
        table.lines("  ").forEach(terminal::line);
        open.stream().map(TxnWhy::advice).distinct().forEach(terminal::line);
    }

    /// What ends it.
    static String advice(OpenTransaction open) {
        if (open.isHanging()) {
            return "no coordinator will end what hangs: `millrace txn abort --partition %s:%d --start-offset %d` does"
                    .formatted(
                            open.partition().topic(),
                            open.partition().partition(),
                            open.startOffset());
        }
        if (open.isDecided()) {
            return "%s is decided, and its marker is on its way: ask again"
                    .formatted(open.transactionalId());
        }
        return "it ends when its producer ends it, or after its time-out; at once: `millrace txn abort %s`"
                .formatted(open.transactionalId());
    }

    private void write(JsonGenerator json, TopicPartition partition, List<OpenTransaction> open) {
        json.writeStartObject()
                .writeStringProperty("topic", partition.topic())
                .writeNumberProperty("partition", partition.partition());
        json.writeArrayPropertyStart("open");
        for (OpenTransaction each : open) {
            json.writeStartObject()
                    .writeNumberProperty("startOffset", each.startOffset())
                    .writeNumberProperty("producerId", each.producer().producerId())
                    .writeNumberProperty("producerEpoch", each.producer().producerEpoch())
                    .writeStringProperty("state", each.state())
                    .writeNumberProperty("openMs", each.openFor(clock.millis()).toMillis());
            if (each.transactionalId() != null) {
                json.writeStringProperty("transactionalId", each.transactionalId());
            }
            if (each.client() != null) {
                json.writeStringProperty("client", each.client());
            }
            json.writeStringProperty("advice", advice(each)).writeEndObject();
        }
        json.writeEndArray().writeEndObject();
    }
}
