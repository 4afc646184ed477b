package dev.millrace.engine.replica;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.LostRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// The replicas that are here, and what is told of all of them.
///
/// **Owner.** `Replicas`: it changes the set in its turn; look-ups, by any thread, read a persistent map and need none.
final class HeldReplicas {
    /// Compared by hand: the methods that a record gets are made at run time, which costs the first topic of a start 5 ms.
    record Key(Uuid topicId, int partition) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && partition == key.partition
                    && topicId.equals(key.topicId);
        }

        @Override
        public int hashCode() {
            return 31 * topicId.hashCode() + partition;
        }
    }

    record Held(Partition partition, Place place) {
        boolean isIn(LogDirectory directory) {
            return place.directory().equals(directory);
        }
    }

    private volatile PMap<Key, Held> held = HashTreePMap.empty();

    @Nullable Held get(Key key) {
        return held.get(key);
    }

    boolean has(Key key) {
        return held.containsKey(key);
    }

    void put(Key key, Held here) {
        held = held.plus(key, here);
    }

    void remove(Key key) {
        held = held.minus(key);
    }

    int count() {
        return held.size();
    }

    Collection<Held> each() {
        return held.values();
    }

    Collection<Partition> all() {
        List<Partition> all = new ArrayList<>(held.size());
        held.values().forEach(each -> all.add(each.partition));
        return all;
    }

    List<Partition> in(LogDirectory directory) {
        List<Partition> here = new ArrayList<>();
        for (Held each : held.values()) {
            if (each.isIn(directory)) {
                here.add(each.partition);
            }
        }
        return here;
    }

    /// What lies in that directory, and what is on its way there.
    LogDirectoryReport report(
            LogDirectory directory, boolean failed, boolean cordoned, List<ReplicaMove> moves) {
        var bytes = new TreeMap<TopicPartition, Long>(LogDirectories.BY_NAME);
        in(directory).forEach(each -> bytes.put(each.name(), each.house().sizeInBytes()));
        var copies = new TreeMap<TopicPartition, LogDirectoryReport.Copy>(LogDirectories.BY_NAME);
        for (ReplicaMove each : moves) {
            if (each.target().equals(directory)) {
                copies.put(
                        each.partition().name(),
                        new LogDirectoryReport.Copy(each.size(), each.lag()));
            }
        }
        return new LogDirectoryReport(
                directory.path(),
                failed,
                cordoned,
                LogDirectories.ask(directory, Storage::totalBytes),
                LogDirectories.ask(directory, Storage::usableBytes),
                bytes,
                copies);
    }

    /// See [Replicas#lost].
    SortedMap<TopicPartition, List<LostRange>> lost() {
        var lost = new TreeMap<TopicPartition, List<LostRange>>(LogDirectories.BY_NAME);
        for (Held each : held.values()) {
            List<LostRange> ranges = each.partition.lost();
            if (!ranges.isEmpty()) {
                lost.put(each.partition.name(), ranges);
            }
        }
        return lost;
    }
}
