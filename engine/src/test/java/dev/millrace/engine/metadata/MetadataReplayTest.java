package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.IncrementalAlterConfigsHandler;
import dev.millrace.engine.quorum.QuorumListener.CommittedBatch;
import dev.millrace.engine.testing.Contexts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.metadata.AccessControlEntryRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// M7: a snapshot is the replay of the log, byte for byte what Kafka's own serializer reads back, after any decisions.
final class MetadataReplayTest {
    private static final int STEPS = 120;
    private static final ClusterDefaults DEFAULTS =
            ClusterDefaults.of(1, java.util.Map.of("num.partitions", "2"));

    static List<Long> seeds() {
        return Random.from(new Random(20260101)).longs(1_000).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void snapshotIsReplay(long seed) {
        var random = new Random(seed);
        var test = TestMetadata.withBrokers(1, 2, 3, 4);
        test.metadata.listen(MetadataReplayTest::checkStep);
        for (int step = 0; step < STEPS; step++) {
            decide(test, random);
        }
        MetadataImage image = test.image();
        assertEquals(image, replayLog(test.quorum.log()), "replay(0..offset)");
        assertEquals(image, replay(ImageRecords.of(image), image), "snapshot(offset)");
        assertEquals(
                ImageRecords.of(image),
                ImageRecords.of(replay(ImageRecords.of(image), image)),
                "a snapshot of a snapshot is the same");
    }

    private static MetadataImage replayLog(List<CommittedBatch> log) {
        var metadata = new Metadata(ManualTime.turn());
        log.forEach(batch -> metadata.apply(List.of(batch)));
        return metadata.image();
    }

    private static MetadataImage replay(List<ApiMessageAndVersion> records, MetadataImage at) {
        MetadataImage image = MetadataImage.EMPTY;
        for (ApiMessageAndVersion record : records) {
            image = image.replay(overTheWire(record).message(), at.offset(), at.epoch());
        }
        return image;
    }

    private static ApiMessageAndVersion overTheWire(ApiMessageAndVersion record) {
        var cache = new ObjectSerializationCache();
        int size = MetadataRecordSerde.INSTANCE.recordSize(record, cache);
        var bytes = new ByteBufferAccessor(java.nio.ByteBuffer.allocate(size));
        MetadataRecordSerde.INSTANCE.write(record, cache, bytes);
        bytes.flip();
        return MetadataRecordSerde.INSTANCE.read(bytes, size);
    }

    /// What a step says of itself, and R1 and R2 of every partition.
    private static void checkStep(MetadataChange change) {
        MetadataImage before = change.before();
        MetadataImage after = change.after();
        checkWhereToLook(change);
        for (TopicImage topic : after.topics().inNameOrder()) {
            TopicImage old = before.topics().byId(topic.id());
            for (int i = 0; i < topic.partitions().size(); i++) {
                PartitionImage now = topic.partitions().get(i);
                assertTrue(now.replicas().containsAll(now.isr()), "R2 ISR within replicas");
                assertTrue(
                        !now.hasLeader() || now.isr().contains(now.leader()), "R2 leader in ISR");
                assertEquals(now.replicas().size(), now.directories().size());
                checkEligible(after, topic, now);
                if (old != null && i < old.partitions().size()) {
                    checkEpochs(old.partitions().get(i), now);
                }
            }
        }
    }

    /// R3, and: whoever leads is alive and has the directory that the replica is in.
    private static void checkEligible(MetadataImage image, TopicImage topic, PartitionImage now) {
        assertTrue(Collections.disjoint(now.isr(), now.eligibleLeaders()), "R3 ELR outside ISR");
        assertTrue(
                now.eligibleLeaders().isEmpty()
                        || now.isr().size() < TopicRules.minInSync(image, topic),
                "R3 no ELR beside an ISR that is large enough");
        assertTrue(now.replicas().containsAll(now.eligibleLeaders()), "R3 ELR within replicas");
        assertTrue(now.hasLeader() || now.isr().isEmpty(), "who is in sync is led");
        for (int member : now.isr()) {
            BrokerImage broker = image.cluster().broker(member);
            assertTrue(broker != null && broker.active(), "R2 in sync is who is alive");
            Uuid directory = now.directories().get(now.replicas().indexOf(member));
            assertTrue(Directories.online(broker, directory), "and has its directory");
        }
    }

    /// Whoever looks only where the step says misses nothing.
    private static void checkWhereToLook(MetadataChange change) {
        TopicsImage before = change.before().topics();
        TopicsImage after = change.after().topics();
        var changed = new HashSet<>(change.changedTopics());
        for (TopicImage topic : after.inNameOrder()) {
            assertTrue(
                    topic.equals(before.byId(topic.id())) || changed.contains(topic),
                    () -> topic.name() + " has changed");
        }
        var gone = new HashSet<>(before.inNameOrder());
        gone.removeIf(topic -> after.byId(topic.id()) != null);
        assertEquals(gone, new HashSet<>(change.deletedTopics()));
        for (ConfigResource resource : settings(change)) {
            assertTrue(
                    changed.stream().anyMatch(topic -> topic.name().equals(resource.name())),
                    () -> resource + " has changed");
        }
    }

    /// Topics that exist and whose settings are other ones than before.
    private static List<ConfigResource> settings(MetadataChange change) {
        var changed = new ArrayList<ConfigResource>();
        for (TopicImage topic : change.after().topics().inNameOrder()) {
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
            if (!change.before()
                    .configs()
                    .of(resource)
                    .equals(change.after().configs().of(resource))) {
                changed.add(resource);
            }
        }
        return changed;
    }

    private static void checkEpochs(PartitionImage before, PartitionImage now) {
        if (!before.equals(now)) {
            assertTrue(now.partitionEpoch() > before.partitionEpoch(), "R1 partition epoch rises");
        }
        assertTrue(now.leaderEpoch() >= before.leaderEpoch(), "R1 leader epoch never falls");
        if (now.leader() != before.leader()) {
            assertTrue(now.leaderEpoch() > before.leaderEpoch(), "R1 a new leader has a new epoch");
        }
    }

    private static void decide(TestMetadata test, Random random) {
        String name = "t" + random.nextInt(8) + (random.nextBoolean() ? ".x" : "_x");
        int id = 1 + random.nextInt(4);
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> create(test, random, name);
            case 3 -> {
                TopicImage topic = test.image().topics().byName(name);
                if (topic != null) {
                    test.removeTopic(topic.id());
                }
            }
            case 4 -> grow(test, random, name);
            case 5 -> configure(test, random, name);
            case 6 -> register(test, random);
            case 7 -> elect(test, random, name);
            case 8, 9, 10 -> alterIsr(test, random, name);
            case 11 -> BrokerSteps.fence(test, id);
            case 12, 13 -> BrokerSteps.heartbeat(test, random, id);
            case 14 -> BrokerSteps.restart(test, random, id);
            default -> move(test, random, name);
        }
        if (random.nextInt(8) == 0) {
            BrokerSteps.elections(test, random, DEFAULTS);
        }
    }

    private static void create(TestMetadata test, Random random, String name) {
        var topic =
                new CreateTopicsRequestData.CreatableTopic()
                        .setName(name)
                        .setNumPartitions(random.nextInt(-1, 5))
                        .setReplicationFactor((short) random.nextInt(-1, 5));
        var request = new CreateTopicsRequestData();
        request.topics().add(topic);
        long id = random.nextLong();
        test.controller.submit(image ->
                TopicDecisions.create(image, DEFAULTS, () -> new Uuid(id, 1), request.duplicate()));
    }

    private static void grow(TestMetadata test, Random random, String name) {
        var request =
                new CreatePartitionsTopic()
                        .setName(name)
                        .setCount(random.nextInt(10))
                        .setAssignments(null);
        test.controller.submit(image -> new Decision<>(PartitionDecisions.add(image, request), 0));
    }

    /// Settings of that topic, which may not be there, of others, and of all brokers, in one request.
    private static void configure(TestMetadata test, Random random, String name) {
        var names = new TreeSet<>(Set.of(name));
        for (TopicImage topic : test.image().topics().inNameOrder()) {
            if (random.nextBoolean()) {
                names.add(topic.name());
            }
        }
        var request = new IncrementalAlterConfigsRequestData();
        if (random.nextBoolean()) {
            request.resources().add(changed(ConfigResource.Type.BROKER, "", random));
        }
        for (String topic : names) {
            request.resources().add(changed(ConfigResource.Type.TOPIC, topic, random));
        }
        new IncrementalAlterConfigsHandler(test.controller, DEFAULTS)
                .handle(Contexts.of(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1), request);
    }

    private static AlterConfigsResource changed(
            ConfigResource.Type type, String name, Random random) {
        String key =
                type == ConfigResource.Type.BROKER || random.nextBoolean()
                        ? "min.insync.replicas"
                        : "retention.ms";
        boolean set = random.nextInt(3) > 0;
        var config =
                new AlterableConfig()
                        .setName(key)
                        .setConfigOperation((set ? OpType.SET : OpType.DELETE).id())
                        .setValue(set ? 1 + random.nextInt(3) + " " : null);
        var resource = new AlterConfigsResource().setResourceType(type.id()).setResourceName(name);
        resource.configs().add(config);
        return resource;
    }

    private static void register(TestMetadata test, Random random) {
        int id = 1 + random.nextInt(4);
        var registration =
                new BrokerDecisions.Registration(
                        id,
                        new Uuid(3, random.nextLong()),
                        List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "", 9092)),
                        random.nextBoolean() ? null : "rack",
                        List.of(new Uuid(8, id)));
        test.controller.submit(image ->
                switch (random.nextInt(8)) {
                    case 0, 1 ->
                            BrokerDecisions.registerController(
                                    image, registration, SupportedFeatures.RANGES);
                    case 2 ->
                            image.cluster().broker(id) == null
                                    ? Decision.answer(false)
                                    : BrokerDecisions.unregister(image, id);
                    case 3 -> done(BrokerDecisions.registerAsLeft(image, registration));
                    default -> done(BrokerDecisions.register(image, registration));
                });
        test.controller.submit(image ->
                image.cluster().broker(1) == null ? Decision.answer(0L) : allocateIds(image));
    }

    private static Decision<Boolean> done(Decision<Long> registered) {
        return new Decision<>(registered.records(), true);
    }

    private static Decision<Long> allocateIds(MetadataImage image) {
        long epoch = java.util.Objects.requireNonNull(image.cluster().broker(1)).epoch();
        return new Decision<>(ProducerIdDecisions.allocate(image, 1, epoch).records(), epoch);
    }

    private static void elect(TestMetadata test, Random random, String name) {
        var type = random.nextBoolean() ? ElectionType.PREFERRED : ElectionType.UNCLEAN;
        test.controller.submit(image -> {
            var records = new ArrayList<ApiMessageAndVersion>();
            var error = PartitionDecisions.elect(image, name, random.nextInt(4), type, records);
            return new Decision<>(records, error);
        });
    }

    /// What a leader asks for, rightly or not: some of the replicas, in the epochs that it knows.
    private static void alterIsr(TestMetadata test, Random random, String name) {
        TopicImage topic = test.image().topics().byName(name);
        if (topic == null) {
            return;
        }
        int index = random.nextInt(topic.partitions().size());
        PartitionImage now = topic.partitions().get(index);
        var isr = new ArrayList<>(now.replicas());
        isr.removeIf(id -> id != now.leader() && random.nextInt(3) == 0);
        var asked =
                new AlterPartitionRequestData.PartitionData()
                        .setPartitionIndex(index)
                        .setLeaderEpoch(now.leaderEpoch() - random.nextInt(8) / 7)
                        .setPartitionEpoch(now.partitionEpoch() - random.nextInt(8) / 7)
                        .setNewIsr(isr)
                        .setLeaderRecoveryState((byte) (random.nextInt(6) / 5));
        var topicData =
                new AlterPartitionRequestData.TopicData()
                        .setTopicId(topic.id())
                        .setPartitions(List.of(asked));
        BrokerImage broker = test.image().cluster().broker(now.leader());
        if (broker != null) {
            var request =
                    new AlterPartitionRequestData()
                            .setBrokerId(broker.id())
                            .setBrokerEpoch(broker.epoch())
                            .setTopics(List.of(topicData));
            test.controller.submit(image -> InSyncDecisions.alter(image, request));
        }
    }

    private static void move(TestMetadata test, Random random, String name) {
        var target = new ReassignablePartition().setPartitionIndex(random.nextInt(4));
        if (random.nextInt(3) > 0) {
            var replicas = new ArrayList<>(List.of(1, 2, 3, 4));
            java.util.Collections.shuffle(replicas, random);
            target.setReplicas(List.copyOf(replicas.subList(0, 1 + random.nextInt(3))));
        }
        test.controller.submit(image -> {
            var records = new ArrayList<ApiMessageAndVersion>();
            var error = ReassignmentDecisions.alter(image, name, target, true, records);
            return new Decision<>(records, error);
        });
    }

    @Test
    void aRecordOfALaterVersionStopsWithASentence() {
        var thrown =
                assertThrows(
                        UnreadableMetadata.class,
                        () -> MetadataImage.EMPTY.replay(new AccessControlEntryRecord(), 0, 1));
        assertEquals(
                "The metadata log holds a AccessControlEntryRecord, which this version of Millrace does not serve yet.",
                thrown.getMessage());
    }

    @Test
    void aListenerWithAnUnknownSecurityProtocolStopsWithASentence() {
        var broker = new RegisterBrokerRecord().setBrokerId(1);
        broker.endPoints()
                .add(
                        new RegisterBrokerRecord.BrokerEndpoint()
                                .setName("ODD")
                                .setHost("a")
                                .setPort(9092)
                                .setSecurityProtocol((short) 99));
        var thrown =
                assertThrows(
                        UnreadableMetadata.class, () -> MetadataImage.EMPTY.replay(broker, 0, 1));
        assertEquals(
                "The metadata log holds a listener ODD with security protocol 99, which this version of Millrace does not know.",
                thrown.getMessage());
    }

    @Test
    void aRecordThatContradictsTheImageStopsWithASentence() {
        var thrown =
                assertThrows(
                        UnreadableMetadata.class,
                        () ->
                                MetadataImage.EMPTY.replay(
                                        new PartitionRecord().setTopicId(new Uuid(1, 2)), 0, 1));
        assertTrue(
                String.valueOf(thrown.getMessage())
                        .startsWith("The metadata log contradicts itself: no topic has id"));
    }
}
