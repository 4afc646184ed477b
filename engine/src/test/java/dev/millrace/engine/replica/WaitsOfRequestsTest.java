package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.DeleteRecordsHandler;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.ProduceHandler;
import dev.millrace.engine.api.TransactionMarkers;
import dev.millrace.engine.coordinator.group.GroupConfig;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.ManualEnv;
import dev.millrace.engine.testing.Replies;
import dev.millrace.engine.testing.TestReplicas;
import dev.millrace.engine.testing.WatchedTurns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How requests wait for other replicas: broker 2 is in sync, or said to live, and never heard.
final class WaitsOfRequestsTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final int TIMEOUT_MS = 1_000;
    private static final int REQUESTS = 1_000;
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final TransactionMarker MARKER =
            new TransactionMarker(77, (short) 0, 0, false, 0);

    private final ManualEnv env = new ManualEnv(NOW, 1);
    private final TestMetadata metadata = TestMetadata.withBrokers(1, 2);
    private int turns;

    /// Happens once, as soon as nobody holds a turn.
    private @Nullable Runnable betweenTurns;

    private Replicas replicas;
    private Partition partition;
    private ProduceHandler producer;
    private TransactionMarkers markers;

    @BeforeEach
    void start() throws IOException {
        var doors = new WatchedTurns(env, this::watched);
        replicas = TestReplicas.onAnEmptyDisk(doors);
        metadata.metadata.listen(replicas::onChange);
        metadata.topic("t", 1, 1, 2);
        partition = Objects.requireNonNull(replicas.byName("t", 0).partition());
        producer =
                new ProduceHandler(
                        replicas,
                        env.timers(),
                        _ -> CompletableFuture.completedFuture(Map.of()),
                        true);
        var groups = new Groups(env, GroupConfig.DEFAULTS, () -> 0, metadata::image);
        markers = new TransactionMarkers(replicas, groups, env.timers(), TIMEOUT_MS);
    }

    /// A turn after which something may happen.
    private Turn watched(Turn turn) {
        return new Turn() {
            @Override
            public <T> T take(Supplier<T> action) {
                turns++;
                T result = turn.take(action);
                turns--;
                Runnable next = betweenTurns;
                if (turns == 0 && next != null) {
                    betweenTurns = null;
                    next.run();
                }
                return result;
            }

            @Override
            public boolean held() {
                return turn.held();
            }
        };
    }

    private void change(PartitionChangeRecord record) {
        Uuid id = Objects.requireNonNull(metadata.image().topics().byName("t")).id();
        metadata.write(TestMetadata.versioned(record.setTopicId(id).setPartitionId(0), 2));
    }

    private Outcome<ProduceResponseData> produce(MemoryRecords records, int timeoutMs) {
        var topic = new TopicProduceData().setName("t");
        topic.partitionData().add(new PartitionProduceData().setIndex(0).setRecords(records));
        var request = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(timeoutMs);
        request.topicData().add(topic);
        return producer.handle(Contexts.of(ApiKeys.PRODUCE, 12), request);
    }

    private static MemoryRecords batch() {
        return Batches.plain().producer(7, 0, 0).of(NOW, "a");
    }

    private Outcome<DeleteRecordsResponseData> delete(long offset) {
        var topic = new DeleteRecordsTopic().setName("t");
        topic.partitions().add(new DeleteRecordsPartition().setPartitionIndex(0).setOffset(offset));
        return new DeleteRecordsHandler(replicas, env.timers())
                .handle(
                        Contexts.of(ApiKeys.DELETE_RECORDS, 2),
                        new DeleteRecordsRequestData()
                                .setTimeoutMs(TIMEOUT_MS)
                                .setTopics(List.of(topic)));
    }

    private static Errors produced(Outcome<ProduceResponseData> outcome) {
        var topic = Replies.of(outcome).responses().iterator().next();
        return Errors.forCode(topic.partitionResponses().getFirst().errorCode());
    }

    private static Errors deleted(Outcome<DeleteRecordsResponseData> outcome) {
        var topic = Replies.of(outcome).topics().iterator().next();
        return Errors.forCode(topic.partitions().iterator().next().errorCode());
    }

    private void assertForgotten() {
        assertTrue(partition.waiting() <= 20, partition.waiting() + " are still in the way");
    }

    // ---- who has given up

    @Test
    void retriesOfABatchThatIsNotCommittedLeaveNothingBehind() {
        var patient = produce(batch(), 1_000 * REQUESTS * TIMEOUT_MS);
        for (int i = 0; i < REQUESTS; i++) {
            var retry = produce(batch(), TIMEOUT_MS);
            env.advance(TIMEOUT_MS);
            if (i % 2 == 0) { // the other clients are gone
                assertEquals(Errors.REQUEST_TIMED_OUT, produced(retry));
            }
            assertForgotten();
        }
        assertEquals(1, partition.logEnd(), "all of them were retries");

        change(new PartitionChangeRecord().setIsr(List.of(1)));
        assertEquals(Errors.NONE, produced(patient));
    }

    @Test
    void whatWasAnsweredAsTimedOutStaysSo() {
        var late = produce(batch(), TIMEOUT_MS);
        env.advance(TIMEOUT_MS);
        change(new PartitionChangeRecord().setIsr(List.of(1)));
        assertEquals(Errors.REQUEST_TIMED_OUT, produced(late));
        assertEquals(Errors.NONE, produced(produce(batch(), TIMEOUT_MS)));
    }

    @Test
    void whatFollowersHaveNotIsNotDeleted() {
        produce(batch(), TIMEOUT_MS);
        assertEquals(1, partition.logEnd());
        assertEquals(Errors.OFFSET_OUT_OF_RANGE, deleted(delete(1)));
        assertEquals(0, partition.logStart());
    }

    @Test
    void deletionsThatAReplicaNeverHearsOfLeaveNothingBehind() {
        change(new PartitionChangeRecord().setIsr(List.of(1)));
        assertEquals(Errors.NONE, produced(produce(batch(), TIMEOUT_MS)));
        for (int i = 0; i < REQUESTS; i++) {
            var deletion = delete(1);
            env.advance(TIMEOUT_MS);
            if (i % 2 == 0) {
                assertEquals(Errors.REQUEST_TIMED_OUT, deleted(deletion));
            }
            assertForgotten();
        }
        assertEquals(1, partition.logStart(), "removed here all the same");
    }

    @Test
    void markersThatAreWrittenAgainLeaveNothingBehind() {
        for (int i = 0; i < REQUESTS; i++) {
            var marker = markers.append(NAME, MARKER).toCompletableFuture();
            assertFalse(marker.isDone());
            env.advance(TIMEOUT_MS);
            assertEquals(Errors.REQUEST_TIMED_OUT, marker.getNow(Errors.NONE));
            assertForgotten();
        }
    }

    // ---- who led meanwhile

    /// Another has led and has cut off the batch; then this broker leads again, alone, and has something else in its place.
    private void leadershipLostAndWonAgain() {
        change(new PartitionChangeRecord().setLeader(2));
        try {
            partition.following().departs(1, new EpochEnd(0, 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertEquals(0, partition.logEnd(), "the batch is gone");
        change(new PartitionChangeRecord().setLeader(1).setIsr(List.of(1)));
        partition.append(Batches.plain().of(NOW, "b"), true, Origin.CLIENT);
        assertEquals(
                Errors.NONE,
                partition.committed(1).toCompletableFuture().getNow(Errors.REQUEST_TIMED_OUT));
    }

    @Test
    void aBatchThatIsGoneIsNotAcknowledgedByALaterLeadership() {
        betweenTurns = this::leadershipLostAndWonAgain;
        var answer = produce(batch(), TIMEOUT_MS);
        assertInstanceOf(Outcome.Parked.class, answer);
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(answer));
    }

    @Test
    void norIsADuplicateOfIt() {
        var first = produce(batch(), TIMEOUT_MS);
        betweenTurns = this::leadershipLostAndWonAgain;
        var again = produce(batch(), TIMEOUT_MS);
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(first));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, produced(again));
    }

    @Test
    void norIsAMarker() {
        betweenTurns = this::leadershipLostAndWonAgain;
        var marker = markers.append(NAME, MARKER).toCompletableFuture();
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, marker.getNow(Errors.NONE));
    }
}
