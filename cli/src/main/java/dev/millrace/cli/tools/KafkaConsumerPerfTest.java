package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.perf.ConsumePlan;
import dev.millrace.cli.perf.ConsumeSummary;
import dev.millrace.cli.perf.ConsumeTest;
import dev.millrace.cli.perf.Extent;
import dev.millrace.cli.perf.StopSignal;
import dev.millrace.cli.perf.Stopwatch;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// `kafka-consumer-perf-test`: a member of a group that reads a number of records as fast as they come.
///
/// - the columns are Kafka's; exactly so many records count, where Kafka's tool counts what its last poll brought beyond them
/// - the test ends with its last record, where Kafka's tool counts the time-out that it then waits
/// - as there, checksums are not checked (`check.crcs=false`) unless a property says so
/// - too few records make the exit code 1; Kafka's tool warns and exits 0
/// - **not done**: `--include`, `--show-detailed-stats`, `--print-metrics`
final class KafkaConsumerPerfTest implements Tool {
    private static final double MB = 1024.0 * 1024.0;
    private static final long TIMEOUT_MS = 10_000;
    private static final String HEADER =
            "start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms,"
                    + " fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";

    @Override
    public OptionTable options() {
        return new OptionTable("kafka-consumer-perf-test", "measure how fast records are read.")
                .value("topic", "name", "The topic to read.")
                .value("num-records", "count", "How many records to read.")
                .value("messages", "count", "The older name of --num-records.")
                .value("group", "id", "The group to read in; a new one if absent.")
                .flag("from-latest", "A group without a position starts at the end.")
                .value("fetch-size", "bytes", "The most of one partition in an answer.")
                .value("socket-buffer-size", "bytes", "receive.buffer.bytes of the consumer.")
                .optional("timeout", "ms", "Give up without a record for so long; 10000 if absent.")
                .flag("hide-header", "Print the figures alone.")
                .value("date-format", "pattern", "Of the times; yyyy-MM-dd HH:mm:ss:SSS if absent.")
                .values("command-property", "key=value", "Settings of the consumer.")
                .value("consumer.config", "file", "The older name of --command-config.")
                .example(
                        "kafka-consumer-perf-test --bootstrap-server localhost:9092 --topic load --num-records 100000");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        var plan = plan(arguments);
        var dates = dates(arguments);
        var stop = StopSignal.onCtrlC();
        try (var connection = Connection.to(arguments.bootstrapServers(), Map.of())) {
            if (!arguments.has("hide-header")) {
                terminal.line(HEADER);
                terminal.out().flush();
            }
            var start = Instant.now();
            var summary = new ConsumeTest(plan, connection, Stopwatch.SYSTEM, stop).run(_ -> {});
            terminal.line(figures(summary, start, dates));
            if (summary.complete()) {
                return 0;
            }
            terminal.err()
                    .println(
                            "WARNING: Exiting before consuming the expected number of records: timeout (%d ms) exceeded. You can use the --timeout option to increase the timeout."
                                    .formatted(plan.patience().toMillis()));
            return CommandFailed.FAILED;
        } finally {
            terminal.out().flush();
            stop.printed();
        }
    }

    private static ConsumePlan plan(Arguments arguments) {
        if (arguments.has("messages") == arguments.has("num-records")) {
            throw CommandFailed.usage(
                    "Exactly one of the following arguments is required: [messages], [num-records]");
        }
        Long records = arguments.number(arguments.has("messages") ? "messages" : "num-records");
        if (records == null || records <= 0) {
            throw CommandFailed.usage("--num-records should be greater than zero.");
        }
        var settings =
                arguments.properties(
                        List.of("consumer.config", "command-config"), List.of("command-property"));
        settings.remove("bootstrap.servers");
        String group =
                arguments.value(
                        "group", "perf-consumer-" + ThreadLocalRandom.current().nextInt(100_000));
        settings.put("group.id", group);
        settings.put("auto.offset.reset", arguments.has("from-latest") ? "latest" : "earliest");
        settings.put("max.partition.fetch.bytes", arguments.value("fetch-size", "1048576"));
        settings.put("receive.buffer.bytes", arguments.value("socket-buffer-size", "2097152"));
        settings.putIfAbsent("check.crcs", "false");
        Long timeoutMs = arguments.number("timeout");
        return new ConsumePlan(
                arguments.required("topic"),
                group,
                1,
                !arguments.has("from-latest"),
                new Extent(records, Long.MAX_VALUE),
                Duration.ofMillis(timeoutMs == null ? TIMEOUT_MS : timeoutMs),
                settings);
    }

    private static DateTimeFormatter dates(Arguments arguments) {
        String pattern = arguments.value("date-format", "yyyy-MM-dd HH:mm:ss:SSS");
        try {
            return DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
                    .withZone(ZoneId.systemDefault());
        } catch (IllegalArgumentException wrong) {
            throw CommandFailed.usage(
                    "--date-format takes a pattern such as yyyy-MM-dd HH:mm:ss:SSS, not '"
                            + pattern
                            + "'");
        }
    }

    /// The line of figures, as Kafka's tool lays it out.
    static String figures(ConsumeSummary summary, Instant start, DateTimeFormatter dates) {
        var fetch = summary.amount();
        double rebalance = summary.rebalanceSeconds() == null ? 0 : summary.rebalanceSeconds();
        double elapsed = fetch.seconds() + rebalance;
        var end = start.plusNanos(Math.round(elapsed * 1e9));
        double megabytes = fetch.bytes() / MB;
        return String.format(
                Locale.ROOT,
                "%s, %s, %.4f, %.4f, %d, %.4f, %d, %d, %.4f, %.4f",
                dates.format(start),
                dates.format(end),
                megabytes,
                elapsed == 0 ? 0 : megabytes / elapsed,
                fetch.records(),
                elapsed == 0 ? 0 : fetch.records() / elapsed,
                Math.round(rebalance * 1e3),
                Math.round(fetch.seconds() * 1e3),
                fetch.bytesPerSecond() / MB,
                fetch.recordsPerSecond());
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println("kafka-consumer-perf-test: " + Explanation.of(failure, address));
    }
}
