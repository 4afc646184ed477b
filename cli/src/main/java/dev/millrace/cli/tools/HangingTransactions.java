package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;
import static dev.millrace.cli.tools.KafkaTransactions.failing;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.OpenTransaction;
import dev.millrace.cli.cluster.Transactions;
import dev.millrace.cli.tools.KafkaTransactions.TabbedTable;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/// `kafka-transactions find-hanging`: transactions that are open in a partition, for longer than any may be, and of which no coordinator
/// has that partition.
record HangingTransactions(Admin admin, Transactions transactions, Terminal terminal) {
    private static final int DEFAULT_MINUTES = 15;

    void find(Arguments arguments) {
        String topic = arguments.value("topic");
        Integer partition = arguments.integer("partition");
        Integer broker = arguments.integer("broker-id");
        if (topic == null && broker == null) {
            throw CommandFailed.because(
                    "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search");
        }
        if (topic == null && partition != null) {
            throw CommandFailed.because("The --partition argument requires --topic to be provided");
        }
        int minutes =
                Optional.ofNullable(arguments.integer("max-transaction-timeout"))
                        .orElse(DEFAULT_MINUTES);
        List<TopicPartition> where =
                topic != null && partition != null
                        ? List.of(new TopicPartition(topic, partition))
                        : partitions(topic, broker);
        print(where, TimeUnit.MINUTES.toMillis(minutes));
    }

    private List<TopicPartition> partitions(@Nullable String topic, @Nullable Integer broker) {
        var topics =
                topic != null
                        ? List.of(topic)
                        : failing(
                                "Failed to list topics",
                                () ->
                                        await(
                                                admin.listTopics(
                                                                new ListTopicsOptions()
                                                                        .listInternal(true))
                                                        .names()));
        var described =
                failing(
                        "Failed to describe " + topics.size() + " topics",
                        () -> await(admin.describeTopics(topics).allTopicNames()));
        var partitions = new ArrayList<TopicPartition>();
        new TreeMap<>(described)
                .forEach((name, description) ->
                        description.partitions().stream()
                                .filter(each -> broker == null || hasReplica(each, broker))
                                .forEach(each ->
                                        partitions.add(
                                                new TopicPartition(name, each.partition()))));
        return partitions;
    }

    private static boolean hasReplica(TopicPartitionInfo partition, int broker) {
        return partition.replicas().stream().anyMatch(node -> node.id() == broker);
    }

    private void print(List<TopicPartition> where, long longerThanMs) {
        long nowMs = InstantSource.system().millis();
        var table =
                new TabbedTable(
                        "Topic",
                        "Partition",
                        "ProducerId",
                        "ProducerEpoch",
                        "CoordinatorEpoch",
                        "StartOffset",
                        "LastTimestamp",
                        "Duration(min)");
        for (TopicPartition partition : where) {
            List<OpenTransaction> open =
                    failing(
                            "Failed to describe producers for partition " + partition,
                            () -> transactions.open(partition));
            for (OpenTransaction each : open) {
                ProducerState producer = each.producer();
                long forMs = nowMs - producer.lastTimestamp();
                if (forMs > longerThanMs && each.isHanging()) {
                    table.row(
                            partition.topic(),
                            partition.partition(),
                            producer.producerId(),
                            producer.producerEpoch(),
                            producer.coordinatorEpoch().orElse(-1),
                            each.startOffset(),
                            producer.lastTimestamp(),
                            TimeUnit.MILLISECONDS.toMinutes(forMs));
                }
            }
        }
        table.print(terminal);
    }
}
