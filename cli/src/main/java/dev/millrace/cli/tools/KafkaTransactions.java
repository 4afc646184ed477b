package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Transactions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// `kafka-transactions`: transactional ids, the producers of a partition, and what hangs. The action is a word of its own,
/// `kafka-transactions --bootstrap-server ... list`.
final class KafkaTransactions implements Tool {
    private static final String[] ACTIONS = {
        "list",
        "describe",
        "describe-producers",
        "abort",
        "find-hanging",
        "forceTerminateTransaction"
    };

    @Override
    public OptionTable options() {
        return new OptionTable(
                        "kafka-transactions",
                        "analyze the transactional state of producers, and end transactions that hang.")
                .command("list", "List transactional ids.")
                .command("describe", "Describe a transactional id.")
                .command("describe-producers", "Describe the producers of a partition.")
                .command("abort", "Abort a transaction that hangs in a partition.")
                .command("find-hanging", "Find transactions that no coordinator will end.")
                .command(
                        "forceTerminateTransaction", "Abort the transaction of a transactional id.")
                .value(
                        "duration-filter",
                        "ms",
                        "With list: only transactions that began longer ago; all when negative.")
                .value(
                        "transactional-id-pattern",
                        "regex",
                        "With list: only transactional ids that match.")
                .value("transactional-id", "id", "With describe: which.")
                .value("transactionalId", "id", "With forceTerminateTransaction: which.")
                .value("topic", "topic", "The partition's topic.")
                .value("partition", "number", "The partition.")
                .value(
                        "broker-id",
                        "id",
                        "Ask this replica, or search the partitions that it holds.")
                .value("start-offset", "offset", "With abort: where the transaction begins.")
                .value("producer-id", "id", "With abort, before Kafka 3.0: whose it is.")
                .value("producer-epoch", "epoch", "With abort, before Kafka 3.0.")
                .value("coordinator-epoch", "epoch", "With abort, before Kafka 3.0.")
                .value(
                        "max-transaction-timeout",
                        "minutes",
                        "With find-hanging: only what is open longer than this (15).")
                .example("kafka-transactions --bootstrap-server localhost:9092 list")
                .example(
                        "kafka-transactions --bootstrap-server localhost:9092 describe --transactional-id billing-1")
                .example(
                        "kafka-transactions --bootstrap-server localhost:9092 find-hanging --topic orders");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String action = arguments.action(ACTIONS);
        try (var connection = arguments.connect()) {
            var transactions = new Transactions(connection.admin());
            switch (action) {
                case "list" -> list(arguments, transactions, terminal);
                case "describe" -> describe(arguments, transactions, terminal);
                case "describe-producers" -> producers(arguments, transactions, terminal);
                case "abort" -> abort(arguments, transactions);
                case "find-hanging" ->
                        new HangingTransactions(connection.admin(), transactions, terminal)
                                .find(arguments);
                default ->
                        failing(
                                "Failed to terminate transactionalId `%s`"
                                        .formatted(arguments.required("transactionalId")),
                                () -> {
                                    transactions.terminate(arguments.required("transactionalId"));
                                    return true;
                                });
            }
        }
        return 0;
    }

    private static void list(Arguments arguments, Transactions transactions, Terminal terminal) {
        var options = new ListTransactionsOptions();
        Long durationMs = arguments.number("duration-filter");
        if (durationMs != null) {
            options.filterOnDuration(durationMs);
        }
        String pattern = arguments.value("transactional-id-pattern");
        if (pattern != null) {
            options.filterOnTransactionalIdPattern(pattern);
        }
        var found = failing("Failed to list transactions", () -> transactions.list(options));
        var table =
                new TabbedTable("TransactionalId", "Coordinator", "ProducerId", "TransactionState");
        found.forEach((coordinator, listings) ->
                listings.forEach(each ->
                        table.row(
                                each.transactionalId(),
                                coordinator,
                                each.producerId(),
                                each.state())));
        table.print(terminal);
    }

    private static void describe(
            Arguments arguments, Transactions transactions, Terminal terminal) {
        String id = arguments.required("transactional-id");
        TransactionDescription found =
                failing(
                        "Failed to describe transaction state of transactional-id `" + id + "`",
                        () -> transactions.describe(id));
        var start = found.transactionStartTimeMs();
        Object startMs = start.isPresent() ? start.getAsLong() : "None";
        Object forMs =
                start.isPresent() ? InstantSource.system().millis() - start.getAsLong() : "None";
        var table =
                new TabbedTable(
                        "CoordinatorId",
                        "TransactionalId",
                        "ProducerId",
                        "ProducerEpoch",
                        "TransactionState",
                        "TransactionTimeoutMs",
                        "CurrentTransactionStartTimeMs",
                        "TransactionDurationMs",
                        "TopicPartitions");
        table.row(
                found.coordinatorId(),
                id,
                found.producerId(),
                found.producerEpoch(),
                found.state(),
                found.transactionTimeoutMs(),
                startMs,
                forMs,
                found.topicPartitions().stream()
                        .map(TopicPartition::toString)
                        .collect(Collectors.joining(",")));
        table.print(terminal);
    }

    private static void producers(
            Arguments arguments, Transactions transactions, Terminal terminal) {
        TopicPartition partition = partition(arguments);
        var options = new DescribeProducersOptions();
        Integer broker = arguments.integer("broker-id");
        if (broker != null) {
            options.brokerId(broker);
        }
        List<ProducerState> found =
                failing(
                        "Failed to describe producers for partition "
                                + partition
                                + " on "
                                + (broker == null ? "leader" : "broker " + broker),
                        () -> transactions.producers(partition, options));
        var table =
                new TabbedTable(
                        "ProducerId",
                        "ProducerEpoch",
                        "LatestCoordinatorEpoch",
                        "LastSequence",
                        "LastTimestamp",
                        "CurrentTransactionStartOffset");
        for (ProducerState each : found) {
            var start = each.currentTransactionStartOffset();
            Object startOffset = start.isPresent() ? start.getAsLong() : "None";
            table.row(
                    each.producerId(),
                    each.producerEpoch(),
                    each.coordinatorEpoch().orElse(-1),
                    each.lastSequence(),
                    each.lastTimestamp(),
                    startOffset);
        }
        table.print(terminal);
    }

    private static TopicPartition partition(Arguments arguments) {
        String topic = arguments.required("topic");
        Integer partition = arguments.integer("partition");
        if (partition == null) {
            throw CommandFailed.usage("Missing required argument \"[partition]\"");
        }
        return new TopicPartition(topic, partition);
    }

    private static void abort(Arguments arguments, Transactions transactions) {
        AbortTransactionSpec what = what(arguments, transactions);
        failing(
                "Failed to abort transaction " + what,
                () -> {
                    transactions.abort(what);
                    return true;
                });
    }

    private static AbortTransactionSpec what(Arguments arguments, Transactions transactions) {
        TopicPartition partition = partition(arguments);
        Long startOffset = arguments.number("start-offset");
        if (startOffset == null) {
            return named(partition, arguments);
        }
        return failing(
                        "Failed to validate producer state for partition " + partition,
                        () -> transactions.openAt(partition, startOffset))
                .orElseThrow(() ->
                        CommandFailed.because(
                                "Could not find any open transactions starting at offset "
                                        + startOffset
                                        + " on partition "
                                        + partition));
    }

    /// A producer that has not ended a transaction yet has no coordinator epoch: 0 is not above any.
    private static AbortTransactionSpec named(TopicPartition partition, Arguments arguments) {
        Long producerId = arguments.number("producer-id");
        if (producerId == null) {
            throw CommandFailed.because(
                    "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with"
                            + " --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)");
        }
        Integer epoch = given(arguments, "producer-epoch");
        Integer coordinatorEpoch = given(arguments, "coordinator-epoch");
        return new AbortTransactionSpec(
                partition, producerId, epoch.shortValue(), Math.max(0, coordinatorEpoch));
    }

    private static Integer given(Arguments arguments, String option) {
        Integer value = arguments.integer(option);
        if (value == null) {
            throw CommandFailed.because("Missing required argument --" + option);
        }
        return value;
    }

    /// An answer of the cluster.
    @FunctionalInterface
    interface Question<T> {
        T ask();
    }

    /// What the cluster refuses, in the words of Kafka's tool.
    static <T> T failing(String what, Question<T> question) {
        try {
            return question.ask();
        } catch (KafkaException refused) {
            throw CommandFailed.because(
                    what
                            + ": "
                            + refused.getMessage()
                            + ". Enable debug logging for additional detail.");
        }
    }

    /// Columns as wide as what is in them, a tab behind each.
    static final class TabbedTable {
        private final List<List<String>> rows = new ArrayList<>();

        TabbedTable(String... header) {
            rows.add(List.of(header));
        }

        void row(Object... cells) {
            var row = new ArrayList<String>();
            for (@Nullable Object cell : cells) {
                row.add(String.valueOf(cell));
            }
            rows.add(row);
        }

        void print(Terminal terminal) {
            for (List<String> row : rows) {
                var line = new StringBuilder();
                for (int at = 0; at < row.size(); at++) {
                    line.append(row.get(at)).repeat(' ', width(at) - row.get(at).length());
                    line.append('\t');
                }
                terminal.line(line.toString());
            }
        }

        private int width(int column) {
            return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
        }
    }
}
