package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.perf.Meter;
import dev.millrace.cli.perf.Payload;
import dev.millrace.cli.perf.SendTest;
import dev.millrace.cli.perf.StopSignal;
import dev.millrace.cli.perf.Stopwatch;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// `kafka-producer-perf-test`: records as fast as they go or at a rate, and how long each took from being handed to the client.
///
/// - the lines are Kafka's; percentiles are exact where Kafka's tool samples at most 500,000 records
/// - a payload file's lines come in turn and as bytes, where Kafka's tool draws them at random and decodes them as text
/// - refused records make the exit code 1, told once a kind; Kafka's tool prints a stack trace for each and exits 0
/// - the topic must exist; Kafka's tool waits for it, and asks the broker to create it
/// - Ctrl-C prints the summary of what was sent
/// - **not done**: transactions, `--print-metrics`, a `--payload-delimiter` other than a new line
final class KafkaProducerPerfTest implements Tool {
    private static final double MB = 1024.0 * 1024.0;
    private static final List<String> PAYLOADS =
            List.of("record-size", "payload-file", "payload-monotonic");

    @Override
    public OptionTable options() {
        return new OptionTable("kafka-producer-perf-test", "measure how fast records are taken.")
                .value("topic", "name", "The topic to write to.")
                .value("num-records", "count", "How many records to send.")
                .value("throughput", "rate", "Records a second at most; -1 for no limit.")
                .value("record-size", "bytes", "Values are so many random bytes.")
                .value("payload-file", "file", "Values are the lines of this file.")
                .flag("payload-monotonic", "Values are the numbers from 0 on, as text.")
                .value("warmup-records", "count", "How many records come before the steady state.")
                .value("reporting-interval", "ms", "How often progress is printed; 5000 if absent.")
                .values("command-property", "key=value", "Settings of the producer.")
                .values("producer-props", "key=value", "The older name of --command-property.")
                .value("producer.config", "file", "The older name of --command-config.")
                .example(
                        "kafka-producer-perf-test --bootstrap-server localhost:9092 --topic load --num-records 100000"
                                + " --record-size 1000 --throughput -1")
                .example(
                        "kafka-producer-perf-test --bootstrap-server localhost:9092 --topic load --num-records 60000"
                                + " --record-size 100 --throughput 2000 --command-property acks=1 linger.ms=0");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        var settings =
                arguments.properties(
                        List.of("producer.config", "command-config"),
                        List.of("producer-props", "command-property"));
        String servers = settings.remove("bootstrap.servers");
        if (servers == null || arguments.has("bootstrap-server")) {
            servers = arguments.bootstrapServers();
        }
        var plan = plan(arguments, settings);
        long everyMs = positive(arguments, "reporting-interval", 5_000);
        var stop = StopSignal.onCtrlC();
        try (var connection = Connection.to(servers, Map.of())) {
            if (plan.warmUpRecords() > 0) {
                terminal.line(
                        "Warmup first "
                                + plan.warmUpRecords()
                                + " records. Steady state results will print after the complete test summary.");
            }
            var result =
                    new SendTest(plan, connection, Stopwatch.SYSTEM, stop)
                            .run(everyMs, look -> progress(look, terminal));
            return report(result, terminal);
        } finally {
            terminal.out().flush();
            stop.printed();
        }
    }

    private static SendTest.Plan plan(Arguments arguments, Map<String, String> settings) {
        arguments.required("num-records");
        arguments.required("throughput");
        double rate = Double.parseDouble(number(arguments.value("throughput", "-1")));
        if (rate == 0) {
            throw CommandFailed.usage("--throughput 0 sends nothing: use -1 for no limit");
        }
        Long warmUp = arguments.number("warmup-records");
        return new SendTest.Plan(
                arguments.required("topic"),
                positive(arguments, "num-records", 1),
                rate < 0 ? null : rate,
                warmUp == null ? 0 : warmUp,
                payload(arguments),
                settings);
    }

    private static String number(String text) {
        if (!text.strip().matches("-?[0-9]{1,12}(\\.[0-9]+)?")) {
            throw CommandFailed.usage("--throughput takes a number, not '" + text + "'");
        }
        return text.strip();
    }

    private static long positive(Arguments arguments, String option, long otherwise) {
        Long value = arguments.number(option);
        if (value != null && value <= 0) {
            throw CommandFailed.usage("--" + option + " should be greater than zero.");
        }
        return value == null ? otherwise : value;
    }

    private static Payload payload(Arguments arguments) {
        if (PAYLOADS.stream().filter(arguments::has).count() != 1) {
            throw CommandFailed.usage(
                    "exactly one of --record-size, --payload-file and --payload-monotonic is required");
        }
        if (arguments.has("payload-monotonic")) {
            return Payload.numbers();
        }
        if (arguments.has("payload-file")) {
            return Payload.lines(arguments.required("payload-file"));
        }
        long size = positive(arguments, "record-size", 1);
        if (size > Integer.MAX_VALUE) {
            throw CommandFailed.usage("--record-size " + size + " is more than a record can have");
        }
        return Payload.random((int) size, 0, 0);
    }

    private static void progress(Meter.Look look, Terminal terminal) {
        terminal.line(
                String.format(
                        Locale.ROOT,
                        "%d records sent, %.1f records/sec (%.2f MB/sec), %.1f ms avg latency, %.1f ms max latency.",
                        look.records(),
                        look.recordsPerSecond(),
                        look.bytesPerSecond() / MB,
                        look.latency().mean(),
                        look.latency().max()));
        terminal.out().flush();
    }

    private static int report(SendTest.Result result, Terminal terminal) {
        terminal.line(total(result.all(), ""));
        if (result.steady() != null) {
            terminal.line(total(result.steady(), "steady state "));
        }
        result.refusals()
                .forEach(kind ->
                        terminal.err()
                                .println(kind.records() + " records not sent: " + kind.message()));
        return result.refusals().isEmpty() ? 0 : CommandFailed.FAILED;
    }

    /// The last line of the test, as Kafka's tool words it.
    static String total(SendTest.Sent sent, String which) {
        var amount = sent.amount();
        var latency = sent.latency();
        return String.format(
                Locale.ROOT,
                "%d %srecords sent, %f records/sec (%.2f MB/sec), %.2f ms avg latency, %.2f ms max latency,"
                        + " %d ms 50th, %d ms 95th, %d ms 99th, %d ms 99.9th.",
                amount.records(),
                which,
                amount.recordsPerSecond(),
                amount.bytesPerSecond() / MB,
                latency.mean(),
                latency.max(),
                Math.round(latency.p50()),
                Math.round(latency.p95()),
                Math.round(latency.p99()),
                Math.round(latency.p999()));
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println("kafka-producer-perf-test: " + Explanation.of(failure, address));
    }
}
