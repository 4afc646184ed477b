package dev.millrace.cli.perf;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;

/// What the consumers of a test read until, together: so many records, the end of each partition as it was, or the end of time.
///
/// **Owner.** Any consumer's thread.
final class Goal {
    private final AtomicLong wanted;
    private final long untilNs;
    private final Map<TopicPartition, Long> ends;

    /// @param ends by partition, exclusive; empty when that is not what ends the test
    private Goal(long wanted, long untilNs, Map<TopicPartition, Long> ends) {
        this.wanted = new AtomicLong(wanted);
        this.untilNs = untilNs;
        this.ends = new HashMap<>(ends);
    }

    /// Reached with a number of records, or when time is up.
    static Goal of(Extent extent, long startNs) {
        return new Goal(extent.records(), extent.untilNs(startNs), Map.of());
    }

    /// Reached when every partition is read up to its end.
    static Goal ends(Map<TopicPartition, Long> ends) {
        return new Goal(Long.MAX_VALUE, Long.MAX_VALUE, ends);
    }

    /// Takes some of the records that are still wanted.
    ///
    /// @return how many of those offered count
    long claim(long offered) {
        long before = wanted.getAndUpdate(left -> Math.max(0, left - offered));
        return Math.min(before, offered);
    }

    /// Where a partition ends for this test.
    synchronized long end(TopicPartition partition) {
        return ends.getOrDefault(partition, Long.MAX_VALUE);
    }

    /// A consumer has got so far in a partition.
    synchronized void position(TopicPartition partition, long offset) {
        if (offset >= end(partition)) {
            ends.put(partition, Long.MIN_VALUE);
        }
    }

    /// Whether there are ends to look for.
    synchronized boolean byEnds() {
        return !ends.isEmpty();
    }

    /// Whether the test is over by its own rule.
    synchronized boolean reached(long nowNs) {
        boolean all =
                !ends.isEmpty() && ends.values().stream().allMatch(end -> end == Long.MIN_VALUE);
        return all || wanted.get() == 0 || nowNs >= untilNs;
    }

    /// Whether it is the time that ends the test.
    boolean byTime() {
        return untilNs != Long.MAX_VALUE;
    }

    /// When a test by time has ended, seen from now.
    long endNs(long nowNs) {
        return Math.min(untilNs, nowNs);
    }
}
