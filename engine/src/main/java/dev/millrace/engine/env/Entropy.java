package dev.millrace.engine.env;

import org.apache.kafka.common.Uuid;

/// Chance: ids, jitter, elections.
public interface Entropy {
    /// A random id, never one of Kafka's reserved ones, whose text form does not begin with '-'.
    Uuid uuid();

    /// A number from 0 (inclusive) to `bound` (exclusive).
    long below(long bound);
}
