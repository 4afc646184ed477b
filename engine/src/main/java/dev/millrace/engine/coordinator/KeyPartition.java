package dev.millrace.engine.coordinator;

/// Which partition of an internal topic holds what is known of a group or a transactional id.
///
/// As Apache Kafka computes it: the absolute value of the key's hash, not its lower 31 bits. The two differ for every key
/// whose hash is negative, and a directory that Kafka has written must be found again.
public final class KeyPartition {
    private KeyPartition() {}

    /// @param partitions at least 1
    public static int of(String key, int partitions) {
        int hash = key.hashCode();
        // The lowest int has no absolute value; it counts as 0.
        return hash == Integer.MIN_VALUE ? 0 : Math.abs(hash) % partitions;
    }
}
