package dev.millrace.engine.coordinator.group;

import java.util.List;

/// Settings of streams groups (KIP-1071): the broker's (`group.streams.*`), with a group's own on top (`streams.*`).
///
/// @param enabled `group.coordinator.rebalance.protocols` names `streams`
/// @param sessionTimeoutMs without a heartbeat until a member is dead
/// @param heartbeatIntervalMs that members are told
/// @param initialRebalanceDelayMs that the first member of a group waits for others
/// @param assignmentIntervalMs at least, between two assignments of one group
/// @param taskOffsetIntervalMs between two reports of how far tasks' stores have come
/// @param numStandbyReplicas copies of a task's stores, beside its own
/// @param numWarmupReplicas tasks of a group that are being prepared elsewhere, at a time
/// @param acceptableRecoveryLag records behind which a store counts as caught up
/// @param rackAwareAssignmentTags client tags over which copies are spread
/// @param assignor by its name
/// @param maxSize members of one group
public record StreamsGroupConfig(
        boolean enabled,
        int sessionTimeoutMs,
        int heartbeatIntervalMs,
        int initialRebalanceDelayMs,
        int assignmentIntervalMs,
        int taskOffsetIntervalMs,
        int numStandbyReplicas,
        int numWarmupReplicas,
        long acceptableRecoveryLag,
        List<String> rackAwareAssignmentTags,
        String assignor,
        int maxSize,
        Limits limits) {
    public static final StreamsGroupConfig DEFAULTS =
            new StreamsGroupConfig(
                    true,
                    45_000,
                    5_000,
                    3_000,
                    1_000,
                    60_000,
                    0,
                    2,
                    10_000,
                    List.of(),
                    "sticky",
                    Integer.MAX_VALUE,
                    Limits.DEFAULTS);

    /// What a group may ask for: `group.streams.min.*` and `group.streams.max.*`.
    public record Limits(
            Bounds sessionTimeoutMs,
            Bounds heartbeatIntervalMs,
            Bounds assignmentIntervalMs,
            Bounds taskOffsetIntervalMs,
            Bounds numStandbyReplicas,
            Bounds numWarmupReplicas) {
        public static final Limits DEFAULTS =
                new Limits(
                        new Bounds(45_000, 60_000),
                        new Bounds(5_000, 15_000),
                        new Bounds(0, 15_000),
                        new Bounds(15_000, Integer.MAX_VALUE),
                        new Bounds(0, 2),
                        new Bounds(0, 20));
    }

    private static final Bounds NOT_NEGATIVE = new Bounds(0, Integer.MAX_VALUE);

    /// These settings as they are for one group.
    StreamsGroupConfig forGroup(GroupOverlay own) {
        return own.isEmpty() ? this : with(own);
    }

    private StreamsGroupConfig with(GroupOverlay own) {
        return new StreamsGroupConfig(
                enabled,
                own.integer(
                        "streams.session.timeout.ms", sessionTimeoutMs, limits.sessionTimeoutMs),
                own.integer(
                        "streams.heartbeat.interval.ms",
                        heartbeatIntervalMs,
                        limits.heartbeatIntervalMs),
                own.integer(
                        "streams.initial.rebalance.delay.ms",
                        initialRebalanceDelayMs,
                        NOT_NEGATIVE),
                own.integer(
                        "streams.assignment.interval.ms",
                        assignmentIntervalMs,
                        limits.assignmentIntervalMs),
                own.integer(
                        "streams.task.offset.interval.ms",
                        taskOffsetIntervalMs,
                        limits.taskOffsetIntervalMs),
                own.integer(
                        "streams.num.standby.replicas",
                        numStandbyReplicas,
                        limits.numStandbyReplicas),
                own.integer(
                        "streams.num.warmup.replicas", numWarmupReplicas, limits.numWarmupReplicas),
                own.number("streams.acceptable.recovery.lag", acceptableRecoveryLag),
                own.list("streams.rack.aware.assignment.tags", rackAwareAssignmentTags),
                own.text("streams.assignor.name", assignor),
                maxSize,
                limits);
    }
}
