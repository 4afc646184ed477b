package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.metadata.ConfigsImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a group's own settings do, and that the defaults are Kafka's.
final class GroupConfigTest {
    private static final ConsumerGroupConfig CONSUMER = ConsumerGroupConfig.DEFAULTS;
    private static final StreamsGroupConfig STREAMS = StreamsGroupConfig.DEFAULTS;

    private static final int BROKER = 3;

    private static TestMetadata set(
            TestMetadata metadata,
            ConfigResource.Type type,
            String name,
            String key,
            String value) {
        return metadata.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(type.id())
                                .setResourceName(name)
                                .setName(key)
                                .setValue(value),
                        0));
    }

    private static ConfigsImage with(String group, String key, String value) {
        return set(TestMetadata.withBrokers(), ConfigResource.Type.GROUP, group, key, value)
                .image()
                .configs();
    }

    private static ConsumerGroupConfig consumer(ConfigsImage configs) {
        return CONSUMER.forGroup(GroupOverlay.of("g", configs, BROKER));
    }

    private static StreamsGroupConfig streams(ConfigsImage configs) {
        return STREAMS.forGroup(GroupOverlay.of("g", configs, BROKER));
    }

    @Test
    void aGroupWithoutSettingsHasTheBrokers() {
        assertSame(CONSUMER, consumer(MetadataImage.EMPTY.configs()));
        assertSame(CONSUMER, consumer(with("other", "consumer.session.timeout.ms", "50000")));
        assertSame(STREAMS, streams(MetadataImage.EMPTY.configs()));
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    consumer.session.timeout.ms,     50000,  50000
                    consumer.session.timeout.ms,     1,      45000
                    consumer.session.timeout.ms,     99999,  60000
                    consumer.session.timeout.ms,     long,   45000
                    consumer.heartbeat.interval.ms,  6000,   6000
                    consumer.heartbeat.interval.ms,  99999,  15000
                    consumer.assignment.interval.ms, 0,      0
                    """)
    void aGroupsOwnSettingIsKeptWithinTheBrokersBounds(String key, String set, int want) {
        var config = consumer(with("g", key, set));
        Map<String, Integer> values =
                Map.of(
                        "consumer.session.timeout.ms", config.sessionTimeoutMs(),
                        "consumer.heartbeat.interval.ms", config.heartbeatIntervalMs(),
                        "consumer.assignment.interval.ms", config.assignmentIntervalMs());
        assertEquals(want, values.get(key));
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    streams.session.timeout.ms,         50000,  50000
                    streams.heartbeat.interval.ms,      1,      5000
                    streams.initial.rebalance.delay.ms, 0,      0
                    streams.assignment.interval.ms,     99999,  15000
                    streams.task.offset.interval.ms,    1,      15000
                    streams.num.standby.replicas,       9,      2
                    streams.num.warmup.replicas,        99,     20
                    streams.acceptable.recovery.lag,    5,      5
                    """)
    void aStreamsGroupsToo(String key, String set, long want) {
        var config = streams(with("g", key, set));
        Map<String, Long> values =
                Map.of(
                        "streams.session.timeout.ms", (long) config.sessionTimeoutMs(),
                        "streams.heartbeat.interval.ms", (long) config.heartbeatIntervalMs(),
                        "streams.initial.rebalance.delay.ms",
                                (long) config.initialRebalanceDelayMs(),
                        "streams.assignment.interval.ms", (long) config.assignmentIntervalMs(),
                        "streams.task.offset.interval.ms", (long) config.taskOffsetIntervalMs(),
                        "streams.num.standby.replicas", (long) config.numStandbyReplicas(),
                        "streams.num.warmup.replicas", (long) config.numWarmupReplicas(),
                        "streams.acceptable.recovery.lag", config.acceptableRecoveryLag());
        assertEquals(want, values.get(key));
    }

    /// What is set on the broker at run time comes after the group's own, and this broker's before that of all.
    @Test
    void brokersMayBeToldAtRunTime() {
        var metadata = TestMetadata.withBrokers();
        for (String kind : List.of("consumer", "streams")) {
            String key = kind + ".assignment.interval.ms";
            set(metadata, ConfigResource.Type.BROKER, "", "group." + key, "1100");
            assertEquals(1100, assignmentIntervalMs(kind, metadata));
            set(metadata, ConfigResource.Type.BROKER, "7", "group." + key, "1200");
            assertEquals(1100, assignmentIntervalMs(kind, metadata), "another broker's");
            set(metadata, ConfigResource.Type.BROKER, "" + BROKER, "group." + key, "99999");
            assertEquals(15_000, assignmentIntervalMs(kind, metadata), "the most that is allowed");
            set(metadata, ConfigResource.Type.GROUP, "g", key, "1400");
            assertEquals(1400, assignmentIntervalMs(kind, metadata));
        }
    }

    private static int assignmentIntervalMs(String kind, TestMetadata metadata) {
        ConfigsImage configs = metadata.image().configs();
        return kind.equals("consumer")
                ? consumer(configs).assignmentIntervalMs()
                : streams(configs).assignmentIntervalMs();
    }

    @Test
    void tagsAndTheAssignorAreTaken() {
        assertEquals(
                List.of("zone", "cluster"),
                streams(with("g", "streams.rack.aware.assignment.tags", "zone, cluster"))
                        .rackAwareAssignmentTags());
        assertEquals("other", streams(with("g", "streams.assignor.name", "other")).assignor());
    }

    @Test
    void theDefaultsAreKafkas() {
        var kafka =
                new GroupCoordinatorConfig(
                        new AbstractConfig(
                                AbstractKafkaConfig.CONFIG_DEF,
                                Map.of(
                                        "process.roles", "broker",
                                        "node.id", "1",
                                        "controller.listener.names", "C"),
                                false));
        assertEquals(consumerOf(kafka), CONSUMER);
        assertEquals(streamsOf(kafka), STREAMS);
    }

    private static ConsumerGroupConfig consumerOf(GroupCoordinatorConfig kafka) {
        return new ConsumerGroupConfig(
                true,
                kafka.consumerGroupSessionTimeoutMs(),
                kafka.consumerGroupHeartbeatIntervalMs(),
                kafka.consumerGroupAssignmentIntervalMs(),
                kafka.consumerGroupRegexRefreshIntervalMs(),
                kafka.consumerGroupMaxSize(),
                kafka.consumerGroupAssignors().stream().map(each -> each.name()).toList(),
                MigrationPolicy.parse(kafka.consumerGroupMigrationPolicy().toString()),
                new ConsumerGroupConfig.Limits(
                        new Bounds(
                                kafka.consumerGroupMinSessionTimeoutMs(),
                                kafka.consumerGroupMaxSessionTimeoutMs()),
                        new Bounds(
                                kafka.consumerGroupMinHeartbeatIntervalMs(),
                                kafka.consumerGroupMaxHeartbeatIntervalMs()),
                        new Bounds(
                                kafka.consumerGroupMinAssignmentIntervalMs(),
                                kafka.consumerGroupMaxAssignmentIntervalMs())));
    }

    private static StreamsGroupConfig streamsOf(GroupCoordinatorConfig kafka) {
        return new StreamsGroupConfig(
                true,
                kafka.streamsGroupSessionTimeoutMs(),
                kafka.streamsGroupHeartbeatIntervalMs(),
                kafka.streamsGroupInitialRebalanceDelayMs(),
                kafka.streamsGroupAssignmentIntervalMs(),
                kafka.streamsGroupTaskOffsetIntervalMs(),
                kafka.streamsGroupNumStandbyReplicas(),
                kafka.streamsGroupNumWarmupReplicas(),
                kafka.streamsGroupAcceptableRecoveryLag(),
                kafka.streamsGroupRackAwareAssignmentTags(),
                kafka.streamsGroupAssignorNames().getFirst(),
                kafka.streamsGroupMaxSize(),
                new StreamsGroupConfig.Limits(
                        new Bounds(
                                kafka.streamsGroupMinSessionTimeoutMs(),
                                kafka.streamsGroupMaxSessionTimeoutMs()),
                        new Bounds(
                                kafka.streamsGroupMinHeartbeatIntervalMs(),
                                kafka.streamsGroupMaxHeartbeatIntervalMs()),
                        new Bounds(
                                kafka.streamsGroupMinAssignmentIntervalMs(),
                                kafka.streamsGroupMaxAssignmentIntervalMs()),
                        new Bounds(kafka.streamsGroupMinTaskOffsetIntervalMs(), Integer.MAX_VALUE),
                        new Bounds(0, kafka.streamsGroupMaxNumStandbyReplicas()),
                        new Bounds(0, kafka.streamsGroupMaxWarmupReplicas())));
    }

    @ParameterizedTest
    @CsvSource({
        "bidirectional, true, true",
        "Upgrade, true, false",
        "DOWNGRADE, false, true",
        "disabled, false, false"
    })
    void aPolicyIsReadInAnyCase(String text, boolean upgrade, boolean downgrade) {
        MigrationPolicy policy = MigrationPolicy.parse(text);
        assertEquals(upgrade, policy.upgrade());
        assertEquals(downgrade, policy.downgrade());
    }

    @Test
    void anUnknownPolicyIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> MigrationPolicy.parse("both"));
    }
}
