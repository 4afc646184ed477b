package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.perf.ConsumePlan;
import dev.millrace.cli.perf.Extent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of `millrace perf consume`, and the plan that they make.
final class PerfConsumeOptions {
    private static final Duration USUAL = Duration.ofSeconds(10);

    /// Where consumers start.
    enum From {
        beginning,
        latest
    }

    @Option(
            names = {"-n", "--records"},
            paramLabel = "COUNT",
            description = "Read so many records.")
    @Nullable Long records;

    @Option(
            names = {"-d", "--duration"},
            paramLabel = "TIME",
            description =
                    "Read for so long (default, without --records: from the beginning to the end of the topic; 10s from latest).")
    @Nullable String duration;

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            defaultValue = "beginning",
            description =
                    "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); with -g, for a group without a position.")
    From from = From.beginning;

    @Option(
            names = {"-g", "--group"},
            paramLabel = "GROUP",
            description =
                    "Read as members of this consumer group (default: partitions divided by hand).")
    @Nullable String group;

    @Option(
            names = "--consumers",
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Clients, a thread each (default: ${DEFAULT-VALUE}).")
    int consumers = 1;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "Give up when nothing has come for so long (default: ${DEFAULT-VALUE}).")
    String timeout = "10s";

    @Option(
            names = "--fetch-min",
            paramLabel = "SIZE",
            description = "The least that a broker answers with: fetch.min.bytes.")
    @Nullable String fetchMin;

    @Option(
            names = "--fetch-wait",
            paramLabel = "TIME",
            description = "How long it waits for that: fetch.max.wait.ms.")
    @Nullable String fetchWait;

    @Option(
            names = "--fetch-max",
            paramLabel = "SIZE",
            description = "The most of one partition in an answer: max.partition.fetch.bytes.")
    @Nullable String fetchMax;

    ConsumePlan plan(String topic, ClusterOptions cluster) {
        if (consumers < 1) {
            throw CommandFailed.usage("--consumers takes a number from 1 on");
        }
        return new ConsumePlan(
                topic,
                group,
                consumers,
                from == From.beginning,
                extent(),
                Quantity.time("--timeout", timeout),
                settings(cluster));
    }

    private @Nullable Extent extent() {
        if (records == null && duration == null && from == From.beginning) {
            return null;
        }
        return Extent.of(
                records, duration == null ? null : Quantity.time("--duration", duration), USUAL);
    }

    private Map<String, String> settings(ClusterOptions cluster) {
        if (cluster.settings.containsKey("group.id")) {
            throw CommandFailed.usage("use --group for the group, not -X group.id");
        }
        var settings = new LinkedHashMap<>(cluster.settings());
        settings.remove("group.id");
        PerfProducerOptions.put(
                settings,
                cluster,
                "--fetch-min",
                "fetch.min.bytes",
                bytes("--fetch-min", fetchMin));
        PerfProducerOptions.put(
                settings,
                cluster,
                "--fetch-max",
                "max.partition.fetch.bytes",
                bytes("--fetch-max", fetchMax));
        PerfProducerOptions.put(
                settings,
                cluster,
                "--fetch-wait",
                "fetch.max.wait.ms",
                fetchWait == null
                        ? null
                        : String.valueOf(Quantity.time("--fetch-wait", fetchWait).toMillis()));
        if (group == null) {
            settings.put("enable.auto.commit", "false");
        } else {
            settings.put("group.id", group);
        }
        settings.put("auto.offset.reset", from == From.beginning ? "earliest" : "latest");
        return settings;
    }

    private static @Nullable String bytes(String option, @Nullable String size) {
        return size == null ? null : String.valueOf(Quantity.bytes(option, size));
    }
}
