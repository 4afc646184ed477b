package dev.millrace.cli.cluster;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/// Plans where a group shall go on: the offset of each partition, kept within the log.
///
/// @param offsets asks the cluster
/// @param committed the group's offsets now
/// @param warnings hears of each offset that could not be taken as asked
public record OffsetReset(
        Offsets offsets, Map<TopicPartition, OffsetAndMetadata> committed, Warnings warnings) {
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder()
                    .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
                    .appendPattern("[XXX][XX][X]")
                    .parseDefaulting(ChronoField.OFFSET_SECONDS, ZoneOffset.UTC.getTotalSeconds())
                    .toFormatter(Locale.ROOT);

    /// Told of what could not be done as asked.
    public interface Warnings {
        /// An offset outside of the log was moved to its bound.
        void moved(String sentence);

        /// There is no record since the time asked for: the end is taken.
        void nothingSince(TopicPartition partition);
    }

    /// Where to go.
    public sealed interface Target {}

    /// The oldest record.
    public record ToEarliest() implements Target {}

    /// After the newest record.
    public record ToLatest() implements Target {}

    /// One offset for every partition.
    public record ToOffset(long offset) implements Target {}

    /// The committed offset moved by a number of records, back when negative.
    public record ShiftBy(long records) implements Target {}

    /// Where the group is; the end where it is nowhere.
    public record ToCurrent() implements Target {}

    /// The first record at or after a time, in milliseconds since 1970.
    public record ToTime(long timestampMs) implements Target {}

    /// An offset by partition, as a file gave it.
    public record ToGiven(Map<TopicPartition, Long> offsets) implements Target {}

    /// A moment as `YYYY-MM-DDThh:mm:ss.sss` with or without an offset from UTC; UTC when without.
    public static ToTime atDateTime(String text) {
        try {
            return new ToTime(TIME.parse(text, OffsetDateTime::from).toInstant().toEpochMilli());
        } catch (DateTimeException wrong) {
            throw CommandFailed.usage(
                    "'"
                            + text
                            + "' is not a time: write it as 2026-11-21T08:00:00.000, with Z or +01:00 after it or not");
        }
    }

    /// So long ago, as `PnDTnHnMnS`.
    public static ToTime before(String duration, Instant now) {
        try {
            return new ToTime(now.minus(Duration.parse(duration)).toEpochMilli());
        } catch (DateTimeException wrong) {
            throw CommandFailed.usage(
                    "'" + duration + "' is not a duration: write it as P1DT2H30M or PT45S");
        }
    }

    /// The new offset of each partition, sorted.
    public Map<TopicPartition, Long> plan(Target target, Collection<TopicPartition> partitions) {
        return switch (target) {
            case ToEarliest _ -> found(partitions, OffsetSpec.earliest());
            case ToLatest _ -> found(partitions, OffsetSpec.latest());
            case ToOffset(long offset) -> within(given(partitions, offset));
            case ShiftBy(long records) -> within(shifted(partitions, records));
            case ToCurrent _ -> current(partitions);
            case ToTime(long timestampMs) -> since(partitions, timestampMs);
            case ToGiven(var asked) -> within(sorted(asked));
        };
    }

    private static Map<TopicPartition, Long> sorted(Map<TopicPartition, Long> offsets) {
        var sorted = new TreeMap<TopicPartition, Long>(Groups.BY_TOPIC);
        sorted.putAll(offsets);
        return sorted;
    }

    private Map<TopicPartition, Long> found(
            Collection<TopicPartition> partitions, OffsetSpec spec) {
        return sorted(offsets.require(partitions, spec));
    }

    private static Map<TopicPartition, Long> given(
            Collection<TopicPartition> partitions, long offset) {
        var plan = new TreeMap<TopicPartition, Long>(Groups.BY_TOPIC);
        partitions.forEach(partition -> plan.put(partition, offset));
        return plan;
    }

    private Map<TopicPartition, Long> shifted(Collection<TopicPartition> partitions, long records) {
        var plan = new TreeMap<TopicPartition, Long>(Groups.BY_TOPIC);
        for (TopicPartition partition : partitions) {
            var at = committed.get(partition);
            if (at == null) {
                throw CommandFailed.because(
                        "Cannot shift offset for partition "
                                + partition
                                + " since there is no current committed offset");
            }
            plan.put(partition, at.offset() + records);
        }
        return plan;
    }

    private Map<TopicPartition, Long> current(Collection<TopicPartition> partitions) {
        var plan = new TreeMap<TopicPartition, Long>(Groups.BY_TOPIC);
        var nowhere =
                partitions.stream().filter(partition -> !committed.containsKey(partition)).toList();
        plan.putAll(found(nowhere, OffsetSpec.latest()));
        for (TopicPartition partition : partitions) {
            Optional.ofNullable(committed.get(partition))
                    .ifPresent(at -> plan.put(partition, at.offset()));
        }
        return plan;
    }

    private Map<TopicPartition, Long> since(
            Collection<TopicPartition> partitions, long timestampMs) {
        var plan = found(partitions, OffsetSpec.forTimestamp(timestampMs));
        var later =
                partitions.stream()
                        .filter(partition -> !plan.containsKey(partition))
                        .sorted(Groups.BY_TOPIC)
                        .toList();
        for (TopicPartition partition : later) {
            warnings.nothingSince(partition);
        }
        plan.putAll(found(later, OffsetSpec.latest()));
        return plan;
    }

    /// Offsets below the log start or above the log end are moved to it, with a warning each.
    private Map<TopicPartition, Long> within(Map<TopicPartition, Long> wanted) {
        var starts = found(wanted.keySet(), OffsetSpec.earliest());
        var ends = found(wanted.keySet(), OffsetSpec.latest());
        var plan = new TreeMap<TopicPartition, Long>(Groups.BY_TOPIC);
        wanted.forEach((partition, offset) -> {
            long start = starts.getOrDefault(partition, 0L);
            long end = ends.getOrDefault(partition, Long.MAX_VALUE);
            plan.put(partition, Math.clamp(offset, start, end));
            if (offset > end) {
                bent("higher than latest", offset, partition, end);
            } else if (offset < start) {
                bent("lower than earliest", offset, partition, start);
            }
        });
        return plan;
    }

    private void bent(String how, long offset, TopicPartition partition, long bound) {
        warnings.moved(
                "New offset ("
                        + offset
                        + ") is "
                        + how
                        + " offset for topic partition "
                        + partition
                        + ". Value will be set to "
                        + bound);
    }
}
