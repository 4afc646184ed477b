package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.group.ConsumerWorld.Member;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A group of the consumer protocol, scene by scene.
class ConsumerGroupTest {
    private final ConsumerWorld world = new ConsumerWorld();

    private static void refused(
            Errors error, String message, ConsumerGroupHeartbeatResponseData answer) {
        assertEquals(error, ConsumerWorld.error(answer));
        assertEquals(message, answer.errorMessage());
    }

    private String state() {
        return world.group().stateText();
    }

    // ---- joining and leaving

    @Test
    void theFirstMemberReadsEverything() {
        Member a = world.member("a");
        var answer = a.join("t");
        assertEquals(2, answer.memberEpoch());
        assertEquals("a", answer.memberId());
        assertEquals(5_000, answer.heartbeatIntervalMs());
        assertEquals("t0 t1 t2 t3", a.has);
        assertEquals("Stable", state());
    }

    @Test
    void aPartitionIsGivenOnlyWhenItWasGivenUp() {
        Member a = world.member("a");
        Member b = world.member("b");
        a.join("t");
        b.join("t");
        assertEquals("", b.has);
        assertEquals("Reconciling", state());
        assertEquals(2, a.beat().memberEpoch());
        assertEquals("t0 t1", a.has);
        assertNull(b.beat().assignment());
        assertEquals(3, a.own().memberEpoch());
        assertEquals("t2 t3", afterBeat(b));
        assertEquals("Stable", state());
    }

    private static String afterBeat(Member member) {
        member.beat();
        return member.has;
    }

    private Member[] two() {
        Member a = world.member("a");
        Member b = world.member("b");
        a.join("t");
        b.join("t");
        a.beat();
        a.own();
        b.beat();
        return new Member[] {a, b};
    }

    @Test
    void whatAMemberLeavesGoesToTheOthers() {
        Member[] members = two();
        var answer = members[0].leave(-1);
        assertEquals(-1, answer.memberEpoch());
        assertEquals("t0 t1 t2 t3", afterBeat(members[1]));
        members[1].leave(-1);
        assertEquals("Empty", state());
        assertEquals(world.group().epoch(), world.group().targetEpoch());
    }

    @Test
    void olderClientsAreGivenAMemberId() {
        var request = world.member("").joining("t");
        var answer =
                Objects.requireNonNull(
                        GroupWorld.now(
                                world.world.groups.heartbeat(GroupWorld.caller(0), request)));
        assertEquals(Errors.NONE, ConsumerWorld.error(answer));
        assertNotEquals("", answer.memberId());
    }

    @Test
    void aFullGroupTakesNobodyElse() {
        var full =
                new ConsumerWorld(
                        1,
                        GroupConfig.DEFAULTS.withConsumer(
                                ConsumerGroupConfig.DEFAULTS.withMaxSize(1)));
        full.metadata.topic("t", 4, 1);
        Member a = full.member("a");
        a.join("t");
        refused(
                Errors.GROUP_MAX_SIZE_REACHED,
                "The consumer group has reached its maximum capacity of 1 members.",
                full.member("b").join("t"));
        assertEquals(Errors.NONE, ConsumerWorld.error(a.beat()));
    }

    // ---- heartbeats

    @Test
    void nothingNewWritesNothing() {
        Member[] members = two();
        long end = world.world.log.endOffset();
        for (Member member : members) {
            assertNull(member.beat().assignment());
        }
        assertEquals(end, world.world.log.endOffset());
    }

    @Test
    void aMemberThatSaysEverythingIsToldEverything() {
        Member a = world.member("a");
        a.join("t");
        long end = world.world.log.endOffset();
        var answer =
                a.send(
                        a.request()
                                .setRebalanceTimeoutMs(ConsumerWorld.REBALANCE_MS)
                                .setSubscribedTopicNames(List.of("t"))
                                .setTopicPartitions(world.owned(a.has)));
        assertEquals("t0 t1 t2 t3", world.text(Objects.requireNonNull(answer.assignment())));
        assertEquals(end, world.world.log.endOffset());
    }

    @Test
    void otherTopicsAreAnotherAssignment() {
        world.metadata.topic("u", 1, 1);
        Member a = world.member("a");
        a.join("t");
        a.send(a.request().setSubscribedTopicNames(List.of("u")));
        assertEquals("", a.has);
        a.own();
        assertEquals("u0", a.has);
        assertEquals(3, a.epoch);
    }

    @Test
    void addedPartitionsAndDeletedTopicsAreSeenAtTheNextHeartbeat() {
        Member a = world.member("a");
        a.join("t", "u");
        var added = world.metadata.topic("u", 2, 1);
        assertEquals("t0 t1 t2 t3 u0 u1", afterBeat(a));
        assertEquals(3, a.epoch);
        world.metadata.removeTopic(added.id());
        a.beat();
        assertEquals("t0 t1 t2 t3", a.has);
        assertEquals(3, a.epoch);
        a.own();
        assertEquals(4, a.epoch);
    }

    @Test
    void changesThatComeCloseTogetherAreOneAssignment() {
        var slow = new ConsumerWorld(1_000);
        Member a = slow.member("a");
        a.join("t");
        Member b = slow.member("b");
        b.join("t");
        Member c = slow.member("c");
        c.join("t");
        assertEquals("Assigning", slow.group().stateText());
        assertEquals(2, slow.group().targetEpoch());
        assertEquals(2, c.epoch);
        slow.pass(1_000);
        a.beat();
        assertEquals(4, slow.group().targetEpoch());
    }

    /// With the next coordinator, for instance, whose clock is behind.
    @ParameterizedTest
    @ValueSource(ints = {0, 1_000})
    void aClockThatIsSetBackHoldsNoAssignmentUp(int intervalMs) {
        var slow = new ConsumerWorld(intervalMs);
        slow.member("a").join("t");
        slow.world.env.time.setWall(-600_000);
        slow.member("b").join("t");
        assertEquals(3, slow.group().targetEpoch());
        slow.pass(1_000);
        slow.member("c").join("t");
        assertEquals(4, slow.group().targetEpoch());
    }

    @Test
    void theAssignorThatMostAskForIsUsed() {
        Member a = world.member("a");
        a.send(a.joining("t").setServerAssignor("range"));
        assertEquals("range", world.describe().assignorName());
        Member b = world.member("b");
        b.send(b.joining("t").setServerAssignor("uniform"));
        assertEquals("uniform", world.describe().assignorName());
    }

    // ---- epochs

    @Test
    void aMemberWhoseAnswerWasLostGoesOn() {
        Member a = world.member("a");
        Member b = world.member("b");
        a.join("t");
        b.join("t");
        a.beat();
        int before = a.epoch;
        a.own();
        a.epoch = before;
        var answer = a.own();
        assertEquals(Errors.NONE, ConsumerWorld.error(answer));
        assertEquals(3, answer.memberEpoch());
    }

    @Test
    void aMemberAtAnEarlierEpochWithPartitionsThatAreNotItsOwnIsFenced() {
        Member a = world.member("a");
        Member b = world.member("b");
        a.join("t");
        b.join("t");
        a.beat();
        int before = a.epoch;
        a.own();
        a.epoch = before;
        a.has = "t0 t3";
        refused(
                Errors.FENCED_MEMBER_EPOCH,
                "The consumer group member has a smaller member epoch (2) than the one known by the group coordinator (3). The member must abandon all its partitions and rejoin.",
                a.own());
        assertEquals(Errors.FENCED_MEMBER_EPOCH, ConsumerWorld.error(a.beat()));
    }

    @Test
    void aMemberOfTheFutureIsFenced() {
        Member a = world.member("a");
        a.join("t");
        a.epoch = 9;
        refused(
                Errors.FENCED_MEMBER_EPOCH,
                "The consumer group member has a greater member epoch (9) than the one known by the group coordinator (2). The member must abandon all its partitions and rejoin.",
                a.beat());
    }

    @Test
    void whoIsNotThereMustJoin() {
        Member a = world.member("a");
        a.epoch = 1;
        refused(Errors.GROUP_ID_NOT_FOUND, "Consumer group g not found.", a.beat());
        world.member("b").join("t");
        refused(Errors.UNKNOWN_MEMBER_ID, "Member a is not a member of group g.", a.beat());
        refused(Errors.UNKNOWN_MEMBER_ID, "Member a is not a member of group g.", a.leave(-1));
    }

    // ---- time-outs

    @Test
    void aMemberThatIsNotHeardOfIsRemoved() {
        Member[] members = two();
        world.pass(ConsumerWorld.SESSION_MS - 1);
        members[1].beat();
        world.pass(1);
        assertEquals(1, world.group().size());
        assertEquals("t0 t1 t2 t3", afterBeat(members[1]));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, ConsumerWorld.error(members[0].beat()));
    }

    @Test
    void aMemberThatDoesNotGiveUpInTimeIsRemoved() {
        Member a = world.member("a");
        Member b = world.member("b");
        a.join("t");
        b.join("t");
        a.beat();
        world.pass(ConsumerWorld.REBALANCE_MS / 2);
        a.beat();
        b.beat();
        world.pass(ConsumerWorld.REBALANCE_MS / 2);
        assertEquals("t0 t1 t2 t3", afterBeat(b));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, ConsumerWorld.error(a.beat()));
    }

    @Test
    void aMemberThatGivesUpInTimeStays() {
        two();
        world.pass(ConsumerWorld.REBALANCE_MS);
        assertEquals(2, world.group().size());
    }

    // ---- static members

    @Test
    void aStaticMemberThatComesBackHasWhatItHad() {
        Member a = world.fixed("a", "i");
        a.join("t");
        world.member("b").join("t");
        int epoch = world.group().epoch();
        assertEquals(-2, a.leave(-2).memberEpoch());
        Member again = world.fixed("a2", "i");
        again.join("t");
        assertEquals("t0 t1", again.has);
        assertEquals(epoch, world.group().epoch());
        assertNull(world.group().member("a"));
        refused(
                Errors.FENCED_INSTANCE_ID,
                "Static member a with instance id i was fenced by member a2.",
                world.fixed("a", "i").leave(-1));
    }

    @Test
    void aStaticMemberThatDoesNotComeBackIsRemoved() {
        Member a = world.fixed("a", "i");
        a.join("t");
        a.leave(-2);
        world.pass(ConsumerWorld.SESSION_MS);
        assertEquals("Empty", state());
    }

    @Test
    void anInstanceHasOneMember() {
        Member a = world.fixed("a", "i");
        a.join("t");
        refused(
                Errors.UNRELEASED_INSTANCE_ID,
                "Static member b with instance id i cannot join the group because the instance id is owned by a member.",
                world.fixed("b", "i").join("t"));
        Member b = world.fixed("b", "i");
        b.epoch = 2;
        refused(
                Errors.FENCED_INSTANCE_ID,
                "Static member b with instance id i was fenced by member a.",
                b.beat());
        Member c = world.fixed("a", "j");
        c.epoch = 2;
        refused(Errors.UNKNOWN_MEMBER_ID, "Instance id j is unknown.", c.beat());
    }

    // ---- regular expressions

    private ConsumerGroupHeartbeatRequestData matching(Member member, String regex) {
        return member.joining().setSubscribedTopicNames(null).setSubscribedTopicRegex(regex);
    }

    @Test
    void topicsThatMatchAreReadFromTheNextHeartbeatOn() {
        Member a = world.member("a");
        a.send(matching(a, "[tu]"));
        assertEquals("", a.has);
        assertEquals("t0 t1 t2 t3", afterBeat(a));
        world.metadata.topic("u", 1, 1);
        world.pass(ConsumerRegexes.PAUSE_MS + 1);
        a.beat();
        assertEquals("t0 t1 t2 t3 u0", afterBeat(a));
    }

    /// By the coordinator before, whose clock was ahead, or by this one before somebody set its clock.
    @Test
    void whatWasMatchedInTheFutureIsMatchedAgain() {
        Member a = world.member("a");
        world.world.env.time.setWall(3_600_000);
        a.send(matching(a, "[tu]"));
        a.beat();
        world.world.env.time.setWall(-3_600_000);
        world.metadata.topic("u", 1, 1);
        world.pass(ConsumerRegexes.PAUSE_MS + 1);
        a.beat();
        assertEquals("t0 t1 t2 t3 u0", afterBeat(a));
    }

    /// A change of a partition is one of the image: whether there are new topics is found out once, not at every heartbeat.
    @Test
    void topicsThatChangeAreLookedThroughOnce() {
        Member a = world.member("a");
        a.send(matching(a, "[tu]"));
        a.beat();
        world.pass(ConsumerRegexes.PAUSE_MS + 1);
        world.metadata.grow("t");
        a.beat();
        assertSame(world.image().topics(), world.group().watch().searched());
        world.metadata.topic("u", 1, 1);
        a.beat();
        assertEquals("t0 t1 t2 t3 t4 u0", afterBeat(a));
    }

    @Test
    void anExpressionThatNobodyHasAnyMoreIsForgotten() {
        Member a = world.member("a");
        a.send(matching(a, "t"));
        a.beat();
        assertEquals(List.of("t"), List.copyOf(world.group().resolutions().keySet()));
        a.send(a.request().setSubscribedTopicRegex(""));
        assertTrue(world.group().resolutions().isEmpty());
        assertEquals("", a.has);
    }

    @Test
    void anExpressionThatCannotBeReadIsRefused() {
        Member a = world.member("a");
        refused(
                Errors.INVALID_REGULAR_EXPRESSION,
                "SubscribedTopicRegex `[` is not a valid regular expression: missing closing ].",
                a.send(matching(a, "[")));
        assertNull(world.world.shard().group(ConsumerWorld.GROUP));
    }

    // ---- offsets

    @Test
    void commitsAreOfThePresentEpochOrOfPartitionsHeldSince() {
        Member a = world.member("a");
        a.join("t");
        Member b = world.member("b");
        b.join("t");
        a.beat();
        a.own();
        assertEquals(Errors.NONE, a.commit(3, "t0", 1));
        assertEquals(Errors.NONE, a.commit(2, "t0", 2));
        assertEquals(Errors.STALE_MEMBER_EPOCH, a.commit(2, "t3", 3));
        assertEquals(Errors.STALE_MEMBER_EPOCH, a.commit(4, "t0", 4));
        assertEquals(Errors.STALE_MEMBER_EPOCH, a.commit(1, "t0", 5));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, world.member("c").commit(3, "t0", 6));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, world.commit(9, "", -1, "t0", 7));
        assertEquals(Errors.UNSUPPORTED_VERSION, world.commit(8, "a", 3, "t0", 8));
        assertEquals(2L, world.world.offset(0));
    }

    @Test
    void offsetsAreShownToMembersOfThePresentEpochAndToAdministrators() {
        Member a = world.member("a");
        a.join("t");
        assertEquals(Errors.NONE, world.fetch(null, -1));
        assertEquals(Errors.NONE, world.fetch("a", 2));
        assertEquals(Errors.STALE_MEMBER_EPOCH, world.fetch("a", 1));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, world.fetch("b", 2));
    }

    @Test
    void aGroupOfOffsetsOnlyBecomesOneOfMembers() {
        assertEquals(Errors.NONE, world.commit(9, "", -1, "t0", 7));
        world.member("a").join("t");
        assertEquals(Group.Kind.CONSUMER, world.group().kind());
        assertEquals(7L, world.world.offset(0));
    }

    // ---- administration

    @Test
    void aDescriptionTellsWhatEachHasAndShallHave() {
        Member a = world.member("a");
        a.join("t");
        world.member("b").join("t");
        a.beat();
        var described = world.describe();
        assertEquals("Reconciling", described.groupState());
        assertEquals(3, described.groupEpoch());
        assertEquals(3, described.assignmentEpoch());
        assertEquals("uniform", described.assignorName());
        var first = described.members().getLast();
        assertEquals("a", first.memberId());
        assertEquals(
                List.of(0, 1, 2, 3), first.assignment().topicPartitions().getFirst().partitions());
        assertEquals(
                List.of(0, 1), first.targetAssignment().topicPartitions().getFirst().partitions());
    }

    @Test
    void anEmptyGroupIsDeletedWithAllThatItHas() {
        Member a = world.member("a");
        a.send(matching(a, "t"));
        a.beat();
        a.commit(a.epoch, "t0", 7);
        a.leave(-1);
        var deleted =
                Objects.requireNonNull(
                        GroupWorld.now(world.world.groups.delete(ConsumerWorld.GROUP)));
        assertEquals(Errors.NONE.code(), deleted.errorCode());
        world.world.crash();
        assertNull(world.world.shard().group(ConsumerWorld.GROUP));
        assertEquals(-1L, world.world.offset(0));
    }

    // ---- loading

    @Test
    void anotherCoordinatorGoesOnWhereTheLastOneWas() {
        Member a = world.member("a");
        a.join("t");
        Member b = world.member("b");
        b.join("t");
        a.beat();
        world.world.crash();
        assertEquals(3, a.own().memberEpoch());
        assertEquals("t2 t3", afterBeat(b));
        world.pass(ConsumerWorld.SESSION_MS);
        assertEquals("Empty", state());
    }

    @Test
    void timeToGiveUpBeginsAnewWithAnotherCoordinator() {
        Member a = world.member("a");
        a.join("t");
        Member b = world.member("b");
        b.join("t");
        a.beat();
        world.world.crash();
        world.pass(ConsumerWorld.REBALANCE_MS - 1);
        a.beat();
        b.beat();
        assertEquals(2, world.group().size());
        world.pass(1);
        assertEquals(1, world.group().size());
    }

    /// As Apache Kafka 4.4.0 tells them: a table of hashes decides, whoever came first.
    @Test
    void membersAreDescribedInKafkasOrder() {
        world.member("member-1").join("t");
        world.member("member-2").join("t");
        assertEquals(
                List.of("member-2", "member-1"),
                world.describe().members().stream()
                        .map(ConsumerGroupDescribeResponseData.Member::memberId)
                        .toList());
    }

    private void write(GroupRecord... facts) {
        var records =
                Stream.of(facts).map(fact -> Written.record(fact, 1)).toArray(SimpleRecord[]::new);
        world.world.log.write(MemoryRecords.withRecords(Compression.NONE, records));
    }

    /// What is left of a log after compaction: every key's last record, in the order in which those were written.
    @Test
    void aCompactedLogHoldsItsRecordsInAnyOrder() {
        String g = ConsumerWorld.GROUP;
        var topic = world.topicId("t");
        Map<Uuid, Map<Integer, Integer>> held = Map.of(topic, Map.of(0, 5));
        var offset = new CommittedOffset(7, -1, "", 1, CommittedOffset.NEVER, topic);
        var said =
                ConsumerSubscription.NOTHING.updated(
                        GroupWorld.caller(1), world.member("a").joining("t"));
        write(
                new ConsumerRecord.CurrentForgotten(g, "gone"),
                new GroupRecord.OffsetCommitted(g, "t", 0, offset),
                new ConsumerRecord.CurrentStored(
                        g,
                        "a",
                        new ConsumerAssignment(6, 5, ConsumerMemberState.STABLE, held, Map.of())),
                new ConsumerRecord.TargetEpochStored(g, 6, 1),
                new ConsumerRecord.MemberStored(g, "a", said),
                new ConsumerRecord.TargetStored(g, "a", Map.of(topic, Set.of(0))),
                new ConsumerRecord.MemberForgotten(g, "gone"),
                new ConsumerRecord.GroupEpochStored(g, 6, 1),
                new ConsumerRecord.GroupEpochForgotten("another"));
        world.world.crash();
        assertEquals("Stable", state());
        assertEquals(7L, world.world.offset(0));
        assertNull(world.world.shard().group("another"));
        Member a = world.member("a");
        a.epoch = 6;
        a.beat();
        assertEquals(7, a.epoch);
        assertEquals("t0 t1 t2 t3", a.has);
    }
}
