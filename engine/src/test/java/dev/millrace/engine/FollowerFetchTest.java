package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.FetchHandler;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.replica.FetchSessions;
import dev.millrace.engine.replica.FollowerAppends;
import dev.millrace.engine.replica.InSyncProposal;
import dev.millrace.engine.replica.LogDirectories;
import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.PreferredReplicas;
import dev.millrace.engine.replica.ReplicaSelector;
import dev.millrace.engine.replica.ReplicaThrottle;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.replica.Replication;
import dev.millrace.engine.replica.TopicSettings;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import dev.millrace.engine.testing.Replies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Fetches as broker 1 answers them: topic `led` it leads, in `followed` it follows broker 2. Brokers 1, 2 and 3 stand in racks a, b and c.
final class FollowerFetchTest {
    private static final int BEFORE_FOLLOWERS_SERVE = 10;
    private static final int NOW = 18;
    private static final int WAIT_MS = 500;

    /// Everybody has heard of what was changed last.
    private static final int LATER_MS = 2_000;

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final TestMetadata metadata = new TestMetadata(true);
    private Replicas replicas;
    private FetchHandler handler;
    private Uuid led;
    private Uuid followed;

    private final List<List<Integer>> proposed = new ArrayList<>();

    private final class NoReplication implements Replication {
        @Override
        public void follow(Partition partition, int leaderId, int leaderEpoch, boolean inSync) {}

        @Override
        public void forget(Partition partition) {}

        @Override
        public void propose(InSyncProposal proposal) {
            proposed.add(proposal.members().stream().map(InSyncProposal.Member::brokerId).toList());
        }

        @Override
        public void lies(Uuid topicId, int partition, Uuid directory) {}

        @Override
        public long lagMs() {
            return 10_000;
        }
    }

    @BeforeEach
    void start() throws IOException {
        var directory = new LogDirectory(new Uuid(8, 1), "/data", new HeapStorage());
        replicas =
                new Replicas(
                        1,
                        env,
                        new LogDirectories(List.of(directory), 0, env),
                        (_, _) -> new TopicSettings(LogSettings.DEFAULTS, 1),
                        new NoReplication(),
                        ReplicaThrottle.none(env));
        metadata.metadata.listen(replicas::onChange);
        metadata.broker(1, false, "a").broker(2, false, "b").broker(3, false, "c");
        led = metadata.topic("led", 3, 1, 2, 3).id();
        followed = metadata.topic("followed", 1, 2, 1, 3).id();
        handler =
                new FetchHandler(
                        replicas,
                        new FetchSessions(10, true, env),
                        new PreferredReplicas(ReplicaSelector.RACK_AWARE, 1, metadata::image),
                        ReplicaThrottle.ofLeader(
                                ClusterDefaults.of(1, Map.of()), metadata::image, env),
                        env.clock(),
                        env.timers(),
                        1 << 20);
    }

    private void append(int partition, String value) {
        Objects.requireNonNull(replicas.byId(led, partition).partition())
                .append(Batches.plain().of(env.clock().wallMs(), value), false, Origin.CLIENT);
    }

    private static FetchRequestData request(Uuid topic, String name, FetchPartition... wanted) {
        return new FetchRequestData()
                .setMaxBytes(1 << 20)
                .setMinBytes(1)
                .setMaxWaitMs(WAIT_MS)
                .setSessionEpoch(-1)
                .setTopics(
                        List.of(
                                new FetchTopic()
                                        .setTopicId(topic)
                                        .setTopic(name)
                                        .setPartitions(List.of(wanted))));
    }

    private static FetchPartition at(int partition, long offset) {
        return new FetchPartition()
                .setPartition(partition)
                .setFetchOffset(offset)
                .setPartitionMaxBytes(1 << 20);
    }

    private Outcome<FetchResponseData> ask(int version, FetchRequestData request) {
        return handler.handle(Contexts.of(ApiKeys.FETCH, version), request);
    }

    private static List<PartitionData> told(FetchResponseData response) {
        return response.responses().stream().flatMap(t -> t.partitions().stream()).toList();
    }

    /// What a consumer of that rack is told of partition 0 of `led`, which holds one record.
    private PartitionData fromRack(String rack, long offset) {
        return told(Replies.of(timeUp(ask(NOW, request(led, "", at(0, offset)).setRackId(rack)))))
                .getFirst();
    }

    /// A follower says that it holds everything below that offset of partition 0.
    private Outcome<FetchResponseData> follows(int broker, long offset) {
        return ask(
                NOW,
                request(led, "", at(0, offset).setLogStartOffset(0))
                        .setReplicaState(new ReplicaState().setReplicaId(broker)));
    }

    @Test
    void aConsumerIsSentToTheFollowerOfItsRackThatHoldsTheOffset() {
        append(0, "a");
        assertEquals(-1, fromRack("b", 0).preferredReadReplica(), "nobody knows how far it is");
        follows(2, 1);
        follows(3, 0);

        PartitionData sent = fromRack("b", 0);
        assertEquals(2, sent.preferredReadReplica());
        assertEquals(0, sent.records().sizeInBytes());
        assertEquals(Errors.NONE.code(), sent.errorCode());
        assertEquals(2, fromRack("b", 1).preferredReadReplica(), "it waits for news there");
        assertEquals(-1, fromRack("a", 0).preferredReadReplica(), "the leader's own rack");
        assertEquals(-1, fromRack("", 0).preferredReadReplica(), "it does not say its rack");
        assertEquals(-1, fromRack("d", 0).preferredReadReplica(), "nobody is there");
        assertEquals(3, fromRack("c", 0).preferredReadReplica());
        assertEquals(-1, fromRack("c", 1).preferredReadReplica(), "it is not so far");
    }

    @Test
    void aFencedFollowerIsNotChosen() {
        append(0, "a");
        follows(2, 1);
        follows(3, 1);
        assertEquals(2, fromRack("b", 0).preferredReadReplica());
        metadata.broker(2, true, "b");

        assertEquals(-1, fromRack("b", 0).preferredReadReplica());
    }

    record Case(String name, int version, int epoch, long offset, Errors want) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> onTheFollower() {
        return Stream.of(
                new Case("it serves", NOW, 0, 1, Errors.NONE),
                new Case("no epoch", NOW, -1, 1, Errors.NONE),
                new Case("above its high watermark, within its log", NOW, 0, 3, Errors.NONE),
                new Case("behind its log", NOW, 0, 4, Errors.OFFSET_OUT_OF_RANGE),
                new Case(
                        "older client",
                        BEFORE_FOLLOWERS_SERVE,
                        0,
                        1,
                        Errors.NOT_LEADER_OR_FOLLOWER),
                new Case("client is ahead", NOW, 1, 1, Errors.UNKNOWN_LEADER_EPOCH));
    }

    @ParameterizedTest
    @MethodSource("onTheFollower")
    void aFollowerServesUpToItsHighWatermark(Case each) throws IOException {
        replicate(2, "a", "b", "c");
        PartitionData read =
                told(Replies.of(
                                timeUp(
                                        ask(
                                                each.version,
                                                request(
                                                        each.version == NOW
                                                                ? followed
                                                                : Uuid.ZERO_UUID,
                                                        each.version == NOW ? "" : "followed",
                                                        at(0, each.offset)
                                                                .setCurrentLeaderEpoch(
                                                                        each.epoch))))))
                        .getFirst();

        assertEquals(each.want, Errors.forCode(read.errorCode()));
        if (each.want == Errors.NONE) {
            assertEquals(2, read.highWatermark());
            assertEquals(each.offset < 2, read.records().sizeInBytes() > 0);
        }
    }

    private Outcome<FetchResponseData> timeUp(Outcome<FetchResponseData> outcome) {
        env.advance(WAIT_MS);
        return outcome;
    }

    /// Broker 2 has sent that, each in a batch of its own.
    private void replicate(long highWatermark, String... values) throws IOException {
        Partition partition = Objects.requireNonNull(replicas.byId(followed, 0).partition());
        for (String value : values) {
            // offsets as the leader gave them
            FollowerAppends.append(partition, env.clock().wallMs(), value, highWatermark);
        }
    }

    @Test
    void aConsumerWaitsAtAFollowerUntilTheHighWatermarkPasses() throws IOException {
        replicate(0, "a");
        var waiting =
                assertInstanceOf(Outcome.Parked.class, ask(NOW, request(followed, "", at(0, 0))));
        assertFalse(waiting.signal().toCompletableFuture().isDone());
        replicate(1, "b");

        assertTrue(waiting.signal().toCompletableFuture().isDone());
    }

    @Test
    void aFollowerHearsAtOnceOfAHigherHighWatermark() {
        append(0, "a");
        FetchResponseData first = Replies.of(opens(2, 0));
        Replies.of(opens(3, 0));
        int session = first.sessionId();
        assertEquals(0, told(first).getFirst().highWatermark());
        Outcome<FetchResponseData> waiting = goesOn(2, session, 1, at(0, 1).setLogStartOffset(0));
        assertFalse(
                assertInstanceOf(Outcome.Parked.class, waiting)
                        .signal()
                        .toCompletableFuture()
                        .isDone());
        follows(3, 1);

        assertEquals(1, told(Replies.of(waiting)).getFirst().highWatermark());
    }

    /// All sessions are others': otherwise every fetch would be answered at once, with nothing.
    @Test
    void aFollowerWithoutASessionSaysWhichHighWatermarkItKnows() {
        append(0, "a");
        follows(2, 1);
        follows(3, 1);

        Outcome<FetchResponseData> knows = knowing(1);
        assertInstanceOf(Outcome.Parked.class, knows);
        assertEquals(1, told(Replies.of(knowing(0))).getFirst().highWatermark());
        assertEquals(1, told(Replies.of(timeUp(knows))).getFirst().highWatermark());
    }

    private Outcome<FetchResponseData> knowing(long highWatermark) {
        return ask(
                NOW,
                request(led, "", at(0, 1).setLogStartOffset(0).setHighWatermark(highWatermark))
                        .setReplicaState(new ReplicaState().setReplicaId(2)));
    }

    private Outcome<FetchResponseData> opens(int broker, long offset) {
        FetchPartition[] all =
                IntStream.range(0, 3)
                        .mapToObj(p -> at(p, p == 0 ? offset : 0).setLogStartOffset(0))
                        .toArray(FetchPartition[]::new);
        return ask(
                NOW,
                request(led, "", all)
                        .setSessionEpoch(0)
                        .setReplicaState(new ReplicaState().setReplicaId(broker)));
    }

    private Outcome<FetchResponseData> goesOn(
            int broker, int session, int epoch, FetchPartition... wanted) {
        return ask(
                NOW,
                request(led, "", wanted)
                        .setSessionId(session)
                        .setSessionEpoch(epoch)
                        .setReplicaState(new ReplicaState().setReplicaId(broker)));
    }

    @Test
    void theFirstAnswerOfASessionNamesEveryPartitionAlsoAfterAWait() {
        Outcome<FetchResponseData> waiting =
                ask(NOW, request(led, "", at(0, 0), at(1, 0), at(2, 0)).setSessionEpoch(0));
        assertInstanceOf(Outcome.Parked.class, waiting);
        append(1, "a");
        IntStream.of(2, 3).forEach(id -> goesOnWith(id, 1));

        List<PartitionData> told = told(Replies.of(waiting));
        assertEquals(
                List.of(0, 1, 2),
                told.stream().map(PartitionData::partitionIndex).sorted().toList());
    }

    private void config(ConfigResource.Type type, String name, String key, String value) {
        metadata.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(type.id())
                                .setResourceName(name)
                                .setName(key)
                                .setValue(value),
                        0));
    }

    /// Broker 3 is not in sync with partition 0 of `led` any more.
    private void dropped() {
        metadata.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(led)
                                .setPartitionId(0)
                                .setIsr(List.of(1, 2)),
                        0));
    }

    /// A connection breaks, and what was sent by it is carried out after the first requests by the next one.
    @Test
    void whatALateRequestTakesBackTheNextOneOfTheFollowersSessionRestores() {
        append(0, "a");
        int earlier = Replies.of(opens(3, 0)).sessionId();
        follows(2, 1);
        int session = Replies.of(opens(3, 1)).sessionId();
        timeUp(goesOn(3, session, 1));
        goesOn(3, earlier, 1);
        dropped();
        assertEquals(List.of(), proposed, "it seems to be behind the high watermark");
        goesOn(3, session, 2);

        assertEquals(List.of(List.of(1, 2, 3)), proposed);
    }

    @Test
    void aFollowerThatIsNotInSyncGetsNoMoreThanTheThrottleAllows() {
        for (int i = 0; i < 300; i++) {
            append(0, "x".repeat(1_000));
        }
        dropped();
        config(
                ConfigResource.Type.TOPIC,
                "led",
                "leader.replication.throttled.replicas",
                "0:1,0:2,1:1");
        config(ConfigResource.Type.BROKER, "1", "leader.replication.throttled.rate", "10000");
        long bytes = 0;
        long offset = 0;
        long beganMs = env.clock().monotonicMs();
        while (env.clock().monotonicMs() - beganMs < 20_000) {
            Outcome<FetchResponseData> outcome = follows(3, offset);
            env.advance(50);
            if (outcome instanceof Outcome.Parked<FetchResponseData> parked
                    && !parked.signal().toCompletableFuture().isDone()) {
                continue;
            }
            for (PartitionData data : told(Replies.of(outcome))) {
                if (!(data.records() instanceof StoredRecords records)) {
                    continue;
                }
                bytes += records.sizeInBytes();
                for (RecordBatch batch : load(records).batches()) {
                    offset = batch.nextOffset();
                }
            }
        }
        long told = bytes;
        assertTrue(180_000 <= told && told <= 220_000, () -> told + " of 200,000");
    }

    private static MemoryRecords load(StoredRecords records) {
        try {
            return records.load();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFollowerInSyncIsNotHeldBack() {
        for (int i = 0; i < 300; i++) {
            append(0, "x".repeat(1_000));
        }
        config(ConfigResource.Type.TOPIC, "led", "leader.replication.throttled.replicas", "*");
        config(ConfigResource.Type.BROKER, "", "leader.replication.throttled.rate", "1");

        assertTrue(told(Replies.of(follows(3, 0))).getFirst().records().sizeInBytes() > 300_000);
    }

    private static boolean waits(Outcome<FetchResponseData> outcome) {
        return outcome instanceof Outcome.Parked<FetchResponseData> parked
                && !parked.signal().toCompletableFuture().isDone();
    }

    /// Broker 1 leads what it has followed.
    private void takesOver() {
        metadata.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(followed)
                                .setPartitionId(0)
                                .setLeader(1),
                        0));
    }

    @Test
    void aFetchOfAFollowerIsAnsweredWhenThereIsMoreToFollow() {
        env.advance(LATER_MS);
        int session = Replies.of(opens(2, 0)).sessionId();
        Outcome<FetchResponseData> ofFollower = goesOn(2, session, 1);
        Outcome<FetchResponseData> ofConsumer = ask(NOW, request(led, "", at(0, 0)));
        assertTrue(waits(ofFollower));
        dropped();
        assertTrue(waits(ofFollower), "another in-sync set is nothing to ask for");
        takesOver();

        assertFalse(waits(ofFollower));
        assertEquals(List.of(), told(Replies.of(ofFollower)));
        assertTrue(waits(ofConsumer), "it asks for what it wants");
    }

    @Test
    void aFollowerThatHearsLateWhoLeadsDoesNotWaitLongMeanwhile() {
        env.advance(LATER_MS);
        takesOver();
        int session = Replies.of(opens(2, 0)).sessionId();
        Outcome<FetchResponseData> soon = goesOn(2, session, 1);
        Outcome<FetchResponseData> ofConsumer = ask(NOW, request(led, "", at(0, 0)));
        env.advance(50);
        assertFalse(waits(soon));
        assertTrue(waits(ofConsumer));
        env.advance(LATER_MS);
        Replies.of(soon);
        Outcome<FetchResponseData> later = goesOn(2, session, 2);
        env.advance(WAIT_MS - 1);
        assertTrue(waits(later));
        env.advance(1);
        assertFalse(waits(later));
    }

    private void goesOnWith(int broker, int partition) {
        ask(
                NOW,
                request(led, "", at(partition, 1).setLogStartOffset(0))
                        .setReplicaState(new ReplicaState().setReplicaId(broker)));
    }
}
