package dev.millrace.cli.perf;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;

/// How long a group that reads a topic had nobody with a partition: from the start until the first assignment, and whenever a
/// rebalance has taken everything away from everybody.
///
/// **Owner.** The members' threads, one at a time.
/// A rebalance during which others go on reading costs nothing here: what it costs shows in the rate.
final class Rebalances {
    private final Stopwatch clock;
    private int holders;
    private long changedNs;
    private long idleNs;

    /// @param startNs when members begin to join
    Rebalances(Stopwatch clock, long startNs) {
        this.clock = clock;
        this.changedNs = startNs;
    }

    /// For consumers without a group, which have their partitions from the start.
    static Rebalances none(Stopwatch clock, long startNs) {
        var none = new Rebalances(clock, startNs);
        none.holders = 1;
        return none;
    }

    /// The listener of one more member.
    ConsumerRebalanceListener member() {
        return new Member();
    }

    /// Nanoseconds without a holder until an instant.
    synchronized long totalNs(long untilNs) {
        return holders > 0 ? idleNs : idleNs + Math.max(0, untilNs - changedNs);
    }

    /// Whether somebody has a partition now.
    synchronized boolean settled() {
        return holders > 0;
    }

    /// When the first got a partition after nobody had one, or the last lost it; the start before that.
    synchronized long changedNs() {
        return changedNs;
    }

    private synchronized void changed(boolean held, boolean holds) {
        if (held == holds) {
            return;
        }
        long nowNs = clock.nowNs();
        if (holds && holders == 0) {
            idleNs += nowNs - changedNs;
            changedNs = nowNs;
        }
        holders += holds ? 1 : -1;
        if (holders == 0) {
            changedNs = nowNs;
        }
    }

    private final class Member implements ConsumerRebalanceListener {
        private final Set<TopicPartition> held = new HashSet<>();

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            boolean before = !held.isEmpty();
            held.addAll(partitions);
            changed(before, !held.isEmpty());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            boolean before = !held.isEmpty();
            held.removeAll(partitions);
            changed(before, !held.isEmpty());
        }
    }
}
