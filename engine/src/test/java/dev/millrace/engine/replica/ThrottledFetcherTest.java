package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A follower of two partitions, of which a throttle holds back the first, and a leader with more records than anybody will ask for.
final class ThrottledFetcherTest {
    private static final long RATE = 20_000;
    private static final int VALUE = 1_000;
    private static final long PLENTY = 1_000_000;

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final TestMetadata metadata = new TestMetadata(true);
    private final Uuid topicId = new Uuid(9, 9);
    private final List<Partition> partitions = new ArrayList<>();

    /// By partition.
    private final Map<Integer, Long> sent = new HashMap<>();

    private final Map<Integer, FetchPartition> session = new HashMap<>();
    private long highWatermark = PLENTY;
    private ReplicaFetchers fetchers;
    private int failures;

    /// Of the first partition: its batches cannot even be told apart.
    private boolean damaged;

    /// Of the first partition: its leader has nothing of what it has.
    private boolean departs;

    /// What the leader was last told to wait for news.
    private int waitMs;

    /// Answers after a round trip of ten milliseconds, with at most one record more than a partition asked for, as a leader may; and only
    /// when somebody asks for something.
    private final class Leader implements Peers {
        @Override
        public CompletionStage<ApiMessage> send(
                Address to, short version, ApiMessage request, long timeoutMs) {
            if (failures > 0) {
                failures--;
                throw new IllegalStateException("out of luck");
            }
            var answer = new CompletableFuture<ApiMessage>();
            var fetch = (FetchRequestData) request.duplicate();
            env.timers().schedule(10, () -> answer.complete(answer(fetch)));
            return answer;
        }
    }

    private FetchResponseData answer(FetchRequestData fetch) {
        waitMs = fetch.maxWaitMs();
        if (fetch.sessionEpoch() == 0) {
            session.clear();
        }
        fetch.forgottenTopicsData().forEach(each -> each.partitions().forEach(session::remove));
        fetch.topics()
                .forEach(each ->
                        each.partitions().forEach(asked -> session.put(asked.partition(), asked)));
        var topic = new FetchableTopicResponse().setTopicId(topicId);
        session.values().forEach(asked -> topic.partitions().add(data(asked)));
        return new FetchResponseData()
                .setSessionId(session.isEmpty() ? 0 : 7)
                .setResponses(List.of(topic));
    }

    private PartitionData data(FetchPartition asked) {
        if (departs && asked.partition() == 0) {
            departs = false;
            return new PartitionData()
                    .setPartitionIndex(0)
                    .setDivergingEpoch(new EpochEndOffset().setEpoch(0).setEndOffset(0));
        }
        int records = Math.clamp(asked.partitionMaxBytes() / VALUE, 1, 10);
        var values = new String[records];
        Arrays.fill(values, "x".repeat(VALUE));
        MemoryRecords some = Batches.plain().at(asked.fetchOffset(), 1).of(1, values);
        sent.merge(asked.partition(), (long) some.sizeInBytes(), Long::sum);
        if (damaged && asked.partition() == 0) {
            some.buffer().put(Records.MAGIC_OFFSET, (byte) 9);
        }
        return new PartitionData()
                .setPartitionIndex(asked.partition())
                .setHighWatermark(highWatermark)
                .setLogStartOffset(0)
                .setRecords(some);
    }

    @BeforeEach
    void follow() throws IOException {
        config(ConfigResource.Type.BROKER, "1", "follower.replication.throttled.rate", "" + RATE);
        config(
                ConfigResource.Type.TOPIC,
                "t",
                "follower.replication.throttled.replicas",
                "0:1,1:2");
        fetchers =
                new ReplicaFetchers(
                        1,
                        () -> 5,
                        env,
                        new Leader(),
                        _ -> new Peers.Address("leader", 1),
                        new FetcherSettings(500, 1, 1 << 20, 10 << 20, 1_000, 30_000),
                        ReplicaThrottle.ofFollower(
                                ClusterDefaults.of(1, Map.of()), metadata::image, env));
        for (int p = 0; p < 2; p++) {
            var name = new TopicPartition("t", p);
            var disk = new HeapStorage();
            var partition =
                    new Partition(
                            name,
                            topicId,
                            env.newTurn(name.toString()),
                            (_, task) -> env.timers().schedule(0, task),
                            LazyLog.open(
                                    Log.open(
                                            env, disk, name, LogSettings.DEFAULTS, OpenMode.CLEAN)),
                            new DiskReserve(new LogDirectory(Uuid.ZERO_UUID, "/d", disk), 0, env),
                            LeaderSurroundings.alone(env.clock()),
                            0);
            partition.assume(new ReplicaRole.Follower(1, 2), 1, LogSettings.DEFAULTS);
            partitions.add(partition);
            fetchers.follow(partition, 2, 1, false);
        }
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

    private long sent(int partition) {
        return sent.getOrDefault(partition, 0L);
    }

    @Test
    void whatIsThrottledComesAtTheRateAndTheRestAsFastAsItCan() {
        env.advance(20_000);

        assertTrue(
                sent(0) >= 20 * RATE * 9 / 10 && sent(0) <= 20 * RATE * 11 / 10,
                () -> sent(0) + " of " + 20 * RATE);
        assertTrue(sent(1) > 10 * sent(0), () -> sent(1) + " of the other");
    }

    @Test
    void whoIsNotBehindIsNotHeldBack() {
        highWatermark = 0;
        env.advance(20_000);

        assertTrue(sent(0) > 10 * 20 * RATE, () -> sent(0) + " of " + 20 * RATE);
    }

    /// Producers wait for it from the beginning of the epoch, such as that in which a move ends, and not only once its leader has answered.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoIsInSyncIsNotHeldBackInANewEpoch(boolean inSync) {
        config(ConfigResource.Type.BROKER, "1", "follower.replication.throttled.rate", "1");
        env.advance(5_000);
        long owed = sent(0);

        highWatermark = 0;
        partitions.getFirst().assume(new ReplicaRole.Follower(2, 2), 1, LogSettings.DEFAULTS);
        fetchers.follow(partitions.getFirst(), 2, 2, inSync);
        env.advance(1_000);

        assertEquals(inSync, sent(0) > owed, () -> sent(0) + " after " + owed);
    }

    @Test
    void withoutTheRateItGoesOnAtOnce() {
        env.advance(1_000);
        long throttled = sent(0);
        config(
                ConfigResource.Type.BROKER,
                "1",
                "follower.replication.throttled.rate",
                "" + Long.MAX_VALUE);
        env.advance(1_000);

        assertTrue(sent(0) > 10 * throttled);
        assertEquals(2, session.size());
    }

    @Test
    void whoOwesForMinutesGoesOnSoonAfterTheThrottleIsGone() {
        config(ConfigResource.Type.BROKER, "1", "follower.replication.throttled.rate", "1");
        env.advance(5_000);
        long throttled = sent(0);

        config(ConfigResource.Type.TOPIC, "t", "follower.replication.throttled.replicas", "");
        env.advance(2_000);

        assertTrue(sent(0) > throttled + 10 * VALUE, () -> sent(0) + " after " + throttled);
    }

    @Test
    void aRoundThatFailsUnforeseenIsNotTheLast() {
        env.advance(1_000);
        failures = 1;
        env.advance(5_000);
        assertEquals(0, failures);
        long end = partitions.get(1).logEnd();
        env.advance(5_000);
        assertTrue(partitions.get(1).logEnd() > end, () -> "still at " + end);
    }

    /// Neither the others nor, once it is over, the partition itself.
    @Test
    void aBatchThatCannotBeToldApartHoldsUpNobodyElse() {
        damaged = true;
        env.advance(25);
        assertEquals(Set.of(1), session.keySet());
        assertTrue(waitMs <= 100, () -> "and waits for " + waitMs);
        env.advance(2_000);
        long end = partitions.get(1).logEnd();
        env.advance(2_000);
        assertEquals(0, partitions.get(0).logEnd());
        assertTrue(partitions.get(1).logEnd() > end, () -> "still at " + end);

        damaged = false;
        env.advance(5_000);
        assertTrue(partitions.get(0).logEnd() > 0);
    }

    /// It waits for the disk.
    @Test
    void aLogThatIsCutHoldsUpNobodyElse() {
        highWatermark = 0;
        env.advance(1_000);
        env.hold("cut");
        departs = true;
        env.advance(1_000);
        long cut = partitions.get(0).logEnd();
        long end = partitions.get(1).logEnd();
        env.advance(1_000);
        assertEquals(cut, partitions.get(0).logEnd());
        assertTrue(partitions.get(1).logEnd() > end, () -> "still at " + end);

        env.release();
        assertEquals(0, partitions.get(0).logEnd());
        env.advance(1_000);
        assertTrue(partitions.get(0).logEnd() > 0);
    }
}
