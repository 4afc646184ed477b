package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.TopicFilter;
import dev.millrace.cli.record.LinePrinter;
import dev.millrace.cli.record.Printer;
import dev.millrace.cli.record.Receiver;
import dev.millrace.cli.record.Source;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/// `kafka-console-consumer`: records to standard output.
///
/// Without `--group` no group is joined (see [Source]). Progress and failures go to standard error, records alone to standard
/// output. A pause of `--timeout-ms` ends the run with exit code 0, as Kafka's tool has it.
final class KafkaConsoleConsumer implements Tool {
    private static final List<String> CONFIG_FILES = List.of("consumer.config", "command-config");
    private static final List<String> CONFIG_PAIRS =
            List.of("consumer-property", "command-property");
    private static final String FORMATTERS = "org.apache.kafka.tools.consumer.";

    @Override
    public OptionTable options() {
        return new OptionTable("kafka-console-consumer", "print the records of a topic.")
                .value("topic", "name", "The topic to read.")
                .value("include", "regex", "The topics to read, as a regular expression.")
                .flag(
                        "from-beginning",
                        "Start with the oldest record, unless the group has a position already.")
                .value(
                        "partition",
                        "number",
                        "Only this partition; from its end, unless --offset says otherwise.")
                .value("offset", "earliest|latest|N", "With --partition: where to start.")
                .value("max-messages", "count", "Stop after so many records.")
                .value("timeout-ms", "ms", "Stop when no record came for so long.")
                .value(
                        "group",
                        "id",
                        "Read as a member of this consumer group, and keep its position.")
                .value(
                        "formatter-property",
                        "key=value",
                        "What to print: print.key=true, print.timestamp, print.partition,"
                                + " print.offset, print.epoch, print.headers, print.value=false, key.separator, line.separator,"
                                + " headers.separator, null.literal, key.deserializer, value.deserializer. May be repeated.")
                .value("formatter-config", "file", "The same, from a .properties file.")
                .value("property", "key=value", "The older name of --formatter-property.")
                .value(
                        "formatter",
                        "class",
                        "A MessageFormatter; Kafka's Default, Logging and NoOp are built in.")
                .value("key-deserializer", "class", "How keys become text.")
                .value("value-deserializer", "class", "How values become text.")
                .value(
                        "isolation-level",
                        "level",
                        "read_committed leaves out aborted transactions; else read_uncommitted.")
                .flag("skip-message-on-error", "Go on after a record that cannot be printed.")
                .flag("enable-systest-events", "Print when the consumer stops, too.")
                .value(
                        "command-property",
                        "key=value",
                        "Any setting of the consumer. May be repeated.")
                .value("consumer-property", "key=value", "The older name of --command-property.")
                .value("consumer.config", "file", "The older name of --command-config.")
                .value("broker-list", "host:port,...", "The same as --bootstrap-server.")
                .formerly("whitelist")
                .example(
                        "kafka-console-consumer --bootstrap-server localhost:9092 --topic orders --from-beginning")
                .example(
                        "kafka-console-consumer --bootstrap-server localhost:9092 --topic orders --from-beginning"
                                + " --property print.key=true --property key.separator=:")
                .example(
                        "kafka-console-consumer --bootstrap-server localhost:9092 --topic orders --partition 0 --offset 10"
                                + " --max-messages 5");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        var source = source(arguments);
        var settings = settings(arguments);
        var printer = printer(arguments);
        var limits = limits(arguments);
        long start = startOffset(arguments);
        try (var connection = Connection.to(arguments.bootstrapServers(), Map.of())) {
            var consumer = Source.open(connection, settings);
            var receiver = new Receiver(consumer, printer, terminal, limits);
            receiver.stopOnExit();
            try (consumer) {
                receiver.run(begin(source, consumer, settings, start, terminal));
            } catch (WakeupException stopped) {
                terminal.out().flush();
            } finally {
                if (arguments.has("enable-systest-events")) {
                    terminal.line("shutdown_complete");
                }
                terminal.out().flush();
                terminal.err().println("Processed a total of " + receiver.received() + " messages");
                receiver.closed();
            }
        }
        return 0;
    }

    private static Source source(Arguments arguments) {
        String topic = arguments.value("topic");
        String include = arguments.value("include", arguments.value("whitelist", ""));
        if ((topic == null) == include.isEmpty()) {
            throw CommandFailed.usage(
                    "Exactly one of the following arguments is required: [topic], [include]");
        }
        Integer partition = arguments.integer("partition");
        if (partition != null && topic == null) {
            throw CommandFailed.usage("The topic is required when partition is specified.");
        }
        if (partition != null && arguments.has("group")) {
            throw CommandFailed.usage("Options group and partition cannot be specified together.");
        }
        return new Source(topic, topic == null ? TopicFilter.of(include) : null, partition);
    }

    /// Where `--offset` says to start: an offset, or -1 for the end and -2 for the beginning as in Kafka's protocol.
    private static long startOffset(Arguments arguments) {
        boolean beginning = arguments.has("from-beginning");
        String offset = arguments.value("offset");
        if (offset == null) {
            return beginning ? -2 : -1;
        }
        if (!arguments.has("partition")) {
            throw CommandFailed.usage("The partition is required when offset is specified.");
        }
        if (beginning) {
            throw CommandFailed.usage(
                    "Options from-beginning and offset cannot be specified together.");
        }
        return switch (offset) {
            case "earliest" -> -2;
            case "latest" -> -1;
            default -> parseOffset(offset);
        };
    }

    private static long parseOffset(String text) {
        try {
            long offset = Long.parseLong(text);
            if (offset >= 0) {
                return offset;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, together with the negative ones.
        }
        throw CommandFailed.usage(
                "The provided offset value '"
                        + text
                        + "' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.");
    }

    static Map<String, Object> settings(Arguments arguments) {
        var settings =
                new HashMap<String, Object>(arguments.properties(CONFIG_FILES, CONFIG_PAIRS));
        settings.remove("bootstrap.servers");
        String group = arguments.value("group");
        if (group != null) {
            Object other = settings.put("group.id", group);
            if (other != null && !other.equals(group)) {
                throw CommandFailed.usage(
                        "The group ids provided in different places (--group and the consumer's"
                                + " settings) do not match: "
                                + group
                                + ", "
                                + other);
            }
        }
        boolean beginning = arguments.has("from-beginning");
        Object reset = settings.putIfAbsent("auto.offset.reset", beginning ? "earliest" : "latest");
        if (beginning && reset != null && !reset.equals("earliest")) {
            throw CommandFailed.usage(
                    "Can't simultaneously specify --from-beginning and 'auto.offset.reset="
                            + reset
                            + "'");
        }
        settings.putIfAbsent(
                "isolation.level", arguments.value("isolation-level", "read_uncommitted"));
        return settings;
    }

    private static Receiver.Idle begin(
            Source source,
            Consumer<?, ?> consumer,
            Map<String, Object> settings,
            long start,
            Terminal terminal) {
        if (settings.containsKey("group.id") && source.partition() == null) {
            return source.subscribe(consumer, terminal);
        }
        var idle = source.assign(consumer, terminal);
        if (start == -2) {
            consumer.seekToBeginning(consumer.assignment());
        } else if (source.partition() != null) {
            for (TopicPartition partition : consumer.assignment()) {
                if (start >= 0) {
                    consumer.seek(partition, start);
                } else {
                    consumer.seekToEnd(List.of(partition));
                }
            }
        }
        return idle;
    }

    private static Receiver.Limits limits(Arguments arguments) {
        Integer records = arguments.integer("max-messages");
        Long idleMs = arguments.number("timeout-ms");
        return new Receiver.Limits(
                records == null ? -1 : records,
                idleMs == null ? -1 : idleMs,
                Map.of(),
                arguments.has("skip-message-on-error"));
    }

    private static Printer printer(Arguments arguments) {
        var properties =
                new HashMap<>(
                        arguments.properties(
                                List.of("formatter-config"),
                                List.of("property", "formatter-property")));
        for (String part : List.of("key", "value")) {
            String deserializer = arguments.value(part + "-deserializer");
            if (deserializer != null) {
                properties.put(part + ".deserializer", deserializer);
            }
        }
        String formatter = arguments.value("formatter", FORMATTERS + "DefaultMessageFormatter");
        // Before Kafka 3.5 the formatters lived in another package, with which older tutorials name
        // them.
        String name =
                formatter
                        .replace("kafka.tools.", "")
                        .replace("org.apache.", "")
                        .replace("consumer.", "");
        return switch (name) {
            case "DefaultMessageFormatter" -> new LinePrinter(properties);
            case "NoOpMessageFormatter" -> (_, _) -> {};
            case "LoggingMessageFormatter" -> new LinePrinter(logging(properties));
            default -> custom(formatter, properties);
        };
    }

    private static Map<String, String> logging(Map<String, String> properties) {
        var all = new HashMap<>(properties);
        all.putIfAbsent("print.timestamp", "false");
        return all;
    }

    private static Printer custom(String className, Map<String, String> properties) {
        var formatter = LinePrinter.instance(className, MessageFormatter.class);
        formatter.configure(properties);
        return formatter::writeTo;
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println("kafka-console-consumer: " + Explanation.of(failure, address));
    }
}
