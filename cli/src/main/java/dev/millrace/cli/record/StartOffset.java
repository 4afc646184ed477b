package dev.millrace.cli.record;

import dev.millrace.cli.cluster.CommandFailed;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Where to start reading: `beginning`, `end`, `N`, `-N` (the last N), `s@TIME`.
public sealed interface StartOffset {
    /// Moves the consumer there, on each of the partitions.
    ///
    /// @return a sentence when it starts elsewhere than asked for
    Optional<String> seek(Consumer<?, ?> consumer, Collection<TopicPartition> partitions);

    /// The oldest record.
    record Beginning() implements StartOffset {
        @Override
        public Optional<String> seek(
                Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                consumer.seekToBeginning(partitions);
            }
            return Optional.empty();
        }
    }

    /// What comes from now on. The end is asked for at once: a record that arrives later is after it.
    record End() implements StartOffset {
        @Override
        public Optional<String> seek(
                Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
            consumer.endOffsets(partitions).forEach(consumer::seek);
            return Optional.empty();
        }
    }

    /// One offset. Where the log does not reach it, its nearer end: the consumer itself would go to the newer end and say nothing.
    record At(long offset) implements StartOffset {
        private static final int MOST_NAMED = 5;

        @Override
        public Optional<String> seek(
                Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
            var starts = consumer.beginningOffsets(partitions);
            var ends = consumer.endOffsets(partitions);
            var elsewhere = new TreeMap<String, String>();
            for (TopicPartition partition : partitions) {
                long start = starts.getOrDefault(partition, 0L);
                long end = ends.getOrDefault(partition, offset);
                if (offset < start) {
                    elsewhere.put(partition.toString(), " begins at " + start);
                } else if (offset > end) {
                    elsewhere.put(partition.toString(), " ends at " + end);
                }
                consumer.seek(partition, Math.clamp(offset, start, Math.max(start, end)));
            }
            return sentence(elsewhere);
        }

        private Optional<String> sentence(SortedMap<String, String> elsewhere) {
            if (elsewhere.isEmpty()) {
                return Optional.empty();
            }
            String first =
                    elsewhere.entrySet().stream()
                            .limit(MOST_NAMED)
                            .map(each -> each.getKey() + each.getValue())
                            .collect(Collectors.joining(", "));
            int more = elsewhere.size() - MOST_NAMED;
            return Optional.of(
                    "there is no offset %d: %s%s; reading starts there"
                            .formatted(offset, first, more > 0 ? " and " + more + " more" : ""));
        }
    }

    /// The last records of each partition.
    record Last(long records) implements StartOffset {
        @Override
        public Optional<String> seek(
                Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
            var starts = consumer.beginningOffsets(partitions);
            consumer.endOffsets(partitions)
                    .forEach((partition, end) ->
                            consumer.seek(
                                    partition,
                                    Math.max(starts.getOrDefault(partition, 0L), end - records)));
            return Optional.empty();
        }
    }

    /// The first record at or after a time, in milliseconds since 1970; the end where there is none.
    record Since(long timestampMs) implements StartOffset {
        @Override
        public Optional<String> seek(
                Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
            var times = new HashMap<TopicPartition, Long>();
            partitions.forEach(partition -> times.put(partition, timestampMs));
            var later = new ArrayList<TopicPartition>();
            consumer.offsetsForTimes(times)
                    .forEach((partition, found) -> {
                        if (found == null) {
                            later.add(partition);
                        } else {
                            consumer.seek(partition, found.offset());
                        }
                    });
            return new End().seek(consumer, List.copyOf(later));
        }
    }

    /// Reads what a person typed.
    ///
    /// @param nowMs the current time, for durations such as `s@-1h`
    static StartOffset parse(String text, long nowMs) {
        return switch (text) {
            case "beginning", "earliest", "start" -> new Beginning();
            case "end", "latest" -> new End();
            default ->
                    text.startsWith("s@")
                            ? new Since(time(text.substring(2), nowMs))
                            : offset(text);
        };
    }

    private static StartOffset offset(String text) {
        try {
            long number = Long.parseLong(text);
            return text.startsWith("-") ? new Last(-number) : new At(number);
        } catch (NumberFormatException wrong) {
            throw CommandFailed.usage(
                    "'"
                            + text
                            + "' is no place to start: use beginning, end, an offset N, -N for the last N, or s@TIME for a time, as in s@-10m");
        }
    }

    private static long time(String text, long nowMs) {
        if (text.matches("-?[0-9]+")) {
            return Long.parseLong(text);
        }
        if (text.matches("-[0-9]+[smhd]")) {
            long amount = Long.parseLong(text.substring(1, text.length() - 1));
            return nowMs - amount * unitMs(text.charAt(text.length() - 1));
        }
        for (TimeForm form : TIME_FORMS) {
            Instant moment = inForm(form, text);
            if (moment != null) {
                return moment.toEpochMilli();
            }
        }
        throw CommandFailed.usage(
                "'"
                        + text
                        + "' is no time: use milliseconds, 2026-11-21T08:00:00Z, or -10m, -2h, -1d");
    }

    private static @Nullable Instant inForm(TimeForm form, String text) {
        try {
            return form.parse(text);
        } catch (DateTimeException another) {
            return null;
        }
    }

    private static long unitMs(char unit) {
        return switch (unit) {
            case 's' -> 1_000;
            case 'm' -> 60_000;
            case 'h' -> 3_600_000;
            default -> 86_400_000;
        };
    }

    /// A form in which a moment is written.
    interface TimeForm {
        /// The moment.
        Instant parse(String text);
    }

    /// With a zone or an offset; without, the machine's own zone.
    List<TimeForm> TIME_FORMS =
            List.of(
                    text -> OffsetDateTime.parse(text).toInstant(),
                    text -> LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant());
}
