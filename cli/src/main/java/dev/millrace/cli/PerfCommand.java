package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.perf.ConsumeTest;
import dev.millrace.cli.perf.LatencyTest;
import dev.millrace.cli.perf.Meter;
import dev.millrace.cli.perf.ProduceTest;
import dev.millrace.cli.perf.StopSignal;
import dev.millrace.cli.perf.Stopwatch;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/// `millrace perf produce | consume | latency`: how fast a cluster is, seen by the official client.
@Command(
        name = "perf",
        description = "Measure how fast a cluster is: producing, consuming, and from end to end.",
        footer = {
            "",
            "Examples:",
            "  millrace perf produce load --partitions 6 --duration 30s",
            "  millrace perf consume load --consumers 3",
            "  millrace perf latency load --rate 500/s"
        })
final class PerfCommand {
    private static final String OUTPUT = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).";

    private final Terminal terminal;

    PerfCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "produce",
            description = "Send records, and measure until each is acknowledged.",
            footer = {
                "",
                "A KB is 1,024 bytes, a MB 1,024 KB. Ctrl-C ends the test and prints what there is.",
                "Exit code 1: records were refused.",
                "",
                "Examples:",
                "  millrace perf produce load --partitions 6 --duration 30s",
                "  millrace perf produce load --rate 2000/s --record-size 100B --acks all --linger 0ms --warmup 5s",
                "  millrace perf produce load -n 1000000 --producers 4 --compression lz4 --compressible 0.5",
                "  millrace perf produce load -n 100000 --payload-file /var/log/dpkg.log --output json"
            })
    int produce(
            @Parameters(paramLabel = "TOPIC", description = "The topic to write to.") String topic,
            @Mixin PerfProduceOptions options,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = OUTPUT)
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        var plan = options.plan(topic, cluster);
        try (var connection = cluster.connect()) {
            return measure(
                    (stop, progress) ->
                            new ProduceTest(plan, connection, Stopwatch.SYSTEM, stop).run(progress),
                    output,
                    PerfReport::lines,
                    PerfJson::write,
                    summary -> summary.refused() > 0 ? CommandFailed.FAILED : 0);
        }
    }

    @Command(
            name = "consume",
            description = "Read records as fast as they come, with a group or without.",
            footer = {
                "",
                "Members of a group commit their offsets, as any member does: the next run goes on from there.",
                "Exit code 1: not all that was asked for arrived.",
                "",
                "Examples:",
                "  millrace perf consume load",
                "  millrace perf consume load --consumers 3 --group readers --records 1000000",
                "  millrace perf consume load --from latest --duration 30s --fetch-min 64KB --output json"
            })
    int consume(
            @Parameters(paramLabel = "TOPIC", description = "The topic to read.") String topic,
            @Mixin PerfConsumeOptions options,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = OUTPUT)
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        var plan = options.plan(topic, cluster);
        try (var connection = cluster.connect()) {
            return measure(
                    (stop, progress) ->
                            new ConsumeTest(plan, connection, Stopwatch.SYSTEM, stop).run(progress),
                    output,
                    PerfReport::lines,
                    PerfJson::write,
                    summary ->
                            (summary.complete() && !summary.nothingLeft()) || summary.stopped()
                                    ? 0
                                    : CommandFailed.FAILED);
        }
    }

    @Command(
            name = "latency",
            description =
                    "Measure from end to end: a producer at a rate, a consumer beside it, from the instant at which a record was due"
                            + " until the consumer has it.",
            footer = {
                "",
                "linger.ms is 0 here unless --linger or -X says otherwise; the other settings are the client's own.",
                "Exit code 1: records were refused or lost.",
                "",
                "Examples:",
                "  millrace perf latency load --partitions 1",
                "  millrace perf latency load --rate 20000/s --duration 1m --record-size 1KB --acks 1",
                "  millrace perf latency load --linger 5ms --output json"
            })
    int latency(
            @Parameters(paramLabel = "TOPIC", description = "The topic to use.") String topic,
            @Mixin PerfLatencyOptions options,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = OUTPUT)
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        var plan = options.plan(topic, cluster);
        try (var connection = cluster.connect()) {
            return measure(
                    (stop, progress) ->
                            new LatencyTest(plan, connection, Stopwatch.SYSTEM, stop).run(progress),
                    output,
                    PerfReport::lines,
                    PerfJson::write,
                    summary -> summary.refused() + summary.lost() > 0 ? CommandFailed.FAILED : 0);
        }
    }

    /// Runs one test.
    @FunctionalInterface
    private interface Test<S> {
        S run(StopSignal stop, Consumer<Meter.Look> progress);
    }

    private <S> int measure(
            Test<S> test,
            OutputForm output,
            Function<S, List<String>> lines,
            BiConsumer<JsonGenerator, S> json,
            ToIntFunction<S> exitCode) {
        var stop = StopSignal.onCtrlC();
        var progress = new PerfProgress(terminal, output);
        try {
            S summary = test.run(stop, progress);
            progress.end();
            if (output == OutputForm.json) {
                Json.print(terminal, generator -> json.accept(generator, summary));
            } else {
                lines.apply(summary).forEach(terminal::line);
            }
            terminal.out().flush();
            return exitCode.applyAsInt(summary);
        } finally {
            stop.printed();
        }
    }
}
