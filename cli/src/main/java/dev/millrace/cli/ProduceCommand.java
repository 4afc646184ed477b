package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.record.LineParser;
import dev.millrace.cli.record.LineReader;
import dev.millrace.cli.record.Sender;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `millrace produce TOPIC [FILE...]`: lines of files or of standard input become records, byte for byte.
///
/// A line ends at `\n`; a `\r` before it is data and comes back as it was.
@Command(
        name = "produce",
        description = "Send each line of files, or of standard input, as a record.",
        footer = {
            "",
            "Examples:",
            "  echo hello | millrace produce greetings",
            "  millrace produce logs /var/log/syslog",
            "  millrace produce orders -K : < key-colon-value.txt",
            "  millrace produce orders -k customer-7 -H source=shop order.json --whole"
        })
final class ProduceCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic to write to.")
    String topic = "";

    @Parameters(
            index = "1..*",
            paramLabel = "FILE",
            description = "Files to read; - or none is standard input.")
    List<String> files = new ArrayList<>();

    @Option(
            names = {"-k", "--key"},
            paramLabel = "KEY",
            description = "The key of every record.")
    @Nullable String key;

    @Option(
            names = {"-K", "--key-separator"},
            paramLabel = "SEP",
            description = "Each line is a key, this separator, and a value.")
    @Nullable String keySeparator;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME=VALUE",
            description = "A header of every record. May be repeated.")
    Map<String, String> headers = new LinkedHashMap<>();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "NUMBER",
            description = "The partition of every record.")
    @Nullable Integer partition;

    @Option(
            names = {"-z", "--compression"},
            paramLabel = "CODEC",
            description = "none, gzip, snappy, lz4 or zstd (default: none).")
    @Nullable String compression;

    @Option(
            names = {"-a", "--acks"},
            paramLabel = "ACKS",
            description = "0, 1 or all (default: all).")
    @Nullable String acks;

    @Option(names = "--sync", description = "Wait for each acknowledgement before the next record.")
    boolean sync;

    @Option(names = "--whole", description = "A file is one record, not its lines.")
    boolean whole;

    @Option(
            names = {"-q", "--quiet"},
            description = "Do not say how many records were sent.")
    boolean quiet;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            description = "How the count is printed: ${COMPLETION-CANDIDATES}.")
    OutputForm output = OutputForm.text;

    @Mixin ClusterOptions cluster = new ClusterOptions();

    private final Terminal terminal;

    ProduceCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (key != null && keySeparator != null) {
            throw CommandFailed.usage(
                    "-k gives every record one key, -K takes it from each line: use one of them");
        }
        if (keySeparator != null && keySeparator.isEmpty()) {
            throw CommandFailed.usage("-K needs a separator, for example -K :");
        }
        try (var connection = cluster.connect();
                var sender = Sender.open(connection, settings(), sync, terminal)) {
            if (partition != null) {
                sender.require(new TopicPartition(topic, partition));
            }
            for (String file : files.isEmpty() ? List.of("-") : files) {
                send(file, sender);
            }
            sender.finish();
            report(sender.acknowledged());
        }
        return 0;
    }

    private Map<String, String> settings() {
        var settings = new HashMap<String, String>();
        if (compression != null) {
            settings.put("compression.type", compression);
        }
        if (acks != null) {
            settings.put("acks", acks);
        }
        settings.putAll(cluster.settings());
        return settings;
    }

    private void send(String file, Sender sender) {
        try (InputStream in =
                file.equals("-")
                        ? terminal.in()
                        : new BufferedInputStream(Files.newInputStream(Path.of(file)))) {
            if (whole) {
                sender.send(complete(new ProducerRecord<>(topic, in.readAllBytes())));
                return;
            }
            var parser =
                    keySeparator == null
                            ? LineParser.valuesOnly()
                            : LineParser.of(
                                    Map.of("parse.key", "true", "key.separator", keySeparator));
            var lines = new LineReader(in, false);
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                sender.send(complete(parser.parse(topic, line, lines.lines())));
            }
        } catch (IOException failed) {
            throw CommandFailed.unreadable(file, failed);
        }
    }

    private ProducerRecord<byte[], byte[]> complete(ProducerRecord<byte[], byte[]> record) {
        headers.forEach((name, value) ->
                record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        if (key == null && partition == null) {
            return record;
        }
        byte[] keyBytes = key == null ? record.key() : key.getBytes(StandardCharsets.UTF_8);
        return new ProducerRecord<>(
                topic, partition, null, keyBytes, record.value(), record.headers());
    }

    private void report(long records) {
        if (output == OutputForm.json) {
            Json.print(
                    terminal,
                    json ->
                            json.writeStartObject()
                                    .writeStringProperty("topic", topic)
                                    .writeNumberProperty("records", records)
                                    .writeEndObject());
        } else if (!quiet) {
            terminal.err()
                    .println(
                            records
                                    + (records == 1 ? " record" : " records")
                                    + " sent to "
                                    + topic);
        }
    }
}
