package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.record.LineParser;
import dev.millrace.cli.record.LineReader;
import dev.millrace.cli.record.Sender;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `kafka-console-producer`: lines of standard input become records.
///
/// - a line ends at `\n` or `\r\n`; every other byte goes through as it came, where Kafka's tool decodes text
/// - batches are larger and linger shorter than Kafka's tool has it, unless the flags say otherwise
/// - a record that the cluster refused makes the exit code 1; Kafka's tool logs it and exits 0
final class KafkaConsoleProducer implements Tool {
    private static final List<String> CONFIG_FILES = List.of("producer.config", "command-config");
    private static final List<String> CONFIG_PAIRS =
            List.of("producer-property", "command-property");

    @Override
    public OptionTable options() {
        return new OptionTable(
                        "kafka-console-producer", "send each line of standard input as a record.")
                .value("topic", "name", "The topic to write to.")
                .value(
                        "reader-property",
                        "key=value",
                        "How lines are read: parse.key=true, key.separator=:,"
                                + " parse.headers=true, headers.delimiter, headers.separator, headers.key.separator,"
                                + " null.marker, ignore.error=true. May be repeated.")
                .value("reader-config", "file", "The same, from a .properties file.")
                .value("property", "key=value", "The older name of --reader-property.")
                .flag("sync", "Wait for each record's acknowledgement before sending the next.")
                .optional(
                        "compression-codec",
                        "codec",
                        "none, gzip, snappy, lz4 or zstd; gzip when no codec is named.")
                .value("request-required-acks", "0|1|all", "acks of the producer; all when absent.")
                .value("batch-size", "bytes", "batch.size of the producer.")
                .value("timeout", "ms", "linger.ms of the producer.")
                .value("message-send-max-retries", "count", "retries of the producer.")
                .value("retry-backoff-ms", "ms", "retry.backoff.ms of the producer.")
                .value("request-timeout-ms", "ms", "request.timeout.ms of the producer.")
                .value("metadata-expiry-ms", "ms", "metadata.max.age.ms of the producer.")
                .value("max-block-ms", "ms", "max.block.ms of the producer.")
                .value("max-memory-bytes", "bytes", "buffer.memory of the producer.")
                .value("max-partition-memory-bytes", "bytes", "The older name of --batch-size.")
                .value("socket-buffer-size", "bytes", "send.buffer.bytes of the producer.")
                .value(
                        "command-property",
                        "key=value",
                        "Any setting of the producer. May be repeated.")
                .value("producer-property", "key=value", "The older name of --command-property.")
                .value("producer.config", "file", "The older name of --command-config.")
                .value("broker-list", "host:port,...", "The older name of --bootstrap-server.")
                .value("line-reader", "class", "Accepted for Kafka's own line reader only.")
                .example(
                        "kafka-console-producer --bootstrap-server localhost:9092 --topic orders < orders.txt")
                .example(
                        "echo 'key:value' | kafka-console-producer --bootstrap-server localhost:9092 --topic orders"
                                + " --property parse.key=true --property key.separator=:");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String topic = arguments.required("topic");
        String reader = arguments.value("line-reader", "LineMessageReader");
        if (!reader.endsWith("LineMessageReader")) {
            throw CommandFailed.usage(
                    "--line-reader " + reader + ": only Kafka's own line reader is built in");
        }
        var parser =
                LineParser.of(
                        arguments.properties(
                                List.of("reader-config"), List.of("property", "reader-property")));
        try (var connection = Connection.to(arguments.bootstrapServers(), Map.of());
                var sender =
                        Sender.open(
                                connection, settings(arguments), arguments.has("sync"), terminal)) {
            send(topic, parser, sender, terminal);
            sender.finish();
        } catch (IOException failed) {
            throw CommandFailed.because("cannot read the input: " + failed.getMessage());
        }
        return 0;
    }

    private static void send(String topic, LineParser parser, Sender sender, Terminal terminal)
            throws IOException {
        var lines = new LineReader(terminal.in(), true);
        while (true) {
            if (terminal.interactive()) {
                terminal.out().print('>');
                terminal.out().flush();
            }
            byte[] line = lines.next();
            if (line == null) {
                return;
            }
            sender.send(parser.parse(topic, line, lines.lines()));
        }
    }

    /// Client settings: the flags of the tool, then the files, then `key=value` options, which win.
    static Map<String, Object> settings(Arguments arguments) {
        var settings = new HashMap<String, Object>();
        put(settings, "acks", arguments.value("request-required-acks"));
        put(settings, "batch.size", arguments.value("max-partition-memory-bytes"));
        put(settings, "batch.size", arguments.value("batch-size"));
        put(settings, "linger.ms", arguments.value("timeout"));
        put(settings, "retries", arguments.value("message-send-max-retries"));
        put(settings, "retry.backoff.ms", arguments.value("retry-backoff-ms"));
        put(settings, "request.timeout.ms", arguments.value("request-timeout-ms"));
        put(settings, "metadata.max.age.ms", arguments.value("metadata-expiry-ms"));
        put(settings, "max.block.ms", arguments.value("max-block-ms"));
        put(settings, "buffer.memory", arguments.value("max-memory-bytes"));
        put(settings, "send.buffer.bytes", arguments.value("socket-buffer-size"));
        if (arguments.has("compression-codec")) {
            String codec = arguments.value("compression-codec");
            settings.put("compression.type", codec == null || codec.isEmpty() ? "gzip" : codec);
        }
        settings.putAll(arguments.properties(CONFIG_FILES, CONFIG_PAIRS));
        settings.remove("bootstrap.servers");
        return settings;
    }

    private static void put(Map<String, Object> settings, String key, @Nullable String value) {
        if (value != null) {
            settings.put(key, value);
        }
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println("kafka-console-producer: " + Explanation.of(failure, address));
    }
}
