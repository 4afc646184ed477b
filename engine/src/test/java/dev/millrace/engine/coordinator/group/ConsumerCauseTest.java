package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.group.RebalanceCause.Kind;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What happens to a group of the consumer protocol that has the member a, and what is remembered as its cause.
final class ConsumerCauseTest {
    private static final String A = "member a (client client at /host) ";

    static final class Script {
        final ConsumerWorld world = new ConsumerWorld();
        final ConsumerWorld.Member a = world.member("a");

        Script() {
            a.join("t", "u");
        }

        List<Rebalance> history() {
            return Objects.requireNonNull(
                            GroupWorld.now(world.world.groups.rebalances(ConsumerWorld.GROUP)))
                    .rebalances();
        }

        void topic(String name, int partitions) {
            var before = world.image().topics().byName(name);
            if (before != null) {
                world.metadata.removeTopic(before.id());
            }
            if (partitions > 0) {
                world.metadata.topic(name, partitions, 1);
            }
        }
    }

    record Case(String what, Kind cause, String text, Consumer<Script> script) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("the first member", Kind.MEMBER_JOINED, A + "joined", s -> {}),
                new Case(
                        "a second member",
                        Kind.MEMBER_JOINED,
                        "member b (client client at /host) joined",
                        s -> s.world.member("b").join("t")),
                new Case("a member leaves", Kind.MEMBER_LEFT, A + "left", s -> s.a.leave(-1)),
                new Case(
                        "a member dies",
                        Kind.SESSION_EXPIRED,
                        A + "was removed: no heartbeat for 45 s, its session time-out is 45 s",
                        s -> s.world.pass(ConsumerWorld.SESSION_MS)),
                new Case(
                        "a member keeps what others are to have",
                        Kind.REBALANCE_TIMED_OUT,
                        A
                                + "was removed: it did not give up partitions within 30 s, the rebalance time-out"
                                + " (max.poll.interval.ms of Java clients)",
                        s -> {
                            s.world.member("b").join("t");
                            s.a.beat();
                            s.world.pass(ConsumerWorld.REBALANCE_MS);
                        }),
                new Case(
                        "an administrator sends a member away",
                        Kind.REMOVED_BY_ADMINISTRATOR,
                        A
                                + "was removed by an administrator; it said \"member was removed by an admin\"",
                        s ->
                                s.world.world.groups.leave(
                                        new LeaveGroupRequestData()
                                                .setGroupId(ConsumerWorld.GROUP)
                                                .setMembers(
                                                        List.of(
                                                                new MemberIdentity()
                                                                        .setMemberId("a")
                                                                        .setReason(
                                                                                "member was removed by an admin"))))),
                new Case(
                        "a member subscribes to something else",
                        Kind.SUBSCRIPTION_CHANGED,
                        A + "changed its subscription; added: v; removed: u",
                        s -> s.a.send(s.a.request().setSubscribedTopicNames(List.of("t", "v")))),
                new Case(
                        "a member asks for another assignor",
                        Kind.ASSIGNORS_CHANGED,
                        A + "wants other assignors than before: range instead of none",
                        s -> s.a.send(s.a.request().setServerAssignor("range"))),
                new Case(
                        "a topic grows",
                        Kind.PARTITIONS_ADDED,
                        "topic t has 7 partitions now, it had 4",
                        s -> {
                            s.topic("t", 7);
                            s.a.beat();
                        }),
                new Case(
                        "a topic that it waits for is created",
                        Kind.TOPIC_CREATED,
                        "topic u, which the group reads, was created with 1 partition",
                        s -> {
                            s.topic("u", 1);
                            s.a.beat();
                        }),
                new Case(
                        "a topic is deleted",
                        Kind.TOPIC_DELETED,
                        "topic t, which the group reads, was deleted",
                        s -> {
                            s.topic("t", 0);
                            s.a.beat();
                        }),
                new Case(
                        "a pattern is matched",
                        Kind.TOPICS_MATCHED,
                        "the pattern t.* matches other topics than before; added: t",
                        s -> {
                            var b = s.world.member("b");
                            b.send(
                                    b.joining()
                                            .setSubscribedTopicNames(null)
                                            .setSubscribedTopicRegex("t.*"));
                            s.world.pass(0);
                        }),
                new Case(
                        "a static member comes back for other topics",
                        Kind.STATIC_MEMBER_REPLACED,
                        "static member i came back as member c2 (client client at /host), in the place of c1",
                        s -> {
                            ConsumerWorld.Member before = s.world.fixed("c1", "i");
                            before.join("t");
                            before.leave(-2);
                            s.world.fixed("c2", "i").join("t", "u");
                        }),
                new Case(
                        "a topic is deleted, and another has its name",
                        Kind.TOPIC_REPLACED,
                        "topic t was deleted and created anew with 2 partitions, it had 4",
                        s -> {
                            s.topic("t", 2);
                            s.a.beat();
                        }),
                new Case(
                        "a topic grows while the coordinator is away",
                        Kind.TOPICS_CHANGED,
                        "the topics that the group reads, or where they lie, have changed: t, u",
                        s -> {
                            s.topic("t", 7);
                            s.world.world.crash();
                            s.a.beat();
                        }),
                new Case(
                        "the coordinator goes and comes back",
                        Kind.COORDINATOR_LOADED,
                        "this broker took the group over from its log, with 1 member; who had not finished a rebalance joins again",
                        s -> s.world.world.crash()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isNamed(Case c) {
        var script = new Script();
        c.script.accept(script);
        Rebalance last = script.history().getLast();
        assertEquals(c.cause, last.cause().kind(), () -> last.cause().text());
        assertEquals(c.text, last.cause().text());
        assertEquals("consumer", last.protocol());
        assertEquals(script.world.group().epoch(), last.epoch());
    }

    private static List<String> texts(ConsumerWorld world) {
        return Objects.requireNonNull(GroupWorld.now(world.world.groups.rebalances("g")))
                .rebalances()
                .stream()
                .map(each -> each.protocol() + " " + each.epoch() + ": " + each.cause().text())
                .toList();
    }

    @Test
    void aGroupThatGoesOverToTheOtherProtocolAndBackKeepsItsHistory() {
        var world = new ConsumerWorld();
        var old = new ClassicConsumer(world, null, false);
        old.takePart();
        ConsumerWorld.Member young = world.member("young");
        young.join("t");
        old.takePart();
        young.leave(-1);
        String oldName = "member " + old.memberId + " (client client at /host)";
        String youngName = "member young (client client at /host)";
        assertEquals(
                List.of(
                        "classic 1: " + oldName + " joined",
                        "consumer 2: the group went over from the classic to the consumer protocol with 2 members",
                        "consumer 2: " + youngName + " joined",
                        "consumer 3: " + youngName + " left",
                        "classic 3: the group went over from the consumer to the classic protocol with 1 member"),
                texts(world));
    }

    @Test
    void aGroupThatWentOverIsFoundInTheMiddleOfItsRebalance() {
        var world = new ConsumerWorld();
        ConsumerWorld.Member young = world.member("young");
        young.join("t");
        new ClassicConsumer(world, null, false).takePart();
        young.leave(-1);
        world.world.crash();
        assertEquals(
                List.of(
                        "classic 3: this broker took the group over from its log, with 1 member; who had not finished a rebalance joins again",
                        "classic 4: a rebalance was going on when the group was loaded or changed its protocol: it begins again, with 1 member"),
                texts(world));
    }

    @Test
    void aClassicMemberThatTakesTheLastOthersPlaceIsNamed() {
        var world = new ConsumerWorld();
        ConsumerWorld.Member young = world.fixed("young", "i");
        young.join("t");
        young.leave(-2);
        new ClassicConsumer(world, "i", false).takePart();
        List<String> all = texts(world);
        assertTrue(all.get(1).startsWith("consumer 2: static member i came back as "), all.get(1));
        assertTrue(all.get(2).startsWith("classic 2: the group went over"), all.get(2));
        assertEquals(3, all.size());
    }

    @Test
    void aGroupWithoutMembersGoesOverToNothing() {
        var world = new ConsumerWorld();
        var old = new ClassicConsumer(world, null, false);
        old.takePart();
        old.leave();
        world.member("a").join("t");
        List<String> all = texts(world);
        assertEquals("consumer 2: " + A + "joined", all.getLast());
        assertTrue(all.stream().noneMatch(text -> text.contains("went over")), all.toString());
    }

    @Test
    void heartbeatsWithNothingNewAreNoRebalances() {
        var script = new Script();
        for (int i = 0; i < 10; i++) {
            script.world.pass(5_000);
            script.a.beat();
        }
        assertEquals(1, script.history().size());
    }
}
