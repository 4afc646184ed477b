package dev.millrace.engine.coordinator.group;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A consumer of the classic protocol, with the bytes that real ones send, in a [ConsumerWorld]. It reads topic t. As a leader it
/// deals the partitions out by turns.
final class ClassicConsumer {
    static final int REBALANCE_MS = 20_000;
    static final int SESSION_MS = 10_000;

    private final ConsumerWorld world;
    final @Nullable String instanceId;

    /// Keeps what it has while it joins; otherwise it gives up everything before.
    private final boolean cooperative;

    String protocolType = "consumer";
    byte @Nullable [] userData;
    String memberId = "";
    int generation = -1;
    String has = "";
    private List<String> led = List.of();

    /// What those whom it leads say that they hold: another gets it when they have given it up.
    private final Map<String, String> held = new TreeMap<>();

    ClassicConsumer(ConsumerWorld world, @Nullable String instanceId, boolean cooperative) {
        this.world = world;
        this.instanceId = instanceId;
        this.cooperative = cooperative;
    }

    // ---- what it sends

    CompletionStage<JoinGroupResponseData> askJoin() {
        if (!cooperative) {
            has = "";
        }
        return askJoin(subscription(partitions(has)));
    }

    CompletionStage<JoinGroupResponseData> askJoin(byte[] subscription) {
        var request =
                new JoinGroupRequestData()
                        .setGroupId(ConsumerWorld.GROUP)
                        .setSessionTimeoutMs(SESSION_MS)
                        .setRebalanceTimeoutMs(REBALANCE_MS)
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)
                        .setProtocolType(protocolType);
        request.protocols()
                .add(new JoinGroupRequestProtocol().setName("range").setMetadata(subscription));
        return world.world.groups.join(GroupWorld.caller(9), request);
    }

    CompletionStage<SyncGroupResponseData> askSync() {
        var request =
                new SyncGroupRequestData()
                        .setGroupId(ConsumerWorld.GROUP)
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)
                        .setGenerationId(generation)
                        .setProtocolType(protocolType)
                        .setProtocolName("range");
        for (int i = 0; i < led.size(); i++) {
            request.assignments()
                    .add(
                            new SyncGroupRequestAssignment()
                                    .setMemberId(led.get(i))
                                    .setAssignment(assignment(i, led.size())));
        }
        return world.world.groups.sync(request);
    }

    CompletionStage<Errors> askBeat() {
        return world.world.groups.heartbeat(
                new HeartbeatRequestData()
                        .setGroupId(ConsumerWorld.GROUP)
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)
                        .setGenerationId(generation));
    }

    CompletionStage<LeaveGroupResponseData> askLeave() {
        return world.world.groups.leave(
                new LeaveGroupRequestData()
                        .setGroupId(ConsumerWorld.GROUP)
                        .setMembers(
                                List.of(
                                        new MemberIdentity()
                                                .setMemberId(memberId)
                                                .setGroupInstanceId(instanceId))));
    }

    // ---- what it makes of the answers

    Errors joined(JoinGroupResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        if (error == Errors.NONE || error == Errors.MEMBER_ID_REQUIRED) {
            memberId = answer.memberId();
        }
        if (error == Errors.NONE) {
            generation = answer.generationId();
            boolean leads = memberId.equals(answer.leader()) && !answer.skipAssignment();
            led =
                    leads
                            ? answer.members().stream()
                                    .map(JoinGroupResponseMember::memberId)
                                    .toList()
                            : List.of();
            held.clear();
            if (leads) {
                answer.members().forEach(this::remember);
            }
        }
        return error;
    }

    private void remember(JoinGroupResponseMember member) {
        if (!protocolType.equals("consumer") || member.metadata().length < 4) {
            return;
        }
        for (TopicPartition owned :
                ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(member.metadata()))
                        .ownedPartitions()) {
            held.put(owned.topic() + owned.partition(), member.memberId());
        }
    }

    Errors synced(SyncGroupResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        if (error == Errors.NONE) {
            has = text(answer.assignment());
        }
        return error;
    }

    // ---- both, where the answer comes at once

    Errors join() {
        Errors error = joined(now(askJoin()));
        return error == Errors.MEMBER_ID_REQUIRED ? joined(now(askJoin())) : error;
    }

    Errors sync() {
        return synced(now(askSync()));
    }

    /// Joins, and fetches what it has.
    void takePart() {
        Errors error = join();
        if (error != Errors.NONE || sync() != Errors.NONE) {
            throw new AssertionError("cannot take part: " + error);
        }
    }

    Errors beat() {
        return now(askBeat());
    }

    Errors leave() {
        var answer = now(askLeave());
        return Errors.forCode(answer.members().getFirst().errorCode());
    }

    private static <T> T now(CompletionStage<T> stage) {
        return Objects.requireNonNull(GroupWorld.now(stage), "not answered");
    }

    // ---- bytes

    static byte[] subscription(List<TopicPartition> owned) {
        return ConsumerProtocol.serializeSubscription(new Subscription(List.of("t"), null, owned))
                .array();
    }

    private byte[] assignment(int index, int members) {
        int partitions =
                Objects.requireNonNull(world.image().topics().byName("t")).partitions().size();
        var mine = new ArrayList<TopicPartition>();
        for (int p = index; p < partitions; p += members) {
            String holder = held.get("t" + p);
            if (holder == null || holder.equals(led.get(index))) {
                mine.add(new TopicPartition("t", p));
            }
        }
        ByteBuffer data = userData == null ? null : ByteBuffer.wrap(userData);
        return ConsumerProtocol.serializeAssignment(new Assignment(mine, data)).array();
    }

    private static String text(byte[] assignment) {
        var names = new TreeSet<String>();
        if (assignment.length > 0) {
            ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(assignment))
                    .partitions()
                    .forEach(p -> names.add(p.topic() + p.partition()));
        }
        return String.join(" ", names);
    }

    static List<TopicPartition> partitions(String text) {
        var partitions = new ArrayList<TopicPartition>();
        for (String name : text.split(" ", -1)) {
            if (!name.isEmpty()) {
                partitions.add(
                        new TopicPartition(
                                name.substring(0, 1), Integer.parseInt(name.substring(1))));
            }
        }
        return partitions;
    }
}
