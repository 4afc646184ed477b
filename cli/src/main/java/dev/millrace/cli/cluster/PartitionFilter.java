package dev.millrace.cli.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Which partitions a command is about.
public final class PartitionFilter implements Predicate<TopicPartition> {
    private static final Pattern ENTRY =
            Pattern.compile("([^:,]*)(?::(?:([0-9]*)|(?:([0-9]*)-([0-9]*))))?");

    /// Partitions `from` to `to` (exclusive) of the topics that match.
    private record Range(TopicFilter topics, int from, int to) {}

    private final List<Range> ranges;
    private final Set<Integer> only;

    private PartitionFilter(List<Range> ranges, Set<Integer> only) {
        this.ranges = ranges;
        this.only = only;
    }

    /// Topics with an optional list of partitions, `0,2`; empty for all.
    public static PartitionFilter of(TopicFilter topics, String partitions) {
        var only = new HashSet<Integer>();
        for (String partition : partitions.isBlank() ? new String[0] : partitions.split(",", -1)) {
            only.add(number(partition, partitions));
        }
        return new PartitionFilter(List.of(new Range(topics, 0, Integer.MAX_VALUE)), only);
    }

    /// `topic:0,other:1-3,third:2-,fourth:-5,fifth,:0`: a topic expression (any topic when empty) and a range each.
    public static PartitionFilter list(String list) {
        var ranges = new ArrayList<Range>();
        for (String entry : list.split(",", -1)) {
            ranges.add(range(entry));
        }
        return new PartitionFilter(ranges, Set.of());
    }

    private static Range range(String entry) {
        Matcher matcher = ENTRY.matcher(entry);
        if (!matcher.matches()) {
            throw CommandFailed.usage(
                    "Invalid rule: "
                            + entry
                            + "; write topic, topic:0, topic:1-3, topic:2- or topic:-5");
        }
        var topics =
                matcher.group(1).isEmpty() ? TopicFilter.all() : TopicFilter.of(matcher.group(1));
        String one = matcher.group(2);
        if (one != null && !one.isEmpty()) {
            int partition = number(one, entry);
            return new Range(topics, partition, partition + 1);
        }
        return new Range(
                topics,
                bound(matcher.group(3), 0, entry),
                bound(matcher.group(4), Integer.MAX_VALUE, entry));
    }

    private static int bound(@Nullable String text, int otherwise, String entry) {
        return text == null || text.isEmpty() ? otherwise : number(text, entry);
    }

    private static int number(String text, String whole) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException wrong) {
            throw CommandFailed.usage(
                    "--partitions expects a comma separated list of numeric partition ids, but received: "
                            + whole);
        }
    }

    /// True when some partition of the topic may be meant.
    public boolean mayInclude(String topic) {
        return ranges.stream().anyMatch(range -> range.topics().test(topic));
    }

    @Override
    public boolean test(TopicPartition partition) {
        if (!only.isEmpty() && !only.contains(partition.partition())) {
            return false;
        }
        return ranges.stream()
                .anyMatch(range ->
                        range.topics().test(partition.topic())
                                && range.from() <= partition.partition()
                                && partition.partition() < range.to());
    }
}
