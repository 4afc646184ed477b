package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.perf.Extent;
import dev.millrace.cli.perf.Payload;
import dev.millrace.cli.perf.ProducePlan;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of `millrace perf produce`, and the plan that they make.
final class PerfProduceOptions {
    private static final Duration USUAL = Duration.ofSeconds(10);
    private static final String USUAL_SIZE = "1KB";

    @Option(
            names = {"-n", "--records"},
            paramLabel = "COUNT",
            description = "Send so many records.")
    @Nullable Long records;

    @Option(
            names = {"-d", "--duration"},
            paramLabel = "TIME",
            description = "Send for so long (default: 10s, without --records).")
    @Nullable String duration;

    @Option(
            names = {"-r", "--rate"},
            paramLabel = "COUNT/s",
            description =
                    "Records in a second, by all producers together, evenly spaced; latency then counts from the instant at which a"
                            + " record was due (default: as fast as they go).")
    @Nullable String rate;

    @Option(
            names = "--warmup",
            paramLabel = "TIME",
            defaultValue = "0",
            description = "Send for so long before measuring (default: ${DEFAULT-VALUE}).")
    String warmUp = "0";

    @Option(
            names = {"-s", "--record-size"},
            paramLabel = "SIZE",
            description = "Bytes of each value (default: " + USUAL_SIZE + ").")
    @Nullable String recordSize;

    @Option(
            names = "--payload-file",
            paramLabel = "FILE",
            description = "Values are the lines of this file, in turn.")
    @Nullable String payloadFile;

    @Option(
            names = "--compressible",
            paramLabel = "SHARE",
            description =
                    "The share of each value that is zeros, 0 to 1 (default: 0, random bytes).")
    @Nullable Double compressible;

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            description = "Of the random bytes (default: 1).")
    @Nullable Long seed;

    @Option(
            names = "--producers",
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Clients, a thread each (default: ${DEFAULT-VALUE}).")
    int producers = 1;

    @Option(
            names = "--partitions",
            paramLabel = "COUNT",
            description = "Create the topic with so many when it is missing.")
    @Nullable Integer partitions;

    @Mixin PerfProducerOptions producer = new PerfProducerOptions();

    ProducePlan plan(String topic, ClusterOptions cluster) {
        if (producers < 1) {
            throw CommandFailed.usage("--producers takes a number from 1 on");
        }
        return new ProducePlan(
                topic,
                partitions(partitions),
                extent(),
                Quantity.time("--warmup", warmUp),
                rate == null ? null : Quantity.rate("--rate", rate),
                payload(),
                producers,
                producer.settings(cluster));
    }

    private Extent extent() {
        var extent =
                Extent.of(
                        records,
                        duration == null ? null : Quantity.time("--duration", duration),
                        USUAL);
        if (extent.counts() && extent.records() < producers) {
            throw CommandFailed.usage(
                    "%d producers cannot divide %d records: use fewer --producers"
                            .formatted(producers, extent.records()));
        }
        return extent;
    }

    private Payload payload() {
        if (payloadFile != null) {
            if (recordSize != null || compressible != null || seed != null) {
                throw CommandFailed.usage(
                        "--payload-file brings the values: leave out --record-size, --compressible and --seed");
            }
            return Payload.lines(payloadFile);
        }
        double zeros = compressible == null ? 0 : compressible;
        if (!(zeros >= 0 && zeros <= 1)) {
            throw CommandFailed.usage("--compressible takes a share from 0 to 1, for example 0.5");
        }
        return random(recordSize == null ? USUAL_SIZE : recordSize, zeros, seed, 1);
    }

    /// Random values of a size, at least so many bytes.
    static Payload random(
            String recordSize, double compressible, @Nullable Long seed, int atLeast) {
        int size = Quantity.bytes("--record-size", recordSize);
        if (size < atLeast) {
            throw CommandFailed.usage(
                    "--record-size takes %s or more".formatted(Quantity.size(atLeast)));
        }
        return Payload.random(size, compressible, seed == null ? 1 : seed);
    }

    /// The number given, if any, from 1 on.
    static @Nullable Integer partitions(@Nullable Integer given) {
        if (given != null && given < 1) {
            throw CommandFailed.usage("--partitions takes a number from 1 on");
        }
        return given;
    }
}
