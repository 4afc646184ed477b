package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.PartitionCount;
import dev.millrace.cli.record.FormatString;
import dev.millrace.cli.record.Printer;
import dev.millrace.cli.record.Receiver;
import dev.millrace.cli.record.Source;
import dev.millrace.cli.record.StartOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/// `millrace consume TOPIC`: the records of a topic on standard output.
@Command(
        name = "consume",
        description =
                "Print the records of a topic: from the end, as they come, unless told otherwise.",
        footer = {
            "",
            "A format holds %%t topic, %%p partition, %%o offset, %%T timestamp, %%k key, %%K key length, %%s value,",
            "%%S value length, %%h headers, %%%% percent; \\n \\t \\r \\xHH as in C.",
            "",
            "Examples:",
            "  millrace consume orders -o beginning -e",
            "  millrace consume orders -o -10 -f '%%p:%%o %%k=%%s\\n'",
            "  millrace consume orders -o s@2026-11-21T08:00:00Z -n 100 --output json",
            "  millrace consume orders -o s@-10m      what came in the last ten minutes, and what comes",
            "  millrace consume orders -g billing"
        })
final class ConsumeCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic to read.")
    String topic = "";

    @Option(
            names = {"-o", "--offset"},
            paramLabel = "WHERE",
            description =
                    "Where to start: beginning, end, an offset N, -N for the last N of each partition, s@TIME for the first"
                            + " record since a time: in ms, in ISO 8601, or -10m, -2h, -1d for so long ago, as in s@-10m"
                            + " (default: end; with -g, where the group stopped).")
    @Nullable String offset;

    @Option(names = "--from-beginning", description = "The same as -o beginning.")
    boolean fromBeginning;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "NUMBER",
            description = "Only this partition.")
    @Nullable Integer partition;

    @Option(
            names = {"-e", "--exit-at-end"},
            description = "Stop at what was the end when the command started.")
    boolean exitAtEnd;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "COUNT",
            description = "Stop after so many records.")
    long count = -1;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description = "How a record is printed (default: %%s\\n).")
    @Nullable String format;

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description = "Read as a member of this consumer group.")
    @Nullable String group;

    @Option(
            names = "--isolation",
            paramLabel = "LEVEL",
            description = "read_committed or read_uncommitted.")
    @Nullable String isolation;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            description = "${COMPLETION-CANDIDATES}; json is one object a line.")
    OutputForm output = OutputForm.text;

    @Mixin ClusterOptions cluster = new ClusterOptions();

    private final Terminal terminal;

    ConsumeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (group != null && partition != null) {
            throw CommandFailed.usage("a group assigns the partitions itself: use -g or -p");
        }
        if (group != null && exitAtEnd) {
            throw CommandFailed.usage(
                    "-e needs to see every partition, and a group may give us a part: use -g with -n");
        }
        if (fromBeginning && offset != null) {
            throw CommandFailed.usage(
                    "--from-beginning and -o contradict each other: use one of them");
        }
        String where = offset != null ? offset : fromBeginning ? "beginning" : "end";
        var start = StartOffset.parse(where, System.currentTimeMillis());
        if (group != null
                && (offset != null || fromBeginning)
                && !(start instanceof StartOffset.End)
                && !(start instanceof StartOffset.Beginning)) {
            throw CommandFailed.usage(
                    "with -g only -o beginning or -o end, for a group without a position");
        }
        try (var connection = cluster.connect()) {
            receive(connection, start);
        }
        return 0;
    }

    private void receive(Connection connection, StartOffset start) {
        var consumer = Source.open(connection, settings(start));
        Receiver receiver = null;
        try (consumer) {
            var idle = begin(consumer, start);
            var ends =
                    exitAtEnd
                            ? consumer.endOffsets(consumer.assignment())
                            : Map.<TopicPartition, Long>of();
            receiver =
                    new Receiver(
                            consumer,
                            printer(),
                            terminal,
                            new Receiver.Limits(count, -1, ends, false));
            receiver.stopOnExit();
            if (!exitAtEnd || !ends.isEmpty()) {
                receiver.run(idle);
            }
        } catch (WakeupException stopped) {
            terminal.out().flush();
        } finally {
            terminal.out().flush();
            if (receiver != null) {
                receiver.closed();
            }
        }
    }

    private Map<String, String> settings(StartOffset start) {
        var settings = new HashMap<>(cluster.settings());
        if (group != null) {
            settings.put("group.id", group);
        }
        if (isolation != null) {
            settings.put("isolation.level", isolation);
        }
        settings.putIfAbsent("allow.auto.create.topics", "false"); // who reads makes nothing
        settings.putIfAbsent(
                "auto.offset.reset",
                start instanceof StartOffset.Beginning ? "earliest" : "latest");
        return settings;
    }

    private Receiver.Idle begin(Consumer<byte[], byte[]> consumer, StartOffset start) {
        var source = new Source(topic, null, partition);
        if (group != null) {
            return source.subscribe(consumer, terminal);
        }
        if (source.existing(consumer).isEmpty() && exitAtEnd) {
            throw PartitionCount.noTopic(topic);
        }
        var idle = source.assign(consumer, terminal);
        start.seek(consumer, consumer.assignment()).ifPresent(terminal.err()::println);
        return idle;
    }

    private Printer printer() {
        if (output == OutputForm.json) {
            return (record, out) -> {
                out.print(Json.text(json -> write(record, json)));
                out.print('\n');
            };
        }
        return FormatString.parse(format == null ? "%s\\n" : format);
    }

    private static void write(ConsumerRecord<byte[], byte[]> record, JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("topic", record.topic());
        json.writeNumberProperty("partition", record.partition());
        json.writeNumberProperty("offset", record.offset());
        json.writeNumberProperty("timestamp", record.timestamp());
        Json.bytes(json, "key", record.key());
        Json.bytes(json, "value", record.value());
        json.writeArrayPropertyStart("headers");
        for (var header : record.headers()) {
            json.writeStartObject();
            json.writeStringProperty("name", header.key());
            Json.bytes(json, "value", header.value());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
