package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.GroupWorld.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// The life of a classic group, seen by its members.
class ClassicGroupTest {
    private final GroupWorld world = new GroupWorld();

    /// A member that has joined an empty group and fetched its assignment.
    private String stableMember() {
        String id = world.newMemberId();
        var joined = world.join(9, id, null, "range");
        world.env.time.advance(0);
        JoinGroupResponseData answer = answered(joined);
        assertEquals(Errors.NONE.code(), answer.errorCode());
        assertEquals(id, answer.leader());
        var synced = answered(world.sync(id, answer.generationId(), id, "all"));
        assertEquals("all", text(synced.assignment()));
        assertEquals("Stable", world.state());
        return id;
    }

    private static <T> T answered(CompletionStage<T> stage) {
        T answer = now(stage);
        assertNotNull(answer, "held back");
        return answer;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private int generation() {
        ClassicGroup group = world.shard().classicGroup(GroupWorld.GROUP);
        return group == null ? -1 : group.generation();
    }

    @Test
    void oneMemberJoinsAndIsAssigned() {
        String id = stableMember();
        assertEquals(1, generation());
        assertEquals(Errors.NONE, answered(world.heartbeat(id, 1)));
        assertEquals(Errors.ILLEGAL_GENERATION, answered(world.heartbeat(id, 0)));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, answered(world.heartbeat("nobody", 1)));
    }

    @Test
    void aSecondMemberMakesTheFirstRejoin() {
        String first = stableMember();
        String second = world.newMemberId();
        var joining = world.join(9, second, null, "range");
        assertNull(now(joining));
        assertEquals(Errors.REBALANCE_IN_PROGRESS, answered(world.heartbeat(first, 1)));
        var rejoining = world.join(9, first, null, "range");
        assertEquals(2, answered(joining).generationId());
        assertEquals(2, answered(rejoining).members().size());
        assertEquals(0, answered(joining).members().size());

        var waiting = world.sync(second, 2);
        assertNull(now(waiting));
        var leading = world.sync(first, 2, first, "a", second, "b");
        assertEquals("a", text(answered(leading).assignment()));
        assertEquals("b", text(answered(waiting).assignment()));
    }

    @Test
    void aMemberThatIsSilentIsRemoved() {
        stableMember();
        world.env.time.advance(GroupWorld.SESSION_MS);
        assertEquals("Empty", world.state());
        assertEquals(2, generation());
    }

    @Test
    void aTimeOutThatCannotBeWrittenIsDecidedAgain() {
        stableMember();
        world.log.refuseNext(Errors.NOT_ENOUGH_REPLICAS);
        world.env.time.advance(GroupWorld.SESSION_MS);
        assertEquals("PreparingRebalance", world.state());
        world.env.time.advance(500);
        assertEquals("Empty", world.state());
    }

    @Test
    void heartbeatsKeepAMemberAlive() {
        String id = stableMember();
        for (int i = 0; i < 10; i++) {
            world.env.time.advance(GroupWorld.SESSION_MS - 1);
            assertEquals(Errors.NONE, answered(world.heartbeat(id, 1)));
        }
        assertEquals("Stable", world.state());
    }

    @Test
    void aMemberThatDoesNotRejoinIsRemovedWhenTheRebalanceTakesTooLong() {
        String first = stableMember();
        String second = world.newMemberId();
        var joining = world.join(9, second, null, "range");
        for (int i = 0; i < 4; i++) {
            world.env.time.advance(GroupWorld.REBALANCE_MS / 4);
            world.heartbeat(first, 1);
        }
        assertEquals(second, answered(joining).leader());
        assertEquals(1, answered(joining).members().size());
    }

    @Test
    void aMemberThatDoesNotSyncIsRemoved() {
        String first = stableMember();
        String second = world.newMemberId();
        world.join(9, second, null, "range");
        world.join(9, first, null, "range");
        assertEquals("CompletingRebalance", world.state());
        world.sync(first, 2, first, "a");
        assertEquals("Stable", world.state());
        for (int i = 0; i < 4; i++) {
            world.env.time.advance(GroupWorld.REBALANCE_MS / 4);
            world.heartbeat(first, 2);
            world.heartbeat(second, 2);
        }
        assertEquals("PreparingRebalance", world.state());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, answered(world.heartbeat(second, 2)));
    }

    /// Their sessions began in the same instant, when both had joined.
    @Test
    void whoWaitsForALeaderThatDiesIsNotRemovedWithIt() {
        String leader = stableMember();
        String follower = world.newMemberId();
        world.join(9, follower, null, "range");
        world.join(9, leader, null, "range");
        var waiting = world.sync(follower, 2);
        world.env.time.advance(GroupWorld.SESSION_MS);
        assertEquals(Errors.REBALANCE_IN_PROGRESS.code(), answered(waiting).errorCode());
        JoinGroupResponseData again = answered(world.join(9, follower, null, "range"));
        assertEquals(Errors.NONE.code(), again.errorCode());
        assertEquals(follower, again.leader());
    }

    @Test
    void theFirstRebalanceWaitsForMore() {
        var slow = new GroupWorld(1, GroupConfig.DEFAULTS);
        var first = slow.join(3, "", null, "range");
        slow.env.time.advance(2_000);
        var second = slow.join(3, "", null, "range");
        slow.env.time.advance(1_000);
        assertNull(now(first), "somebody came during the delay: it is extended");
        slow.env.time.advance(3_000);
        assertEquals(1, answered(first).generationId());
        assertEquals(1, answered(second).generationId());
        assertEquals(2, answered(first).members().size());
    }

    @Test
    void anAssignmentIsHeardOnlyWhenItIsCommitted() {
        String id = world.newMemberId();
        var joined = world.join(9, id, null, "range");
        world.env.time.advance(0);
        assertEquals(1, answered(joined).generationId());
        world.log.commitAtOnce(false);
        var synced = world.sync(id, 1, id, "all");
        assertNull(now(synced));
        world.log.commitTo(Long.MAX_VALUE);
        assertEquals("all", text(answered(synced).assignment()));
    }

    @Test
    void anAssignmentThatCannotBeWrittenChangesNothing() {
        String id = world.newMemberId();
        world.join(9, id, null, "range");
        world.env.time.advance(0);
        long end = world.log.endOffset();
        world.log.refuseNext(Errors.NOT_ENOUGH_REPLICAS);
        var refused = answered(world.sync(id, 1, id, "all"));
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE.code(), refused.errorCode());
        assertEquals("CompletingRebalance", world.state());
        assertEquals(end, world.log.endOffset());
        assertEquals("all", text(answered(world.sync(id, 1, id, "all")).assignment()));
    }

    @Test
    void aCommitThatTakesTooLongIsNotAvailable() {
        String id = stableMember();
        world.log.commitAtOnce(false);
        var committing = world.commit(id, 1, 0, 5);
        var reading = world.heartbeat(id, 1);
        assertNull(now(committing));
        assertNull(now(reading), "it may have seen what is not committed");
        world.env.time.advance(GroupConfig.DEFAULTS.commitTimeoutMs());
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, GroupWorld.error(answered(committing)));
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, answered(reading));
        assertNull(world.offset(0));
        world.log.commitTo(Long.MAX_VALUE);
        assertEquals(5, world.offset(0));
    }

    @Test
    void aLeaderThatComesBackWithoutChangeRebalances() {
        String id = stableMember();
        var again = world.join(9, id, null, "range");
        assertEquals(2, answered(again).generationId());
    }

    @Test
    void aFollowerThatAsksAgainGetsTheSameAnswer() {
        String first = stableMember();
        String second = world.newMemberId();
        world.join(9, second, null, "range");
        world.join(9, first, null, "range");
        world.sync(first, 2, first, "a", second, "b");
        assertEquals(2, answered(world.join(9, second, null, "range")).generationId());
        assertEquals("Stable", world.state());
    }

    @Test
    void aStaticMemberThatComesBackKeepsItsAssignmentWithoutARebalance() {
        var joined = world.join(9, "", "i-1", "range");
        world.env.time.advance(0);
        String first = answered(joined).memberId();
        assertTrue(first.startsWith("i-1-"));
        answered(world.sync(first, 1, first, "a"));

        JoinGroupResponseData again = answered(world.join(9, "", "i-1", "range"));
        assertEquals(Errors.NONE.code(), again.errorCode());
        assertEquals(1, again.generationId());
        assertTrue(again.skipAssignment());
        assertNotEquals(first, again.memberId());
        assertEquals(again.memberId(), again.leader());
        assertEquals("a", text(answered(world.sync(again.memberId(), 1)).assignment()));
        var fenced = answered(world.join(9, first, "i-1", "range"));
        assertEquals(Errors.FENCED_INSTANCE_ID.code(), fenced.errorCode());

        world.crash();
        assertEquals("a", text(answered(world.sync(again.memberId(), 1)).assignment()));
    }

    @Test
    void aStaticMemberThatComesBackBeforeItsFirstAnswerIsNotRemovedWhileItWaits() {
        String first = stableMember();
        var lost = world.join(9, "", "i-1", "range");
        var waiting = world.join(9, "", "i-1", "range");
        assertEquals(Errors.FENCED_INSTANCE_ID.code(), answered(lost).errorCode());
        world.env.time.advance(GroupWorld.SESSION_MS - 1);
        assertEquals(Errors.REBALANCE_IN_PROGRESS, answered(world.heartbeat(first, 1)));
        world.env.time.advance(1);
        assertNull(now(waiting));
        world.join(9, first, null, "range");
        assertEquals(Errors.NONE.code(), answered(waiting).errorCode());
        assertEquals(2, answered(waiting).generationId());
    }

    @Test
    void membersLeaveTogether() {
        String id = stableMember();
        var left =
                answered(
                        world.groups.leave(
                                new LeaveGroupRequestData()
                                        .setGroupId(GroupWorld.GROUP)
                                        .setMembers(
                                                List.of(
                                                        new MemberIdentity().setMemberId(id),
                                                        new MemberIdentity()
                                                                .setMemberId("nobody")))));
        assertEquals(Errors.NONE.code(), left.members().get(0).errorCode());
        assertEquals(Errors.UNKNOWN_MEMBER_ID.code(), left.members().get(1).errorCode());
        assertEquals("Empty", world.state());
    }

    @Test
    void aGroupSurvivesACrash() {
        String id = stableMember();
        assertEquals(Errors.NONE, GroupWorld.error(answered(world.commit(id, 1, 0, 42))));
        world.crash();
        assertEquals("Stable", world.state());
        assertEquals(42, world.offset(0));
        assertEquals(Errors.NONE, answered(world.heartbeat(id, 1)));
        SyncGroupResponseData synced = answered(world.sync(id, 1));
        assertEquals("all", text(synced.assignment()));
        world.env.time.advance(GroupWorld.SESSION_MS);
        assertEquals("Empty", world.state(), "sessions begin anew after loading");
    }

    /// Members were rolled from one assignor to another: the log tells of both.
    @Test
    void aGroupThatIsLoadedHasTheLastProtocolOfItsLog() {
        String id = stableMember();
        answered(world.join(9, id, null, "cooperative-sticky", "range"));
        var synced = answered(world.sync(id, 2, id, "all"));
        assertEquals("cooperative-sticky", synced.protocolName());
        world.crash();
        assertEquals("cooperative-sticky", answered(world.sync(id, 2)).protocolName());
    }

    @Test
    void aWaitingMemberIsSentAwayWhenTheCoordinatorMoves() {
        stableMember();
        var joining = world.join(9, world.newMemberId(), null, "range");
        int epoch = world.log.leaderEpoch();
        world.log.lose();
        world.groups.resign(0, epoch);
        assertEquals(Errors.NOT_COORDINATOR.code(), answered(joining).errorCode());
        assertEquals(Errors.NOT_COORDINATOR, answered(world.heartbeat("m", 1)));
    }

    @Test
    void aGroupThatIsLoadingSaysSo() {
        stableMember();
        world.env.holdWork();
        world.crash();
        var join = answered(world.join(9, "", null, "range"));
        assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS.code(), join.errorCode());
        assertEquals(Errors.NONE, answered(world.heartbeat("m", 1)), "blindly, as Kafka does");
        world.env.runWork();
        assertEquals("Stable", world.state());
    }

    @Test
    void aLogThatCannotBeReadIsReadAgain() {
        stableMember();
        world.log.failNextReads(2);
        world.crash();
        world.env.time.advance(10_000);
        assertEquals("Stable", world.state());
    }

    @Test
    void aMemberForWhichThereIsNoRoomAnyMoreIsRemoved() {
        var small =
                new GroupWorld(
                        1, GroupConfig.DEFAULTS.withInitialRebalanceDelayMs(0).withMaxSize(2));
        String first = answered(small.join(9, "", "i-1", "range")).memberId();
        answered(small.sync(first, 1, first, "a"));
        var second = small.join(9, "", "i-2", "range");
        var third = small.join(9, "", "i-3", "range");
        var refused = answered(small.join(9, first, "i-1", "range"));
        assertEquals(Errors.GROUP_MAX_SIZE_REACHED.code(), refused.errorCode());
        assertEquals(2, answered(second).generationId());
        assertEquals(2, answered(second).members().size());
        assertEquals(2, answered(third).generationId());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, answered(small.heartbeat(first, 2)));
    }

    @Test
    void idsThatNobodyUsesAreForgotten() {
        world.newMemberId();
        ClassicGroup group = world.shard().classicGroup(GroupWorld.GROUP);
        assertNotNull(group);
        assertEquals(1, group.pending().size());
        world.env.time.advance(GroupWorld.SESSION_MS);
        assertTrue(group.pending().isEmpty());
    }

    @Test
    void idsThatNobodyUsesAreBounded() {
        for (int i = 0; i < GroupConfig.MOST_PENDING_MEMBERS + 10; i++) {
            world.newMemberId();
        }
        ClassicGroup group = world.shard().classicGroup(GroupWorld.GROUP);
        assertNotNull(group);
        assertEquals(GroupConfig.MOST_PENDING_MEMBERS, group.pending().size());
    }

    @Test
    void deletedTopicsTakeTheirOffsetsWithThem() {
        answered(world.commit("", -1, 0, 42));
        topicDeleted("other", GroupWorld.TOPIC_ID);
        topicDeleted("t", new Uuid(1, 1));
        assertEquals(42, world.offset(0));
        topicDeleted("t", GroupWorld.TOPIC_ID);
        assertEquals(-1, world.offset(0));
        assertEquals("none", world.state(), "a group that was only its offsets is gone");
        world.crash();
        assertEquals(-1, world.offset(0));
        assertFalse(world.shard().groups().iterator().hasNext());
    }

    private void topicDeleted(String name, Uuid id) {
        world.groups.topicsDeleted(new TreeMap<>(Map.of(name, id)));
    }
}
