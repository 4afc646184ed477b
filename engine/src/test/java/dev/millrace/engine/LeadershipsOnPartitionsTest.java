package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.api.FindCoordinatorHandler;
import dev.millrace.engine.api.NodeIdentity;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.coordinator.CoordinatorLog;
import dev.millrace.engine.coordinator.CoordinatorLog.Append;
import dev.millrace.engine.coordinator.CoordinatorLog.LeadershipOver;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.metadata.ImageRecords;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.ManualEnv;
import dev.millrace.engine.testing.TestReplicas;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Broker 1 of two, which leads partitions of `__consumer_offsets` for a time: real partitions, real metadata.
class LeadershipsOnPartitionsTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final int NOBODY = -1;

    private final ManualEnv env = new ManualEnv(NOW, 1);
    private final TestMetadata metadata = TestMetadata.withBrokers(1, 2);
    private final List<String> asked = new ArrayList<>();
    private Replicas replicas;
    private Groups groups;

    @BeforeEach
    void start() throws IOException {
        replicas = TestReplicas.onAnEmptyDisk(env);
        var settings =
                new NodeSettings(
                        "cluster",
                        1,
                        true,
                        false,
                        Map.of("offsets.topic.num.partitions", "7"),
                        List.of(),
                        null,
                        "CONTROLLER",
                        new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 1),
                        Map.of());
        var onPartitions = new GroupsOnPartitions(settings, env, replicas, metadata::image);
        groups = onPartitions.groups();
        metadata.metadata.listen(replicas::onChange);
        metadata.metadata.listen(onPartitions::onChange);
    }

    private TopicImage topic() {
        return Objects.requireNonNull(metadata.image().topics().byName(Groups.TOPIC));
    }

    /// Alone in sync, so that it waits for nobody.
    private void lead(int broker) {
        var change =
                new PartitionChangeRecord()
                        .setTopicId(topic().id())
                        .setPartitionId(0)
                        .setLeader(broker);
        if (broker != NOBODY) {
            change.setIsr(List.of(broker));
        }
        metadata.write(TestMetadata.versioned(change, 0));
    }

    private CoordinatorLog log() {
        Partition partition = Objects.requireNonNull(replicas.byName(Groups.TOPIC, 0).partition());
        return new PartitionCoordinatorLog(
                partition, topic().partitions().getFirst().leaderEpoch());
    }

    private Errors asGroup() {
        return Errors.forCode(
                groups.delete("nobody").toCompletableFuture().getNow(null).errorCode());
    }

    @Test
    void groupsAreHereWhileTheirPartitionIs() {
        assertEquals(Errors.NOT_COORDINATOR, asGroup());
        metadata.topic(Groups.TOPIC, 1, 2, 1);
        assertEquals(Errors.NOT_COORDINATOR, asGroup());
        lead(1);
        assertEquals(Errors.GROUP_ID_NOT_FOUND, asGroup());
        lead(2);
        assertEquals(Errors.NOT_COORDINATOR, asGroup());
        lead(1);
        assertEquals(Errors.GROUP_ID_NOT_FOUND, asGroup());
        lead(NOBODY);
        assertEquals(Errors.NOT_COORDINATOR, asGroup());
    }

    /// Epochs of the new topic begin at 0 again.
    @Test
    void aTopicThatIsMadeAgainIsLedAnew() {
        metadata.topic(Groups.TOPIC, 1, 1, 2);
        lead(2);
        lead(1);
        TopicImage old = topic();
        var id = new Uuid(9, 9_999);
        var version = metadata.image().features().metadataVersion();
        TopicImage like = metadata.topic("like-it", 1, 1);
        metadata.write(
                TestMetadata.versioned(new RemoveTopicRecord().setTopicId(old.id()), 0),
                TestMetadata.versioned(new TopicRecord().setName(Groups.TOPIC).setTopicId(id), 0),
                TestMetadata.versioned(
                        ImageRecords.partition(id, 0, like.partitions().getFirst(), version),
                        version.partitionRecordVersion()));
        assertEquals(0, topic().partitions().getFirst().leaderEpoch());
        assertEquals(Errors.GROUP_ID_NOT_FOUND, asGroup());
        assertEquals(0, log().end());
        assertEquals(
                Errors.NONE,
                groups.completeTransaction(0, new TransactionMarker(1, (short) 0, 0, true, 1))
                        .toCompletableFuture()
                        .getNow(null));
        assertEquals(1, log().end(), "it is written to the new one");
    }

    // ---- a leadership that is over

    @Test
    void anOldLeadershipAppendsCommitsAndReadsNothing() throws IOException {
        metadata.topic(Groups.TOPIC, 1, 1, 2);
        lead(1);
        CoordinatorLog old = log();
        assertInstanceOf(Append.Written.class, old.append(Batches.plain().of(NOW, "a")));
        assertEquals(Errors.NONE, old.committed(1).toCompletableFuture().getNow(null));
        assertEquals(1, count(old));

        lead(2);
        isOver(old, Errors.NOT_LEADER_OR_FOLLOWER);
        lead(1);
        isOver(old, Errors.FENCED_LEADER_EPOCH);
        assertEquals(1, count(log()), "which the present one does");
        assertInstanceOf(Append.Written.class, log().append(Batches.plain().of(NOW, "c")));
    }

    private static int count(CoordinatorLog log) throws IOException {
        int count = 0;
        for (var _ : log.read(0, 1 << 20).records()) {
            count++;
        }
        return count;
    }

    private static void isOver(CoordinatorLog old, Errors error) {
        assertEquals(new Append.Refused(error), old.append(Batches.plain().of(NOW, "b")));
        assertEquals(
                new Append.Refused(error),
                old.append(new TransactionMarker(1, (short) 0, 0, true, 1)));
        assertEquals(error, old.committed(1).toCompletableFuture().getNow(null));
        assertThrows(LeadershipOver.class, () -> old.read(0, 1 << 20));
    }

    // ---- who coordinates

    private Coordinator find(String group) {
        var handler =
                new FindCoordinatorHandler(
                        groups,
                        new Transactions(
                                env,
                                TransactionSettings.of(
                                        new NodeSettings(
                                                "cluster",
                                                1,
                                                true,
                                                false,
                                                Map.of(),
                                                List.of(),
                                                null,
                                                "CONTROLLER",
                                                new Endpoint(
                                                        "CONTROLLER",
                                                        SecurityProtocol.PLAINTEXT,
                                                        "localhost",
                                                        1),
                                                Map.of())),
                                () -> 0,
                                () -> TransactionVersion.TV_2,
                                () -> CompletableFuture.completedFuture(1L),
                                (_, _, _) -> {}),
                        metadata::image,
                        new NodeIdentity("cluster", 1),
                        asked::add);
        var context = Contexts.of(ApiKeys.FIND_COORDINATOR, 4);
        var request =
                new FindCoordinatorRequestData()
                        .setKeyType((byte) 0)
                        .setCoordinatorKeys(List.of(group));
        return switch (handler.handle(context, request)) {
            case Outcome.Reply<?>(var response) ->
                    ((FindCoordinatorResponseData) response).coordinators().getFirst();
            case Outcome<?> other -> throw new AssertionError("no reply: " + other);
        };
    }

    private String found(String group) {
        Coordinator found = find(group);
        return Errors.forCode(found.errorCode()) + " " + found.nodeId() + " " + found.port();
    }

    @Test
    void anyBrokerNamesTheCoordinator() {
        assertEquals("COORDINATOR_NOT_AVAILABLE -1 -1", found("g"));
        assertEquals(List.of(Groups.TOPIC), asked, "it is made");
        metadata.topic(Groups.TOPIC, 1, 2, 1);
        assertEquals("NONE 2 9093", found("g"));
        lead(1);
        assertEquals("NONE 1 9092", found("g"));
        lead(NOBODY);
        assertEquals("COORDINATOR_NOT_AVAILABLE -1 -1", found("g"));
        lead(2);
        metadata.broker(2, true);
        assertEquals("COORDINATOR_NOT_AVAILABLE -1 -1", found("g"));
        assertEquals(1, asked.size());
    }

    /// What the topic has counts, not what this broker would have given it.
    @Test
    void theTopicSaysHowManyPartitionsThereAre() {
        assertEquals(97 % 7, groups.partitionFor("a"));
        metadata.topic(Groups.TOPIC, 3, 1);
        assertEquals(97 % 3, groups.partitionFor("a"));
    }
}
