package dev.millrace.engine;

import dev.millrace.engine.coordinator.group.Bounds;
import dev.millrace.engine.coordinator.group.ConsumerGroupConfig;
import dev.millrace.engine.coordinator.group.GroupConfig;
import dev.millrace.engine.coordinator.group.MigrationPolicy;
import dev.millrace.engine.coordinator.group.StreamsGroupConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/// The group coordinator's settings, out of the broker's file.
final class GroupSettings {
    private static final String PROTOCOLS = "group.coordinator.rebalance.protocols";
    private static final String CONSUMER_ASSIGNORS = "group.consumer.assignors";
    private static final String MIGRATION_POLICY = "group.consumer.migration.policy";
    private static final long MINUTE_MS = 60_000;
    private static final int WEEK_MINUTES = 7 * 24 * 60;
    private static final List<String> ALL_PROTOCOLS = List.of("classic", "consumer", "streams");

    private final NodeSettings settings;

    private GroupSettings(NodeSettings settings) {
        this.settings = settings;
    }

    /// @throws ConfigException naming the key whose value cannot be used
    static GroupConfig of(NodeSettings settings) {
        var groups = new GroupSettings(settings);
        GroupConfig d = GroupConfig.DEFAULTS;
        return new GroupConfig(
                settings.nodeId(),
                settings.integer("offsets.topic.num.partitions", d.offsetsTopicPartitions()),
                settings.integer("offsets.commit.timeout.ms", d.commitTimeoutMs()),
                settings.integer("offset.metadata.max.bytes", d.offsetMetadataMaxBytes()),
                MINUTE_MS * settings.integer("offsets.retention.minutes", WEEK_MINUTES),
                settings.number("offsets.retention.check.interval.ms", d.offsetsRetentionCheckMs()),
                settings.integer("group.min.session.timeout.ms", d.minSessionTimeoutMs()),
                settings.integer("group.max.session.timeout.ms", d.maxSessionTimeoutMs()),
                settings.integer("group.initial.rebalance.delay.ms", d.initialRebalanceDelayMs()),
                settings.integer("group.max.size", d.maxSize()),
                groups.consumer(d.consumer()),
                groups.streams(d.streams()));
    }

    private ConsumerGroupConfig consumer(ConsumerGroupConfig d) {
        var limits = d.limits();
        return new ConsumerGroupConfig(
                list(PROTOCOLS, ALL_PROTOCOLS).contains("consumer"),
                settings.integer("group.consumer.session.timeout.ms", d.sessionTimeoutMs()),
                settings.integer("group.consumer.heartbeat.interval.ms", d.heartbeatIntervalMs()),
                settings.integer("group.consumer.assignment.interval.ms", d.assignmentIntervalMs()),
                settings.integer(
                        "group.consumer.regex.refresh.interval.ms", d.regexRefreshIntervalMs()),
                settings.integer("group.consumer.max.size", d.maxSize()),
                consumerAssignors(d.assignors()),
                migrationPolicy(d.migrationPolicy()),
                new ConsumerGroupConfig.Limits(
                        bounds("consumer", "session.timeout.ms", limits.sessionTimeoutMs()),
                        bounds("consumer", "heartbeat.interval.ms", limits.heartbeatIntervalMs()),
                        bounds(
                                "consumer",
                                "assignment.interval.ms",
                                limits.assignmentIntervalMs())));
    }

    private StreamsGroupConfig streams(StreamsGroupConfig d) {
        return new StreamsGroupConfig(
                list(PROTOCOLS, ALL_PROTOCOLS).contains("streams"),
                settings.integer("group.streams.session.timeout.ms", d.sessionTimeoutMs()),
                settings.integer("group.streams.heartbeat.interval.ms", d.heartbeatIntervalMs()),
                settings.integer(
                        "group.streams.initial.rebalance.delay.ms", d.initialRebalanceDelayMs()),
                settings.integer("group.streams.assignment.interval.ms", d.assignmentIntervalMs()),
                settings.integer("group.streams.task.offset.interval.ms", d.taskOffsetIntervalMs()),
                settings.integer("group.streams.num.standby.replicas", d.numStandbyReplicas()),
                settings.integer("group.streams.num.warmup.replicas", d.numWarmupReplicas()),
                settings.number("group.streams.acceptable.recovery.lag", d.acceptableRecoveryLag()),
                list("group.streams.rack.aware.assignment.tags", d.rackAwareAssignmentTags()),
                list("group.streams.assignors", List.of(d.assignor())).stream()
                        .findFirst()
                        .orElse(d.assignor()),
                settings.integer("group.streams.max.size", d.maxSize()),
                streamsLimits(d.limits()));
    }

    private StreamsGroupConfig.Limits streamsLimits(StreamsGroupConfig.Limits d) {
        return new StreamsGroupConfig.Limits(
                bounds("streams", "session.timeout.ms", d.sessionTimeoutMs()),
                bounds("streams", "heartbeat.interval.ms", d.heartbeatIntervalMs()),
                bounds("streams", "assignment.interval.ms", d.assignmentIntervalMs()),
                bounds("streams", "task.offset.interval.ms", d.taskOffsetIntervalMs()),
                bounds("streams", "standby.replicas", d.numStandbyReplicas()),
                bounds("streams", "warmup.replicas", d.numWarmupReplicas()));
    }

    private Bounds bounds(String kind, String what, Bounds otherwise) {
        return new Bounds(
                settings.integer("group." + kind + ".min." + what, otherwise.min()),
                settings.integer("group." + kind + ".max." + what, otherwise.max()));
    }

    /// Kafka takes names of its own assignors, or classes; of classes we have Kafka's two.
    private List<String> consumerAssignors(List<String> otherwise) {
        var names = new ArrayList<String>();
        for (String text : list(CONSUMER_ASSIGNORS, otherwise)) {
            names.add(
                    switch (text) {
                        case "uniform",
                                "org.apache.kafka.coordinator.group.assignor.UniformAssignor" ->
                                "uniform";
                        case "range", "org.apache.kafka.coordinator.group.assignor.RangeAssignor" ->
                                "range";
                        default ->
                                throw new ConfigException(
                                        CONSUMER_ASSIGNORS,
                                        text,
                                        "there are 'uniform' and 'range'; classes cannot be added");
                    });
        }
        return List.copyOf(names);
    }

    private MigrationPolicy migrationPolicy(MigrationPolicy otherwise) {
        @Nullable String text = settings.file().get(MIGRATION_POLICY);
        try {
            return text == null ? otherwise : MigrationPolicy.parse(text);
        } catch (IllegalArgumentException _) {
            throw new ConfigException(
                    MIGRATION_POLICY,
                    text,
                    "must be bidirectional, upgrade, downgrade or disabled");
        }
    }

    private List<String> list(String key, List<String> otherwise) {
        @Nullable String text = settings.file().get(key);
        if (text == null) {
            return otherwise;
        }
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }
}
