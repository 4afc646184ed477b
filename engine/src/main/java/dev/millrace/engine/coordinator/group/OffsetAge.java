package dev.millrace.engine.coordinator.group;

/// From when on a group's offsets age (KIP-211). Those of topics that its members read do not age at all.
sealed interface OffsetAge {
    /// Each since it was committed.
    record SinceCommit() implements OffsetAge {}

    /// The group has had no members since then: all its offsets are as old as that, also those committed later.
    record SinceEmpty(long sinceMs) implements OffsetAge {}

    /// None does, for what the members do with them cannot be seen.
    record Ageless() implements OffsetAge {}

    /// Is it to be forgotten? A time that the client named counts instead of the broker's retention.
    ///
    /// @param expiresMs as the client named it, or [CommittedOffset#NEVER]
    default boolean isOver(long committedMs, long expiresMs, long retentionMs, long nowMs) {
        return switch (this) {
            case Ageless _ -> false;
            case SinceCommit _, SinceEmpty _ when expiresMs != CommittedOffset.NEVER ->
                    nowMs >= expiresMs;
            case SinceCommit _ -> nowMs - committedMs >= retentionMs;
            case SinceEmpty(long sinceMs) -> nowMs - sinceMs >= retentionMs;
        };
    }
}
