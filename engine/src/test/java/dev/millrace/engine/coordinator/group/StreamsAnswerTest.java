package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A member whose last answer got lost says what it has, and hears of its tasks again. Of two members a has been told to give
/// tasks up for b.
class StreamsAnswerTest {
    private final ConsumerWorld world =
            new ConsumerWorld(
                    1, ConsumerWorld.config(0).withStreams(StreamsSimulation.config(0, 0, 0)));

    /// Of the first assignment.
    private static final int FIRST = 2;

    @BeforeEach
    void twoMembers() {
        world.metadata.topic("t", 4, 1);
        join("a");
        join("b");
        assertEquals(tasks("a0_0", "a0_1"), told(send(request("a", FIRST))));
    }

    @Test
    void hearsAgainWhatToGiveUp() {
        var again = send(having(request("a", FIRST), "a0_0", "a0_1", "a0_2", "a0_3"));
        assertEquals(tasks("a0_0", "a0_1"), told(again));
    }

    @Test
    void hearsAgainWhatItWasGiven() {
        int epoch = send(having(request("a", FIRST), "a0_0", "a0_1")).memberEpoch();
        assertEquals(tasks("a0_2", "a0_3"), told(send(request("b", epoch))));
        assertEquals(tasks("a0_2", "a0_3"), told(send(having(request("b", epoch)))));
        assertNull(send(having(request("b", epoch), "a0_2", "a0_3")).activeTasks());
        assertNull(send(request("b", epoch)).activeTasks());
    }

    private void join(String member) {
        var subtopology = new Subtopology().setSubtopologyId("0").setSourceTopics(List.of("t"));
        send(
                having(request(member, 0))
                        .setRebalanceTimeoutMs(ConsumerWorld.REBALANCE_MS)
                        .setProcessId(member)
                        .setTopology(new Topology().setSubtopologies(List.of(subtopology))));
    }

    private static StreamsGroupHeartbeatRequestData request(String member, int epoch) {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId(ConsumerWorld.GROUP)
                .setMemberId(member)
                .setMemberEpoch(epoch);
    }

    private static StreamsGroupHeartbeatRequestData having(
            StreamsGroupHeartbeatRequestData request, String... tasks) {
        return request.setActiveTasks(StreamsApplication.ids(tasks(tasks), 'a'))
                .setStandbyTasks(List.of())
                .setWarmupTasks(List.of());
    }

    private StreamsGroupHeartbeatResponseData send(StreamsGroupHeartbeatRequestData request) {
        var answer =
                GroupWorld.now(world.world.groups.streamsHeartbeat(GroupWorld.caller(1), request));
        return Objects.requireNonNull(answer, "not answered").response();
    }

    private static SortedSet<String> told(StreamsGroupHeartbeatResponseData answer) {
        return StreamsApplication.told(answer);
    }

    private static SortedSet<String> tasks(String... tasks) {
        return new TreeSet<>(List.of(tasks));
    }
}
