package dev.millrace.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// A member by the classic protocol; the leader deals the topic's partitions out in turn.
final class ClassicMember extends GroupMember {
    private static final String TYPE = "consumer";
    private static final String ASSIGNOR = "range";
    private static final short MEMBER_ID_REQUIRED = 79;
    private static final int ATTEMPTS = 1_000;

    private String id = "";
    private int generation = -1;

    ClassicMember(LoadJob.Target target, String group, int heartbeatMs, int maxResponseBytes)
            throws IOException {
        super(target, group, heartbeatMs, maxResponseBytes);
    }

    /// Until it has an assignment: a group that goes on rebalancing sends it back.
    @Override
    void join() throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            JoinGroupResponseData joined = ask();
            switch (joined.errorCode()) {
                case 0 -> {
                    if (sync(joined)) return;
                }
                case MEMBER_ID_REQUIRED -> id = joined.memberId();
                case UNKNOWN_MEMBER_ID -> id = "";
                default -> pauseOrFail("JoinGroup", joined.errorCode());
            }
        }
        throw new IOException("no assignment after " + ATTEMPTS + " attempts");
    }

    private JoinGroupResponseData ask() throws IOException {
        var subscription = new Subscription(List.of(target.topic().name()));
        var protocol =
                new JoinGroupRequestProtocol()
                        .setName(ASSIGNOR)
                        .setMetadata(ConsumerProtocol.serializeSubscription(subscription).array());
        var request =
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(id)
                        .setProtocolType(TYPE)
                        .setSessionTimeoutMs(SESSION_MS)
                        .setRebalanceTimeoutMs(SESSION_MS)
                        .setProtocols(
                                new JoinGroupRequestProtocolCollection(
                                        List.of(protocol).iterator()));
        return connection.ask(ApiKeys.JOIN_GROUP, 9, request, new JoinGroupResponseData());
    }

    private boolean sync(JoinGroupResponseData joined) throws IOException {
        id = joined.memberId();
        generation = joined.generationId();
        var request =
                new SyncGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(id)
                        .setGenerationId(generation)
                        .setProtocolType(TYPE)
                        .setProtocolName(ASSIGNOR)
                        .setAssignments(
                                id.equals(joined.leader())
                                        ? assignments(joined.members())
                                        : List.of());
        var synced = connection.ask(ApiKeys.SYNC_GROUP, 5, request, new SyncGroupResponseData());
        if (movedOn(synced.errorCode())) return false;
        if (synced.errorCode() != 0) {
            pauseOrFail("SyncGroup", synced.errorCode());
            return false;
        }
        var assignment =
                ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(synced.assignment()));
        has(assignment.partitions().size(), generation);
        return true;
    }

    private boolean movedOn(short error) {
        if (error == UNKNOWN_MEMBER_ID) id = "";
        return error == REBALANCE_IN_PROGRESS
                || error == ILLEGAL_GENERATION
                || error == UNKNOWN_MEMBER_ID;
    }

    private List<SyncGroupRequestAssignment> assignments(List<JoinGroupResponseMember> members) {
        return IntStream.range(0, members.size())
                .mapToObj(i ->
                        new SyncGroupRequestAssignment()
                                .setMemberId(members.get(i).memberId())
                                .setAssignment(share(i, members.size())))
                .toList();
    }

    private byte[] share(int member, int members) {
        List<TopicPartition> partitions =
                IntStream.iterate(member, p -> p < target.partitions(), p -> p + members)
                        .mapToObj(p -> new TopicPartition(target.topic().name(), p))
                        .toList();
        return ConsumerProtocol.serializeAssignment(new Assignment(partitions)).array();
    }

    @Override
    void heartbeat() throws IOException {
        var request =
                new HeartbeatRequestData()
                        .setGroupId(group)
                        .setMemberId(id)
                        .setGenerationId(generation);
        var beat = connection.ask(ApiKeys.HEARTBEAT, 4, request, new HeartbeatResponseData());
        if (movedOn(beat.errorCode())) {
            join();
        } else if (beat.errorCode() != 0) {
            pauseOrFail("Heartbeat", beat.errorCode());
        }
    }

    @Override
    void leave() throws IOException {
        var member = new LeaveGroupRequestData.MemberIdentity().setMemberId(id);
        var request = new LeaveGroupRequestData().setGroupId(group).setMembers(List.of(member));
        connection.ask(ApiKeys.LEAVE_GROUP, 5, request, new LeaveGroupResponseData());
    }
}
