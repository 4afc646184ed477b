package dev.millrace.cli.cluster;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/// Measures how far groups are behind: in records, and in the time that the oldest unread record has been waiting.
///
/// Asks nothing of the broker that Kafka's does not answer: committed offsets, the bounds of logs (the end is the last stable
/// offset, so that open transactions do not count), and the first unread record of every partition that has one.
public final class GroupLag {
    private final Admin admin;
    private final OldestRecords oldest;
    private final InstantSource clock;

    /// @param admin borrowed, as is `oldest`
    public GroupLag(Admin admin, OldestRecords oldest, InstantSource clock) {
        this.admin = admin;
        this.oldest = oldest;
        this.clock = clock;
    }

    /// One look at one group.
    ///
    /// @param partitions sorted by topic and partition
    public record Sample(GroupView group, long atMs, List<PartitionLag> partitions) {
        /// Records still to read, in all partitions.
        public long records() {
            return partitions.stream().mapToLong(each -> each.records().orElse(0)).sum();
        }

        /// The age of the oldest unread record of all partitions; empty when no partition's is known.
        public Optional<Duration> age() {
            return partitions.stream()
                    .flatMap(each -> each.age(atMs).stream())
                    .max(Comparator.naturalOrder());
        }
    }

    /// Looks at a group.
    public Sample measure(GroupView group) {
        var committed = new GroupOffsets(admin, group.id(), Optional.of(group.type())).committed();
        var partitions = new TreeSet<TopicPartition>(Groups.BY_TOPIC);
        partitions.addAll(committed.keySet());
        group.members().forEach(member -> partitions.addAll(member.partitions()));
        var offsets = new Offsets(admin);
        var starts = offsets.list(partitions, OffsetSpec.earliest());
        var ends = offsets.stable(partitions);
        var highWatermarks = offsets.list(past(committed, ends), OffsetSpec.latest());
        var found = oldest(committed, starts, ends);
        var lags = new ArrayList<PartitionLag>();
        for (TopicPartition partition : partitions) {
            var start = Offsets.offset(starts, partition);
            var end = Offsets.offset(ends, partition);
            // A topic that was deleted may leave its offsets behind for a while: there is no lag in
            // it.
            if (start.isPresent() && end.isPresent()) {
                lags.add(
                        PartitionLag.of(
                                partition,
                                at(committed, partition),
                                start.get(),
                                end.get(),
                                Offsets.offset(highWatermarks, partition).orElse(end.get()),
                                Optional.ofNullable(found.get(partition))));
            }
        }
        return new Sample(group, clock.millis(), lags);
    }

    /// Where the group has read uncommitted records of transactions that are still open, or the log was cut.
    private static List<TopicPartition> past(
            Map<TopicPartition, Long> committed, Map<TopicPartition, Offsets.Found> ends) {
        return committed.entrySet().stream()
                .filter(each ->
                        each.getValue()
                                > Offsets.offset(ends, each.getKey()).orElse(Long.MAX_VALUE))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static OptionalLong at(Map<TopicPartition, Long> offsets, TopicPartition partition) {
        var offset = offsets.get(partition);
        return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    private Map<TopicPartition, OldestRecords.Oldest> oldest(
            Map<TopicPartition, Long> committed,
            Map<TopicPartition, Offsets.Found> starts,
            Map<TopicPartition, Offsets.Found> ends) {
        var from = new HashMap<TopicPartition, Long>();
        var to = new HashMap<TopicPartition, Long>();
        committed.forEach((partition, offset) -> {
            long start = Offsets.offset(starts, partition).orElse(0L);
            long end = Offsets.offset(ends, partition).orElse(0L);
            PartitionLag.lookFrom(OptionalLong.of(offset), start, end)
                    .ifPresent(at -> {
                        from.put(partition, at);
                        to.put(partition, end);
                    });
        });
        return oldest.look(from, to);
    }

    /// The samples of several groups.
    public List<Sample> measure(Collection<GroupView> groups) {
        return groups.stream().map(this::measure).toList();
    }
}
