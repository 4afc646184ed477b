package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How the producers of a test are set: the settings that matter to speed, by short names. What is not given is the client's default.
final class PerfProducerOptions {
    @Option(
            names = {"-a", "--acks"},
            paramLabel = "ACKS",
            description = "0, 1 or all.")
    @Nullable String acks;

    @Option(
            names = "--linger",
            paramLabel = "TIME",
            description = "How long a batch waits for more records, such as 5ms.")
    @Nullable String linger;

    @Option(names = "--batch-size", paramLabel = "SIZE", description = "Such as 64KB.")
    @Nullable String batchSize;

    @Option(
            names = {"-z", "--compression"},
            paramLabel = "CODEC",
            description = "none, gzip, snappy, lz4 or zstd.")
    @Nullable String compression;

    @Option(
            names = "--idempotence",
            negatable = true,
            description = "Whether a retried batch is written once (default: with acks all, yes).")
    @Nullable Boolean idempotence;

    /// Client settings: the file, then `-X`, then these options.
    Map<String, String> settings(ClusterOptions cluster) {
        if (Boolean.TRUE.equals(idempotence)
                && acks != null
                && !acks.equals("all")
                && !acks.equals("-1")) {
            throw CommandFailed.usage(
                    "--idempotence and --acks "
                            + acks
                            + " contradict each other: it needs --acks all");
        }
        var settings = new LinkedHashMap<>(cluster.settings());
        put(settings, cluster, "--acks", "acks", acks);
        put(settings, cluster, "--linger", "linger.ms", millis());
        put(
                settings,
                cluster,
                "--batch-size",
                "batch.size",
                batchSize == null
                        ? null
                        : String.valueOf(Quantity.bytes("--batch-size", batchSize)));
        put(settings, cluster, "--compression", "compression.type", compression);
        put(
                settings,
                cluster,
                "--idempotence",
                "enable.idempotence",
                idempotence == null ? null : idempotence.toString());
        return settings;
    }

    private @Nullable String millis() {
        return linger == null ? null : String.valueOf(Quantity.time("--linger", linger).toMillis());
    }

    /// Sets what an option says, unless `-X` says something about it too.
    static void put(
            Map<String, String> settings,
            ClusterOptions cluster,
            String option,
            String key,
            @Nullable String value) {
        if (value == null) {
            return;
        }
        if (cluster.settings.containsKey(key)) {
            throw CommandFailed.usage(
                    "%s and -X %s contradict each other: use one of them".formatted(option, key));
        }
        settings.put(key, value);
    }
}
