package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.millrace.engine.coordinator.group.RebalanceCause.Kind;
import dev.millrace.engine.metadata.TestMetadata;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What happens to a group of two, and what is remembered as its cause.
final class ClassicCauseTest {
    private static final String GROUP = GroupWorld.GROUP;

    /// What a member says when it joins.
    record Said(
            List<String> assignors,
            List<String> topics,
            List<TopicPartition> owned,
            @Nullable String userData,
            @Nullable String reason) {
        static final Said USUAL = new Said(List.of("range"), List.of("t"), List.of(), null, null);

        Said topics(String... names) {
            return new Said(assignors, List.of(names), owned, userData, reason);
        }

        Said assignors(String... names) {
            return new Said(List.of(names), topics, owned, userData, reason);
        }

        Said owns(int partitions) {
            var all = new ArrayList<TopicPartition>();
            for (int i = 0; i < partitions; i++) {
                all.add(new TopicPartition("t", i));
            }
            return new Said(assignors, topics, all, userData, reason);
        }

        Said tells(String data) {
            return new Said(assignors, topics, owned, data, reason);
        }

        Said because(String why) {
            return new Said(assignors, topics, owned, userData, why);
        }

        byte[] metadata() {
            ByteBuffer data = userData == null ? null : ByteBuffer.wrap(Utils.utf8(userData));
            return Utils.toArray(
                    ConsumerProtocol.serializeSubscription(new Subscription(topics, data, owned)));
        }
    }

    /// The coordinator, the cluster's topics, and members by short names. A is first, and leads.
    static final class Script {
        final TestMetadata cluster = new TestMetadata(true);
        final GroupWorld world;
        final Map<String, String> ids = new LinkedHashMap<>();
        private Said usual = Said.USUAL;
        int generation;

        Script() {
            cluster.broker(1, false).topic("t", 3, 1);
            world =
                    new GroupWorld(
                            1, GroupConfig.DEFAULTS.withInitialRebalanceDelayMs(0), cluster::image);
        }

        CompletionStage<JoinGroupResponseData> join(String name, Said said) {
            return join(name, null, said);
        }

        CompletionStage<JoinGroupResponseData> join(
                String name, @Nullable String instanceId, Said said) {
            var request =
                    new JoinGroupRequestData()
                            .setGroupId(GROUP)
                            .setSessionTimeoutMs(GroupWorld.SESSION_MS)
                            .setRebalanceTimeoutMs(GroupWorld.REBALANCE_MS)
                            .setMemberId(ids.getOrDefault(name, ""))
                            .setGroupInstanceId(instanceId)
                            .setReason(said.reason)
                            .setProtocolType("consumer");
            for (String assignor : said.assignors) {
                request.protocols()
                        .add(
                                new JoinGroupRequestProtocol()
                                        .setName(assignor)
                                        .setMetadata(said.metadata()));
            }
            return world.groups.join(GroupWorld.caller(3), request);
        }

        Script stable() {
            var first = join("A", usual);
            world.env.time.advance(0);
            arrived("A", first);
            world.sync(id("A"), generation);
            rebalance("B", null);
            return this;
        }

        /// A and B join, and who is named, and all of them sync.
        void rebalance(String name, @Nullable String instanceId) {
            var joins = new LinkedHashMap<String, CompletionStage<JoinGroupResponseData>>();
            joins.put(name, join(name, instanceId, usual));
            for (String other : List.of("A", "B")) {
                if (ids.containsKey(other) && !joins.containsKey(other)) {
                    joins.put(other, join(other, usual));
                }
            }
            world.env.time.advance(0);
            joins.forEach(this::arrived);
            joins.keySet().forEach(each -> world.sync(id(each), generation));
            world.sync(id("A"), generation);
            assertEquals("Stable", world.state());
        }

        void rebalance() {
            rebalance("A", null);
        }

        void arrived(String name, CompletionStage<JoinGroupResponseData> join) {
            JoinGroupResponseData answer = GroupWorld.now(join);
            assertNotNull(answer, name + " is held back");
            assertEquals(0, answer.errorCode());
            ids.put(name, answer.memberId());
            generation = answer.generationId();
        }

        String id(String name) {
            return ids.getOrDefault(name, "");
        }

        void leave(String memberId, @Nullable String instanceId, @Nullable String reason) {
            var identity =
                    new MemberIdentity()
                            .setMemberId(memberId)
                            .setGroupInstanceId(instanceId)
                            .setReason(reason);
            var answer =
                    GroupWorld.now(
                            world.groups.leave(
                                    new LeaveGroupRequestData()
                                            .setGroupId(GROUP)
                                            .setMembers(List.of(identity))));
            assertNotNull(answer);
        }

        void waitWhileAlive(int ms, String... names) {
            for (int i = 0; i < 4; i++) {
                world.env.time.advance(ms / 4);
                for (String name : names) {
                    world.heartbeat(id(name), generation);
                }
            }
        }

        List<Rebalance> history() {
            GroupRebalances answer = GroupWorld.now(world.groups.rebalances(GROUP));
            assertNotNull(answer);
            return answer.rebalances();
        }

        void deleteTopic() {
            var topic = cluster.image().topics().byName("t");
            assertNotNull(topic);
            cluster.removeTopic(topic.id());
        }
    }

    record Case(String what, Kind cause, String text, Consumer<Script> script) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static final String B = "member B (client client at /host) ";

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "a third member comes",
                        Kind.MEMBER_JOINED,
                        "member client-? (client client at /host) joined",
                        s -> s.join("C", Said.USUAL)),
                new Case(
                        "a member leaves and says why",
                        Kind.MEMBER_LEFT,
                        B + "left; it said \"the consumer is being closed\"",
                        s -> s.leave(s.id("B"), null, "the consumer is being closed")),
                new Case(
                        "an old client leaves, which cannot say why",
                        Kind.MEMBER_LEFT,
                        B + "left",
                        s -> s.leave(s.id("B"), null, null)),
                new Case(
                        "a member's application does not poll",
                        Kind.POLL_INTERVAL_EXCEEDED,
                        B
                                + "left because its application took longer between two polls than max.poll.interval.ms allows;"
                                + " it said \"consumer poll timeout has expired.\"",
                        s -> s.leave(s.id("B"), null, "consumer poll timeout has expired.")),
                new Case(
                        "a member dies",
                        Kind.SESSION_EXPIRED,
                        B + "was removed: no heartbeat for 10 s, its session time-out is 10 s",
                        s -> s.waitWhileAlive(GroupWorld.SESSION_MS, "A")),
                new Case(
                        "a member does not come to a rebalance",
                        Kind.REBALANCE_TIMED_OUT,
                        B
                                + "was removed: it did not join again within 20 s, the rebalance time-out"
                                + " (max.poll.interval.ms of Java clients)",
                        s -> {
                            s.join("A", Said.USUAL.because("it wants to"));
                            s.waitWhileAlive(GroupWorld.REBALANCE_MS, "B");
                        }),
                new Case(
                        "a member does not fetch its assignment",
                        Kind.REBALANCE_TIMED_OUT,
                        B
                                + "was removed: it did not fetch its assignment within 20 s, the rebalance time-out"
                                + " (max.poll.interval.ms of Java clients)",
                        s -> {
                            s.join("A", Said.USUAL);
                            var join = s.join("B", Said.USUAL);
                            s.world.env.time.advance(0);
                            s.arrived("B", join);
                            s.world.sync(s.id("A"), s.generation);
                            s.waitWhileAlive(GroupWorld.REBALANCE_MS, "A", "B");
                        }),
                new Case(
                        "an administrator sends a member away",
                        Kind.REMOVED_BY_ADMINISTRATOR,
                        B
                                + "was removed by an administrator; it said \"member was removed by an admin: too slow\"",
                        s -> s.leave(s.id("B"), null, "member was removed by an admin: too slow")),
                new Case(
                        "an administrator sends a static member away",
                        Kind.REMOVED_BY_ADMINISTRATOR,
                        "member i-? (client client at /host) was removed by an administrator",
                        s -> {
                            s.rebalance("C", "i");
                            s.leave("", "i", null);
                        }),
                new Case(
                        "a static member comes back with other assignors",
                        Kind.STATIC_MEMBER_REPLACED,
                        "static member i came back as member i-? (client client at /host), in the place of i-?",
                        s -> {
                            s.usual = Said.USUAL.assignors("range", "sticky");
                            s.rebalance("C", "i");
                            s.ids.remove("C");
                            s.join("C", "i", Said.USUAL.assignors("sticky"));
                        }),
                new Case(
                        "a member subscribes to one topic more",
                        Kind.SUBSCRIPTION_CHANGED,
                        B + "changed its subscription; added: u",
                        s -> s.join("B", Said.USUAL.topics("u", "t"))),
                new Case(
                        "a member reads another topic",
                        Kind.SUBSCRIPTION_CHANGED,
                        B + "changed its subscription; added: u; removed: t",
                        s -> s.join("B", Said.USUAL.topics("u"))),
                new Case(
                        "a member changes its assignors",
                        Kind.ASSIGNORS_CHANGED,
                        B + "wants other assignors than before: range, sticky instead of range",
                        s -> s.join("B", Said.USUAL.assignors("range", "sticky"))),
                new Case(
                        "of what a member offered the log has only the chosen one",
                        Kind.LEADER_REJOINED,
                        "the group's leader, member A (client client at /host), joined again",
                        s -> {
                            s.usual = Said.USUAL.assignors("range", "sticky");
                            s.rebalance();
                            s.world.crash();
                            s.join("A", s.usual);
                        }),
                new Case(
                        "a member has news for the assignor",
                        Kind.ASSIGNOR_DATA_CHANGED,
                        B + "had something new to tell the assignor; it said \"lags\"",
                        s -> s.join("B", Said.USUAL.tells("lags: 7").because("lags"))),
                new Case(
                        "a member gives partitions up, cooperatively",
                        Kind.PARTITIONS_GIVEN_UP,
                        B + "has given up 2 partitions, which can now go to others",
                        s -> {
                            s.usual = Said.USUAL.owns(3);
                            s.rebalance();
                            s.join("B", Said.USUAL.owns(1));
                        }),
                new Case(
                        "the leader wants it",
                        Kind.LEADER_REJOINED,
                        "the group's leader, member A (client client at /host), joined again; it said \"some reason\"",
                        s -> s.join("A", Said.USUAL.because("some reason"))),
                new Case(
                        "a topic grows",
                        Kind.PARTITIONS_ADDED,
                        "topic t has 5 partitions now, it had 3",
                        s -> {
                            s.deleteTopic();
                            s.cluster.topic("t", 5, 1);
                            s.join("A", Said.USUAL.because("cached metadata has changed"));
                        }),
                new Case(
                        "a topic is deleted",
                        Kind.TOPIC_DELETED,
                        "topic t, which the group reads, was deleted",
                        s -> {
                            s.deleteTopic();
                            s.join("A", Said.USUAL);
                        }),
                new Case(
                        "a topic that they wait for is created",
                        Kind.TOPIC_CREATED,
                        "topic u, which the group reads, was created with 2 partitions",
                        s -> {
                            s.usual = Said.USUAL.topics("t", "u");
                            s.rebalance();
                            s.cluster.topic("u", 2, 1);
                            s.join("A", s.usual);
                        }),
                new Case(
                        "the coordinator goes and comes back",
                        Kind.COORDINATOR_LOADED,
                        "this broker took the group over from its log, with 2 members; who had not finished a rebalance joins again",
                        s -> s.world.crash()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isNamed(Case c) {
        Script script = new Script().stable();
        c.script.accept(script);
        Rebalance last = script.history().getLast();
        assertEquals(c.cause, last.cause().kind(), () -> last.cause().text());
        assertEquals(c.text, anonymous(script, last.cause().text()));
        assertEquals("classic", last.protocol());
    }

    /// With the script's names of its members, and without random ids.
    private static String anonymous(Script script, String text) {
        String named = text;
        for (String name : List.of("A", "B")) {
            named = named.replace(script.id(name), name);
        }
        return named.replaceAll("(client|i)-[0-9a-f]{8}-[-0-9a-f]{27}", "$1-?");
    }

    @Test
    void aRebalanceHasItsFirstCauseAndEveryDeparture() {
        Script script = new Script().stable();
        script.join("C", Said.USUAL);
        script.join("D", Said.USUAL);
        script.leave(script.id("B"), null, "bye");
        assertEquals(
                List.of(
                        Kind.MEMBER_JOINED,
                        Kind.MEMBER_JOINED,
                        Kind.MEMBER_JOINED,
                        Kind.MEMBER_LEFT),
                script.history().stream().map(r -> r.cause().kind()).toList());
        assertEquals(List.of(1, 2, 3, 3), script.history().stream().map(Rebalance::epoch).toList());
    }

    @Test
    void aGroupThatIsFoundTooLargeRebalances() {
        Script script = new Script().stable();
        GroupWorld world = script.world;
        world.groups.resign(0, world.log.leaderEpoch());
        var stricter = GroupConfig.DEFAULTS.withMaxSize(1);
        var groups = new Groups(world.env, stricter, () -> 1, script.cluster::image);
        groups.lead(0, world.log.lead());
        GroupRebalances answer = GroupWorld.now(groups.rebalances(GROUP));
        assertNotNull(answer);
        Rebalance last = answer.rebalances().getLast();
        assertEquals(Kind.GROUP_TOO_LARGE, last.cause().kind());
        assertEquals(
                "the group was found with 2 members and group.max.size allows 1: all have to join again",
                last.cause().text());
        assertEquals(script.generation + 1, last.epoch());
    }

    @Test
    void aDeletedGroupIsForgotten() {
        Script script = new Script().stable();
        script.leave(script.id("A"), null, null);
        script.leave(script.id("B"), null, null);
        script.world.env.time.advance(0);
        assertEquals("Empty", script.world.state());
        script.world.groups.delete(GROUP);
        assertEquals("none", script.world.state());
        script.ids.clear();
        var join = script.join("A", Said.USUAL);
        script.world.env.time.advance(0);
        script.arrived("A", join);
        assertEquals(1, script.history().size());
    }
}
