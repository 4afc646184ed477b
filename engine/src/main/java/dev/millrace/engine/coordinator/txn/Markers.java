package dev.millrace.engine.coordinator.txn;

import java.util.Collection;
import org.apache.kafka.common.TopicPartition;

/// Brings markers to partitions, wherever those are led.
public interface Markers {
    /// What became of a marker at one partition.
    enum Fate {
        /// It is there, committed, or was before.
        WRITTEN,
        /// There is no such partition any more.
        GONE,
        /// The producer has gone on there without us (an administrator ended its transaction): there is nothing left to end.
        OVERTAKEN,
        /// Not now, or nobody knows. It may be there all the same, or get there yet.
        UNKNOWN
    }

    /// Told once for each partition, in bounded time; holding no turn.
    @FunctionalInterface
    interface Answer {
        void tell(TopicPartition partition, Fate fate);
    }

    /// Tries once. Called holding no turn.
    void send(Marker marker, Collection<TopicPartition> partitions, Answer answer);
}
