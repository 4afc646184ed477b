package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.coordinator.group.RebalanceCause.Kind;
import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What happens to a streams group that has the member a, and what is remembered as its cause. The application reads the topics
/// t, which is there, and u.
final class StreamsCauseTest {
    private static final String A = "member a (client client at /host) ";
    private static final int REBALANCE_MS = 30_000;
    private static final String SUBTOPOLOGY = "0";

    static final class Script {
        final TestMetadata cluster = TestMetadata.withBrokers(1);
        final GroupWorld world;
        final Member a = new Member("a", null);

        Script() {
            cluster.topic("t", 4, 1);
            set("streams.initial.rebalance.delay.ms", "0");
            set("streams.assignment.interval.ms", "0");
            world = new GroupWorld(1, GroupConfig.DEFAULTS, cluster::image);
            a.send(a.joining());
        }

        final class Member {
            final String id;
            final @Nullable String instanceId;
            int epoch;

            Member(String id, @Nullable String instanceId) {
                this.id = id;
                this.instanceId = instanceId;
            }

            StreamsGroupHeartbeatRequestData request() {
                return new StreamsGroupHeartbeatRequestData()
                        .setGroupId(GroupWorld.GROUP)
                        .setMemberId(id)
                        .setInstanceId(instanceId)
                        .setMemberEpoch(epoch)
                        .setRebalanceTimeoutMs(-1);
            }

            StreamsGroupHeartbeatRequestData joining() {
                epoch = 0;
                return request()
                        .setRebalanceTimeoutMs(REBALANCE_MS)
                        .setProcessId("process-" + id)
                        .setActiveTasks(List.of())
                        .setStandbyTasks(List.of())
                        .setWarmupTasks(List.of())
                        .setTopology(topology(1));
            }

            Topology topology(int version) {
                var reads =
                        new Subtopology()
                                .setSubtopologyId(SUBTOPOLOGY)
                                .setSourceTopics(List.of("t", "u"));
                return new Topology().setEpoch(version).setSubtopologies(List.of(reads));
            }

            void send(StreamsGroupHeartbeatRequestData request) {
                StreamsGroupHeartbeatResponseData answer =
                        Objects.requireNonNull(
                                        GroupWorld.now(
                                                world.groups.streamsHeartbeat(
                                                        GroupWorld.caller(0), request)))
                                .response();
                assertEquals(0, answer.errorCode(), answer.toString());
                epoch = answer.memberEpoch();
            }

            void beat() {
                send(request());
            }

            void leave(int leavingEpoch) {
                send(request().setMemberEpoch(leavingEpoch));
            }
        }

        void topic(String name, int partitions) {
            var before = cluster.image().topics().byName(name);
            if (before != null) {
                cluster.removeTopic(before.id());
            }
            if (partitions > 0) {
                cluster.topic(name, partitions, 1);
            }
        }

        void set(String name, String value) {
            var config =
                    new ConfigRecord()
                            .setResourceType(ConfigResource.Type.GROUP.id())
                            .setResourceName(GroupWorld.GROUP)
                            .setName(name)
                            .setValue(value);
            cluster.write(TestMetadata.versioned(config, 0));
        }

        List<Rebalance> history() {
            return Objects.requireNonNull(GroupWorld.now(world.groups.rebalances(GroupWorld.GROUP)))
                    .rebalances();
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
                        s -> {
                            var b = s.new Member("b", null);
                            b.send(b.joining());
                        }),
                new Case("a member leaves", Kind.MEMBER_LEFT, A + "left", s -> s.a.leave(-1)),
                new Case(
                        "a member dies",
                        Kind.SESSION_EXPIRED,
                        A + "was removed: no heartbeat for 45 s, its session time-out is 45 s",
                        s -> s.world.env.time.advance(45_000)),
                new Case(
                        "a member keeps tasks that others are to have",
                        Kind.REBALANCE_TIMED_OUT,
                        A
                                + "was removed: it did not give up tasks within 30 s, the rebalance time-out"
                                + " (max.poll.interval.ms of Java clients)",
                        s -> {
                            s.topic("u", 4);
                            s.a.beat();
                            var b = s.new Member("b", null);
                            b.send(b.joining());
                            s.a.beat();
                            s.world.env.time.advance(REBALANCE_MS);
                        }),
                new Case(
                        "a static member comes back elsewhere",
                        Kind.STATIC_MEMBER_REPLACED,
                        "static member i came back as member c2 (client client at /host), in the place of c1",
                        s -> {
                            var before = s.new Member("c1", "i");
                            before.send(before.joining());
                            before.leave(-2);
                            var after = s.new Member("c2", "i");
                            after.send(after.joining());
                        }),
                new Case(
                        "a member is tagged anew",
                        Kind.MEMBER_CHANGED,
                        A + "is not what it was: tags {zone=east} instead of {}",
                        s ->
                                s.a.send(
                                        s.a.request()
                                                .setClientTags(
                                                        List.of(
                                                                new KeyValue()
                                                                        .setKey("zone")
                                                                        .setValue("east"))))),
                new Case(
                        "a member is put back to an older version of the application",
                        Kind.TOPOLOGY_CHANGED,
                        A + "runs topology 0 of the application now, it ran topology 1",
                        s -> s.a.send(s.a.joining().setTopology(s.a.topology(0)))),
                new Case(
                        "a topic that it waits for is created",
                        Kind.TOPIC_CREATED,
                        "topic u, which the group reads, was created with 2 partitions",
                        s -> {
                            s.topic("u", 2);
                            s.a.beat();
                        }),
                new Case(
                        "a topic grows",
                        Kind.PARTITIONS_ADDED,
                        "topic t has 7 partitions now, it had 4",
                        s -> {
                            s.topic("t", 7);
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
                        "an administrator wants standbys",
                        Kind.SETTINGS_CHANGED,
                        "the group's settings were changed: num.standby.replicas 1 instead of 0",
                        s -> {
                            s.set("streams.num.standby.replicas", "1");
                            s.a.beat();
                        }),
                new Case(
                        "the coordinator goes and comes back",
                        Kind.COORDINATOR_LOADED,
                        "this broker took the group over from its log, with 1 member; who had not finished a rebalance joins again",
                        s -> s.world.crash()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isNamed(Case c) {
        var script = new Script();
        c.script.accept(script);
        Rebalance last = script.history().getLast();
        assertEquals(c.cause, last.cause().kind(), () -> last.cause().text());
        assertEquals(c.text, last.cause().text());
        assertEquals("streams", last.protocol());
        StreamsGroup group = script.world.shard().streamsGroup(GroupWorld.GROUP);
        assertEquals(Objects.requireNonNull(group).epoch(), last.epoch());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "15000"})
    void aClockThatIsSetBackHoldsNoAssignmentUp(String intervalMs) {
        var script = new Script();
        script.set("streams.assignment.interval.ms", intervalMs);
        script.world.env.time.setWall(-600_000);
        var b = script.new Member("b", null);
        b.send(b.joining());
        StreamsGroup group = script.world.shard().streamsGroup(GroupWorld.GROUP);
        assertEquals(3, Objects.requireNonNull(group).targetEpoch());
    }

    @Test
    void aHeartbeatWithNothingNewIsNoRebalance() {
        var script = new Script();
        for (int i = 0; i < 10; i++) {
            script.world.env.time.advance(5_000);
            script.a.beat();
        }
        assertEquals(1, script.history().size());
    }
}
