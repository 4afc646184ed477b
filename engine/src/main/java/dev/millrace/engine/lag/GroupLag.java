package dev.millrace.engine.lag;

import java.util.List;

/// How far a group is behind, over all partitions that it has committed an offset for.
///
/// @param partitions led by this broker, topics and partitions in order
/// @param elsewhere how many more are led by other brokers, or by none
public record GroupLag(List<PartitionLag> partitions, int elsewhere) {
    /// Of all partitions.
    public long records() {
        return partitions.stream().mapToLong(PartitionLag::records).sum();
    }

    /// Of the oldest record that is still to be read anywhere; [PartitionLag#UNKNOWN] when none has a timestamp.
    public long ageMs() {
        return partitions.stream().mapToLong(PartitionLag::ageMs).max().orElse(0);
    }
}
