package dev.millrace.engine.coordinator.group;

import java.util.List;

/// Settings of groups of the consumer protocol: the broker's (`group.consumer.*`), with a group's own on top (`consumer.*`).
///
/// @param enabled `group.coordinator.rebalance.protocols` names `consumer`
/// @param sessionTimeoutMs without a heartbeat until a member is dead
/// @param heartbeatIntervalMs that members are told
/// @param assignmentIntervalMs at least, between two assignments of one group
/// @param regexRefreshIntervalMs until patterns are matched again though no topic changed
/// @param maxSize members of one group
/// @param assignors names, the default first
public record ConsumerGroupConfig(
        boolean enabled,
        int sessionTimeoutMs,
        int heartbeatIntervalMs,
        int assignmentIntervalMs,
        int regexRefreshIntervalMs,
        int maxSize,
        List<String> assignors,
        MigrationPolicy migrationPolicy,
        Limits limits) {
    public static final ConsumerGroupConfig DEFAULTS =
            new ConsumerGroupConfig(
                    true,
                    45_000,
                    5_000,
                    1_000,
                    600_000,
                    Integer.MAX_VALUE,
                    List.of("uniform", "range"),
                    MigrationPolicy.BIDIRECTIONAL,
                    Limits.DEFAULTS);

    /// What a group may ask for: `group.consumer.min.*` and `group.consumer.max.*`.
    public record Limits(
            Bounds sessionTimeoutMs, Bounds heartbeatIntervalMs, Bounds assignmentIntervalMs) {
        public static final Limits DEFAULTS =
                new Limits(
                        new Bounds(45_000, 60_000),
                        new Bounds(5_000, 15_000),
                        new Bounds(0, 15_000));
    }

    /// These settings as they are for one group.
    ConsumerGroupConfig forGroup(GroupOverlay own) {
        return own.isEmpty()
                ? this
                : with(
                        own.integer(
                                "consumer.session.timeout.ms",
                                sessionTimeoutMs,
                                limits.sessionTimeoutMs()),
                        own.integer(
                                "consumer.heartbeat.interval.ms",
                                heartbeatIntervalMs,
                                limits.heartbeatIntervalMs()),
                        own.integer(
                                "consumer.assignment.interval.ms",
                                assignmentIntervalMs,
                                limits.assignmentIntervalMs()));
    }

    public ConsumerGroupConfig with(int sessionMs, int heartbeatMs, int assignmentMs) {
        return new ConsumerGroupConfig(
                enabled,
                sessionMs,
                heartbeatMs,
                assignmentMs,
                regexRefreshIntervalMs,
                maxSize,
                assignors,
                migrationPolicy,
                limits);
    }

    public ConsumerGroupConfig withMaxSize(int members) {
        return new ConsumerGroupConfig(
                enabled,
                sessionTimeoutMs,
                heartbeatIntervalMs,
                assignmentIntervalMs,
                regexRefreshIntervalMs,
                members,
                assignors,
                migrationPolicy,
                limits);
    }

    public ConsumerGroupConfig withMigrationPolicy(MigrationPolicy policy) {
        return new ConsumerGroupConfig(
                enabled,
                sessionTimeoutMs,
                heartbeatIntervalMs,
                assignmentIntervalMs,
                regexRefreshIntervalMs,
                maxSize,
                assignors,
                policy,
                limits);
    }
}
