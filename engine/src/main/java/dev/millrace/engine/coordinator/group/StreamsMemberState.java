package dev.millrace.engine.coordinator.group;

/// Where a streams member stands on the way from the tasks it has to those it shall have.
///
/// ```
///            ┌──────────── a new target ─────────────┐
///            v                                       │
///   UnrevokedTasks ──revoked──> UnreleasedTasks ──others let go──> Stable
///            └─────────revoked, nothing to wait for───────────────^
/// ```
enum StreamsMemberState {
    /// It has what the target of its epoch gives it.
    STABLE(1),

    /// It has been told to give up tasks, and has not said yet that it did.
    UNREVOKED_TASKS(2),

    /// It has everything of its target but what others still hold.
    UNRELEASED_TASKS(3),

    /// Written by a newer broker: the member must join again.
    UNKNOWN(127);

    private final byte code;

    StreamsMemberState(int code) {
        this.code = (byte) code;
    }

    /// Its number in the record.
    byte code() {
        return code;
    }

    static StreamsMemberState of(byte code) {
        return switch (code) {
            case 1 -> STABLE;
            case 2 -> UNREVOKED_TASKS;
            case 3 -> UNRELEASED_TASKS;
            default -> UNKNOWN;
        };
    }
}
