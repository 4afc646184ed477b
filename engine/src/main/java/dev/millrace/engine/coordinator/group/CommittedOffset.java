package dev.millrace.engine.coordinator.group;

import org.apache.kafka.common.Uuid;

/// How far a group has come in one partition.
///
/// @param offset the next to be read, as the client says; not checked against the log
/// @param leaderEpoch of the last record read, -1 when not told
/// @param metadata whatever the client wants kept, never null
/// @param committedMs wall clock
/// @param expiresMs wall clock, for clients that name a retention time (before KIP-211); -1 for all others
/// @param topicId all zero when not known: then any topic of that name is meant
record CommittedOffset(
        long offset,
        int leaderEpoch,
        String metadata,
        long committedMs,
        long expiresMs,
        Uuid topicId) {
    static final long NEVER = -1;

    /// An offset of a topic of this id, or of one that nobody knows the id of?
    boolean isOf(Uuid id) {
        return topicId.equals(Uuid.ZERO_UUID) || id.equals(Uuid.ZERO_UUID) || topicId.equals(id);
    }
}
