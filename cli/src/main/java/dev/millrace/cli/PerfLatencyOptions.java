package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.perf.Deliveries;
import dev.millrace.cli.perf.Extent;
import dev.millrace.cli.perf.LatencyPlan;
import dev.millrace.cli.perf.Stamp;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of `millrace perf latency`, and the plan that they make.
final class PerfLatencyOptions {
    private static final Duration USUAL = Duration.ofSeconds(10);

    @Option(
            names = {"-n", "--records"},
            paramLabel = "COUNT",
            description = "Measure so many records.")
    @Nullable Long records;

    @Option(
            names = {"-d", "--duration"},
            paramLabel = "TIME",
            description = "Measure for so long (default: 10s, without --records).")
    @Nullable String duration;

    @Option(
            names = {"-r", "--rate"},
            paramLabel = "COUNT/s",
            defaultValue = "1000/s",
            description = "Records in a second, evenly spaced (default: ${DEFAULT-VALUE}).")
    String rate = "1000/s";

    @Option(
            names = "--warmup",
            paramLabel = "TIME",
            defaultValue = "1s",
            description = "Send for so long before measuring (default: ${DEFAULT-VALUE}).")
    String warmUp = "1s";

    @Option(
            names = {"-s", "--record-size"},
            paramLabel = "SIZE",
            defaultValue = "100B",
            description = "Bytes of each value, 16 or more (default: ${DEFAULT-VALUE}).")
    String recordSize = "100B";

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            description = "Of the random bytes (default: 1).")
    @Nullable Long seed;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description =
                    "How long to wait for acknowledged records that have not arrived (default: ${DEFAULT-VALUE}).")
    String timeout = "10s";

    @Option(
            names = "--partitions",
            paramLabel = "COUNT",
            description = "Create the topic with so many when it is missing.")
    @Nullable Integer partitions;

    @Mixin PerfProducerOptions producer = new PerfProducerOptions();

    LatencyPlan plan(String topic, ClusterOptions cluster) {
        var plan =
                new LatencyPlan(
                        topic,
                        PerfProduceOptions.partitions(partitions),
                        Extent.of(
                                records,
                                duration == null ? null : Quantity.time("--duration", duration),
                                USUAL),
                        Quantity.time("--warmup", warmUp),
                        Quantity.rate("--rate", rate),
                        PerfProduceOptions.random(recordSize, 0, seed, Stamp.BYTES),
                        Quantity.time("--timeout", timeout),
                        producerSettings(cluster),
                        consumerSettings(cluster));
        if (plan.records() > Deliveries.MOST) {
            throw CommandFailed.usage(
                    "a latency test keeps account of every record, %s at most: lower --rate or shorten it"
                            .formatted(Quantity.count(Deliveries.MOST)));
        }
        return plan;
    }

    /// Nothing lingers unless somebody says so: what is looked for is how soon a record can be there.
    private Map<String, String> producerSettings(ClusterOptions cluster) {
        var settings = producer.settings(cluster);
        settings.putIfAbsent("linger.ms", "0");
        return settings;
    }

    private static Map<String, String> consumerSettings(ClusterOptions cluster) {
        var settings = new LinkedHashMap<>(cluster.settings());
        settings.put("enable.auto.commit", "false");
        return settings;
    }
}
