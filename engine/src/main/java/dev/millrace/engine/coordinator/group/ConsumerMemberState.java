package dev.millrace.engine.coordinator.group;

/// Where a member stands on the way from what it has to what it shall have.
///
/// ```
///            ┌────────────── a new target ───────────────┐
///            v                                           │
///   UnrevokedPartitions ──revoked──> UnreleasedPartitions ──others let go──> Stable
///            └───────────revoked, nothing to wait for───────────────────────^
/// ```
enum ConsumerMemberState {
    /// It has what the target of its epoch gives it.
    STABLE(0),

    /// It has been told to give up partitions, and has not said yet that it did.
    UNREVOKED_PARTITIONS(1),

    /// It has everything of its target but what others still hold.
    UNRELEASED_PARTITIONS(2),

    /// Written by a newer broker: the member must join again.
    UNKNOWN(127);

    private final byte code;

    ConsumerMemberState(int code) {
        this.code = (byte) code;
    }

    /// Its number in the record.
    byte code() {
        return code;
    }

    static ConsumerMemberState of(byte code) {
        return switch (code) {
            case 0 -> STABLE;
            case 1 -> UNREVOKED_PARTITIONS;
            case 2 -> UNRELEASED_PARTITIONS;
            default -> UNKNOWN;
        };
    }
}
