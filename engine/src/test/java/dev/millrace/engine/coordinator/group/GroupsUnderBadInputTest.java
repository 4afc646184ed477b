package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.GroupWorld.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Clients that ask for too much, or for what cannot be, beside one that behaves: it stays a member of its stable group, in its
/// generation, and commits.
class GroupsUnderBadInputTest {
    private static final GroupConfig CONFIG =
            GroupConfig.DEFAULTS.withInitialRebalanceDelayMs(0).withMaxSize(9_000);
    private static final int MANY = 10_000;
    private static final String CROWD = "crowd";

    private final GroupWorld world = new GroupWorld(1, CONFIG);
    private String good = "";

    @BeforeEach
    void aGoodMember() {
        good = world.newMemberId();
        var joined = now(world.join(9, good, null, "range"));
        assertNotNull(joined);
        assertNotNull(now(world.sync(good, 1, good, "all")));
    }

    @AfterEach
    void isUndisturbed() {
        assertEquals(Errors.NONE, now(world.heartbeat(good, 1)));
        assertEquals(Errors.NONE, GroupWorld.error(now(world.commit(good, 1, 0, 7))));
        assertEquals(7, world.offset(0));
        assertEquals("Stable", world.state());
    }

    private CompletionStage<JoinGroupResponseData> join(
            int version, String group, String memberId, String protocol, byte[] metadata) {
        var request =
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setSessionTimeoutMs(GroupWorld.SESSION_MS)
                        .setRebalanceTimeoutMs(GroupWorld.REBALANCE_MS)
                        .setMemberId(memberId)
                        .setProtocolType("consumer");
        request.protocols()
                .add(new JoinGroupRequestProtocol().setName(protocol).setMetadata(metadata));
        return world.groups.join(GroupWorld.caller(version), request);
    }

    private static Errors error(CompletionStage<JoinGroupResponseData> joining) {
        JoinGroupResponseData answer = now(joining);
        assertNotNull(answer, "held back");
        return Errors.forCode(answer.errorCode());
    }

    private Errors sync(String group, String memberId, int generation, byte[] assignment) {
        var request =
                new SyncGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(memberId)
                        .setGenerationId(generation)
                        .setAssignments(
                                List.of(
                                        new SyncGroupRequestAssignment()
                                                .setMemberId(memberId)
                                                .setAssignment(assignment)));
        var answer = now(world.groups.sync(request));
        assertNotNull(answer);
        return Errors.forCode(answer.errorCode());
    }

    /// Those above `group.max.size` are refused at once, the others make one generation.
    @Test
    void tenThousandMembersAtOnce() {
        var joining = new ArrayList<CompletionStage<JoinGroupResponseData>>();
        for (int i = 0; i < MANY; i++) {
            joining.add(join(3, CROWD, "", "range", new byte[] {1}));
        }
        long refused =
                joining.stream()
                        .filter(stage -> now(stage) != null)
                        .filter(stage -> error(stage) == Errors.GROUP_MAX_SIZE_REACHED)
                        .count();
        assertEquals(MANY - 9_001, refused, "9,000 wait beside the first");
        for (int left = GroupWorld.SESSION_MS; left > 0; left -= 5_000) {
            assertEquals(Errors.NONE, now(world.heartbeat(good, 1)));
            world.env.time.advance(5_000);
        }
        long joined = joining.stream().filter(stage -> error(stage) == Errors.NONE).count();
        assertEquals(9_001, joined);
        ClassicGroup crowd = world.shard().classicGroup(CROWD);
        assertNotNull(crowd);
        assertEquals(9_000, crowd.size(), "without the first, which was told to join again");
    }

    /// Ids are given out without being kept for ever: the oldest are forgotten.
    @Test
    void tenThousandAskForAnIdAndNeverCome() {
        for (int i = 0; i < 2 * MANY; i++) {
            assertEquals(
                    Errors.MEMBER_ID_REQUIRED, error(join(9, CROWD, "", "range", new byte[1])));
        }
        ClassicGroup crowd = world.shard().classicGroup(CROWD);
        assertNotNull(crowd);
        assertEquals(GroupConfig.MOST_PENDING_MEMBERS, crowd.pending().size());
    }

    @Test
    void protocolsThatNobodyElseHas() {
        assertEquals(
                Errors.INCONSISTENT_GROUP_PROTOCOL,
                error(join(9, GroupWorld.GROUP, "", "nobody's", new byte[1])));
    }

    /// What no batch can hold is refused when it is to be written; until then it costs what was sent.
    @Test
    void subscriptionsAndAssignmentsThatNoBatchHolds() {
        byte[] much = new byte[1_100_000];
        JoinGroupResponseData alone = now(join(3, CROWD, "", "range", much));
        assertNotNull(alone);
        long end = world.log.endOffset();
        assertEquals(Errors.UNKNOWN_SERVER_ERROR, sync(CROWD, alone.memberId(), 1, new byte[1]));
        assertEquals(end, world.log.endOffset());

        JoinGroupResponseData other = now(join(3, "other", "", "range", new byte[1]));
        assertNotNull(other);
        assertEquals(Errors.UNKNOWN_SERVER_ERROR, sync("other", other.memberId(), 1, much));
        assertEquals(Errors.NONE, sync("other", other.memberId(), 1, new byte[1]));
    }

    @Test
    void commitsOfOthers() {
        long end = world.log.endOffset();
        assertEquals(
                Errors.UNKNOWN_MEMBER_ID, GroupWorld.error(now(world.commit("nobody", 1, 0, 1))));
        assertEquals(Errors.ILLEGAL_GENERATION, GroupWorld.error(now(world.commit(good, 0, 0, 1))));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, GroupWorld.error(now(world.commit("", -1, 0, 1))));
        assertEquals(end, world.log.endOffset());
    }

    @Test
    void heartbeatsOfOthers() {
        for (String group : List.of("", "nosuch", GroupWorld.GROUP)) {
            var request =
                    new HeartbeatRequestData()
                            .setGroupId(group)
                            .setMemberId("nobody")
                            .setGenerationId(1);
            assertEquals(
                    group.isEmpty() ? Errors.INVALID_GROUP_ID : Errors.UNKNOWN_MEMBER_ID,
                    now(world.groups.heartbeat(request)));
        }
    }
}
