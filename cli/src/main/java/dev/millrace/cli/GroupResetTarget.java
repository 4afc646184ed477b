package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.OffsetCsv;
import dev.millrace.cli.cluster.OffsetReset;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where `millrace group reset` shall go: exactly one of these.
final class GroupResetTarget {
    @Option(names = "--to-earliest", description = "To the oldest record.")
    boolean toEarliest;

    @Option(names = "--to-latest", description = "To the end: everything unread is skipped.")
    boolean toLatest;

    @Option(
            names = "--to-current",
            description = "To where the group is; to the end where it is nowhere.")
    boolean toCurrent;

    @Option(names = "--to-offset", paramLabel = "OFFSET", description = "To this offset.")
    @Nullable Long toOffset;

    @Option(
            names = "--shift-by",
            paramLabel = "RECORDS",
            description = "By so many offsets, back when negative.")
    @Nullable Long shiftBy;

    @Option(
            names = "--to-datetime",
            paramLabel = "TIME",
            description =
                    "To the first record since a time, as 2026-11-21T08:00:00.000, UTC unless it says otherwise.")
    @Nullable String toDatetime;

    @Option(
            names = "--by-duration",
            paramLabel = "DURATION",
            description = "To the first record since so long ago, as PT2H30M or P1D.")
    @Nullable String byDuration;

    @Option(
            names = "--from-file",
            paramLabel = "FILE",
            description = "To the offsets of a CSV file: topic,partition,offset a line.")
    @Nullable String fromFile;

    OffsetReset.Target target(String group, Instant now) {
        if (toEarliest) {
            return new OffsetReset.ToEarliest();
        }
        if (toLatest) {
            return new OffsetReset.ToLatest();
        }
        if (toOffset != null) {
            return new OffsetReset.ToOffset(toOffset);
        }
        if (shiftBy != null) {
            return new OffsetReset.ShiftBy(shiftBy);
        }
        if (toDatetime != null) {
            return OffsetReset.atDateTime(toDatetime);
        }
        if (byDuration != null) {
            return OffsetReset.before(byDuration, now);
        }
        return fromFile == null
                ? new OffsetReset.ToCurrent()
                : new OffsetReset.ToGiven(given(fromFile, group));
    }

    private static Map<TopicPartition, Long> given(String file, String group) {
        var offsets = OffsetCsv.read(file, group).get(group);
        if (offsets == null) {
            throw CommandFailed.because(file + " says nothing of group " + group);
        }
        return offsets;
    }
}
