package dev.millrace.engine.coordinator.group;

/// What a broker allows a group to ask for, both ends included.
public record Bounds(int min, int max) {
    /// A group's setting outlives the broker's bounds; what is outside of them now counts as the nearest that is allowed.
    int clamp(int asked) {
        return Math.max(min, Math.min(max, asked));
    }
}
