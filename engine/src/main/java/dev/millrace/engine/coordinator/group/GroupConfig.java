package dev.millrace.engine.coordinator.group;

/// The broker's settings for groups, under Kafka's names.
///
/// @param brokerId whose settings at run time count
/// @param offsetsTopicPartitions `offsets.topic.num.partitions`, which counts until the topic exists
/// @param commitTimeoutMs `offsets.commit.timeout.ms`: how long an answer waits for its records to be committed
/// @param offsetMetadataMaxBytes `offset.metadata.max.bytes`, in characters as Kafka counts
/// @param offsetsRetentionMs `offsets.retention.minutes`
/// @param offsetsRetentionCheckMs `offsets.retention.check.interval.ms`
/// @param minSessionTimeoutMs `group.min.session.timeout.ms`
/// @param maxSessionTimeoutMs `group.max.session.timeout.ms`
/// @param initialRebalanceDelayMs `group.initial.rebalance.delay.ms`
/// @param maxSize `group.max.size`, members of a classic group
/// @param consumer of groups of the consumer protocol
/// @param streams of streams groups
public record GroupConfig(
        int brokerId,
        int offsetsTopicPartitions,
        int commitTimeoutMs,
        int offsetMetadataMaxBytes,
        long offsetsRetentionMs,
        long offsetsRetentionCheckMs,
        int minSessionTimeoutMs,
        int maxSessionTimeoutMs,
        int initialRebalanceDelayMs,
        int maxSize,
        ConsumerGroupConfig consumer,
        StreamsGroupConfig streams) {
    public static final GroupConfig DEFAULTS =
            new GroupConfig(
                    1,
                    50,
                    5_000,
                    4_096,
                    7L * 24 * 3_600_000,
                    600_000,
                    6_000,
                    1_800_000,
                    3_000,
                    Integer.MAX_VALUE,
                    ConsumerGroupConfig.DEFAULTS,
                    StreamsGroupConfig.DEFAULTS);

    /// How long a member that has just been made may wait for its first rebalance to end. It cannot be seen to be dead while
    /// its JoinGroup is parked; after this it is taken for dead and, when it is not, asks again.
    static final int NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

    /// Member ids that one group has given out (KIP-394) and nobody has joined with yet. At the bound the oldest is
    /// forgotten; its client is told that it is unknown, and asks for another.
    static final int MOST_PENDING_MEMBERS = 10_000;

    public GroupConfig withInitialRebalanceDelayMs(int delayMs) {
        return new GroupConfig(
                brokerId,
                offsetsTopicPartitions,
                commitTimeoutMs,
                offsetMetadataMaxBytes,
                offsetsRetentionMs,
                offsetsRetentionCheckMs,
                minSessionTimeoutMs,
                maxSessionTimeoutMs,
                delayMs,
                maxSize,
                consumer,
                streams);
    }

    public GroupConfig withMaxSize(int members) {
        return new GroupConfig(
                brokerId,
                offsetsTopicPartitions,
                commitTimeoutMs,
                offsetMetadataMaxBytes,
                offsetsRetentionMs,
                offsetsRetentionCheckMs,
                minSessionTimeoutMs,
                maxSessionTimeoutMs,
                initialRebalanceDelayMs,
                members,
                consumer,
                streams);
    }

    public GroupConfig withSessionTimeouts(int minMs, int maxMs) {
        return new GroupConfig(
                brokerId,
                offsetsTopicPartitions,
                commitTimeoutMs,
                offsetMetadataMaxBytes,
                offsetsRetentionMs,
                offsetsRetentionCheckMs,
                minMs,
                maxMs,
                initialRebalanceDelayMs,
                maxSize,
                consumer,
                streams);
    }

    public GroupConfig withConsumer(ConsumerGroupConfig settings) {
        return new GroupConfig(
                brokerId,
                offsetsTopicPartitions,
                commitTimeoutMs,
                offsetMetadataMaxBytes,
                offsetsRetentionMs,
                offsetsRetentionCheckMs,
                minSessionTimeoutMs,
                maxSessionTimeoutMs,
                initialRebalanceDelayMs,
                maxSize,
                settings,
                streams);
    }

    public GroupConfig withStreams(StreamsGroupConfig settings) {
        return new GroupConfig(
                brokerId,
                offsetsTopicPartitions,
                commitTimeoutMs,
                offsetMetadataMaxBytes,
                offsetsRetentionMs,
                offsetsRetentionCheckMs,
                minSessionTimeoutMs,
                maxSessionTimeoutMs,
                initialRebalanceDelayMs,
                maxSize,
                consumer,
                settings);
    }

    public GroupConfig withRetention(long retentionMs, long checkMs) {
        return new GroupConfig(
                brokerId,
                offsetsTopicPartitions,
                commitTimeoutMs,
                offsetMetadataMaxBytes,
                retentionMs,
                checkMs,
                minSessionTimeoutMs,
                maxSessionTimeoutMs,
                initialRebalanceDelayMs,
                maxSize,
                consumer,
                streams);
    }
}
