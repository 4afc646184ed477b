package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.replica.FetchSessions.Context;
import dev.millrace.engine.testing.ManualEnv;
import java.util.List;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/// KIP-227, as a client lives through it.
final class FetchSessionsTest {
    private final ManualEnv time = new ManualEnv(1_000_000, 1);
    private final FetchSessions sessions = new FetchSessions(2, time);

    @Test
    void firstRequestOpensASessionThatTheNextOnesContinue() {
        FetchSession session = open("a", "b");

        Context next = sessions.enter(request(session.id(), 1), false);

        assertInstanceOf(Context.Incremental.class, next);
        assertEquals(List.of("a", "b"), topics(session));
    }

    @Test
    void anIncrementalRequestAddsAndForgets() {
        FetchSession session = open("a", "b");
        FetchRequestData request = request(session.id(), 1, "c");
        request.forgottenTopicsData()
                .add(new ForgottenTopic().setTopic("a").setPartitions(List.of(0)));

        sessions.enter(request, false);

        assertEquals(List.of("b", "c"), topics(session));
    }

    @Test
    void wrongEpochsAndIdsAreRefused() {
        FetchSession session = open("a");

        assertRefused(
                Errors.INVALID_FETCH_SESSION_EPOCH,
                sessions.enter(request(session.id(), 2), false));
        assertRefused(
                Errors.FETCH_SESSION_ID_NOT_FOUND,
                sessions.enter(request(session.id() + 1, 1), false));
        assertRefused(
                Errors.FETCH_SESSION_TOPIC_ID_ERROR,
                sessions.enter(request(session.id(), 1), true));
    }

    @Test
    void theFinalEpochEndsTheSession() {
        FetchSession session = open("a");

        assertInstanceOf(
                Context.Sessionless.class,
                sessions.enter(request(session.id(), FetchSession.FINAL_EPOCH, "a"), false));

        assertEquals(0, sessions.size());
    }

    @Test
    void aSessionThatForgetsEverythingEnds() {
        FetchSession session = open("a");
        FetchRequestData request = request(session.id(), 1);
        request.forgottenTopicsData()
                .add(new ForgottenTopic().setTopic("a").setPartitions(List.of(0)));

        assertEquals(new Context.Sessionless(List.of()), sessions.enter(request, false));

        assertEquals(0, sessions.size());
    }

    @Test
    void whenFullOnlyASessionThatRestedForTwoMinutesMakesRoom() {
        open("a");
        open("b");
        assertInstanceOf(
                Context.Sessionless.class,
                sessions.enter(request(0, FetchSession.INITIAL_EPOCH, "c"), false));

        time.advance(120_000);
        open("c");

        assertEquals(2, sessions.size());
    }

    @Test
    void whenFullTheLeastUsedSessionOfAClientMakesRoomForAFollower() {
        FetchSession first = open("a");
        FetchSession second = open("b");
        sessions.enter(request(first.id(), 1), false);

        FetchSession follower = openAsFollower("c");

        assertEquals(2, sessions.size());
        assertRefused(
                Errors.FETCH_SESSION_ID_NOT_FOUND, sessions.enter(request(second.id(), 1), false));
        assertInstanceOf(
                Context.Incremental.class, sessions.enter(request(follower.id(), 1), false));
    }

    /// Anybody can say that it is one.
    @Test
    void followersHaveNoMoreSessionsThanThereAreSlots() {
        openAsFollower("a");
        openAsFollower("b");

        assertInstanceOf(Context.Sessionless.class, sessions.enter(byFollower("c"), false));
        assertEquals(2, sessions.size());

        time.advance(120_000);
        openAsFollower("c");
        assertEquals(2, sessions.size());
    }

    private static FetchRequestData byFollower(String topic) {
        FetchRequestData request = request(0, FetchSession.INITIAL_EPOCH, topic);
        return request.setReplicaState(new FetchRequestData.ReplicaState().setReplicaId(5));
    }

    private FetchSession openAsFollower(String topic) {
        Context context = sessions.enter(byFollower(topic), false);
        return assertInstanceOf(Context.Opened.class, context).session();
    }

    @Test
    void onlyNewsIsTold() {
        FetchTarget target = open("a").targets().getFirst();

        assertTrue(target.worthTelling(found(5)), "first high watermark");
        assertFalse(target.worthTelling(found(5)), "nothing new");
        assertTrue(target.worthTelling(found(6)), "high watermark moved");
        assertTrue(
                target.worthTelling(PartitionRead.failed(Errors.NOT_LEADER_OR_FOLLOWER)), "error");
        assertTrue(target.worthTelling(found(6)), "good again");
    }

    private static PartitionRead found(long highWatermark) {
        return new PartitionRead(
                Errors.NONE,
                MemoryRecords.EMPTY,
                highWatermark,
                highWatermark,
                0,
                highWatermark,
                -1,
                -1,
                0,
                -1,
                List.of());
    }

    private FetchSession open(String... topics) {
        Context context = sessions.enter(request(0, FetchSession.INITIAL_EPOCH, topics), false);
        return assertInstanceOf(Context.Opened.class, context).session();
    }

    private static List<String> topics(FetchSession session) {
        return session.targets().stream().map(target -> target.key().topic()).toList();
    }

    private static void assertRefused(Errors want, Context got) {
        assertEquals(new Context.Refused(want), got);
    }

    private static FetchRequestData request(int session, int epoch, String... topics) {
        var request = new FetchRequestData().setSessionId(session).setSessionEpoch(epoch);
        for (String topic : topics) {
            request.topics()
                    .add(
                            new FetchTopic()
                                    .setTopic(topic)
                                    .setPartitions(List.of(new FetchPartition().setPartition(0))));
        }
        return request;
    }
}
