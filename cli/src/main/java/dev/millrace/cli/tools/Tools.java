package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.Versions;
import dev.millrace.cli.cluster.CommandFailed;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tools by name, and the rim around each: parse, help, version, failures, exit code.
public final class Tools {
    private static final List<String> NAMES =
            List.of(
                    "kafka-topics",
                    "kafka-console-producer",
                    "kafka-console-consumer",
                    "kafka-configs",
                    "kafka-consumer-groups",
                    "kafka-groups",
                    "kafka-streams-groups",
                    "kafka-broker-api-versions",
                    "kafka-get-offsets",
                    "kafka-delete-records",
                    "kafka-transactions",
                    "kafka-metadata-quorum",
                    "kafka-features",
                    "kafka-reassign-partitions",
                    "kafka-log-dirs",
                    "kafka-leader-election",
                    "kafka-cluster",
                    "kafka-producer-perf-test",
                    "kafka-consumer-perf-test");

    private Tools() {}

    /// Every tool there is.
    public static List<String> names() {
        return NAMES;
    }

    /// Runs a tool. Exit codes are those of Kafka's tools: 0, or 1 for any failure, a wrong command line included.
    ///
    /// @param name with or without `.sh`
    public static int run(String name, String[] words, Terminal terminal) {
        String plain = name.endsWith(".sh") ? name.substring(0, name.length() - 3) : name;
        var tool = tool(plain);
        if (tool == null) {
            terminal.err().println("no tool " + name + ": there are " + String.join(", ", NAMES));
            return CommandFailed.FAILED;
        }
        try {
            return run(plain, tool, words, terminal);
        } finally {
            terminal.out().flush();
        }
    }

    private static int run(String name, Tool tool, String[] words, Terminal terminal) {
        var wanted = Arrays.asList(words);
        if (wanted.contains("--help")) {
            terminal.out().print(tool.options().help());
            return 0;
        }
        if (wanted.contains("--version")) {
            terminal.line(Versions.forTools());
            return 0;
        }
        String address = "";
        try {
            var arguments = tool.options().parse(words);
            address = arguments.value("bootstrap-server", arguments.value("broker-list", ""));
            return tool.run(arguments, terminal);
        } catch (CommandFailed known) {
            terminal.out().flush();
            terminal.err()
                    .println(
                            known.exitCode() == CommandFailed.USAGE
                                    ? name + ": " + known.sentence()
                                    : known.sentence());
            return CommandFailed.FAILED;
        } catch (RuntimeException failure) {
            terminal.out().flush();
            tool.failed(failure, address, terminal);
            return tool.failedCode();
        }
    }

    /// Names each class in its own branch, so that only the one that runs is loaded.
    private static @Nullable Tool tool(String name) {
        return switch (name) {
            case "kafka-topics" -> new KafkaTopics();
            case "kafka-console-producer" -> new KafkaConsoleProducer();
            case "kafka-console-consumer" -> new KafkaConsoleConsumer();
            case "kafka-configs" -> new KafkaConfigs();
            case "kafka-consumer-groups" -> new KafkaConsumerGroups();
            case "kafka-groups" -> new KafkaGroups();
            case "kafka-streams-groups" -> new KafkaStreamsGroups();
            case "kafka-broker-api-versions" -> new KafkaBrokerApiVersions();
            case "kafka-get-offsets" -> new KafkaGetOffsets();
            case "kafka-delete-records" -> new KafkaDeleteRecords();
            case "kafka-transactions" -> new KafkaTransactions();
            case "kafka-metadata-quorum" -> new KafkaMetadataQuorum();
            case "kafka-features" -> new KafkaFeatures();
            case "kafka-reassign-partitions" -> new KafkaReassignPartitions();
            case "kafka-log-dirs" -> new KafkaLogDirs();
            case "kafka-leader-election" -> new KafkaLeaderElection();
            case "kafka-cluster" -> new KafkaCluster();
            case "kafka-producer-perf-test" -> new KafkaProducerPerfTest();
            case "kafka-consumer-perf-test" -> new KafkaConsumerPerfTest();
            default -> null;
        };
    }
}
