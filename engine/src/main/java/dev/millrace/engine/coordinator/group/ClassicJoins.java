package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.Promise;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.ClassicMember.Protocol;
import dev.millrace.engine.coordinator.group.ClassicState.CompletingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.PreparingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.Stable;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import dev.millrace.engine.coordinator.group.MembershipCause.Joined;
import dev.millrace.engine.coordinator.group.MembershipCause.StaticMemberReplaced;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/// JoinGroup: becoming a member, and taking part in a rebalance.
final class ClassicJoins {
    /// From this version on a client that brings no id is first given one, and joins with it (KIP-394): a JoinGroup that is
    /// sent again does not leave a dead member behind.
    private static final int ID_REQUIRED_SINCE = 4;

    private final GroupShard shard;
    private final ShardHost<GroupRecord> host;
    private final ClassicRebalances rebalances;
    private final Clock clock;
    private final Entropy entropy;
    private final GroupConfig config;
    private final ClassicStaticMembers statics;
    private final ClassicCauses causes;

    ClassicJoins(
            GroupShard shard,
            ShardHost<GroupRecord> host,
            ClassicRebalances rebalances,
            ClassicCauses causes,
            Clock clock,
            Entropy entropy,
            GroupConfig config) {
        this.shard = shard;
        this.host = host;
        this.rebalances = rebalances;
        this.causes = causes;
        this.clock = clock;
        this.entropy = entropy;
        this.config = config;
        this.statics = new ClassicStaticMembers(host, rebalances);
    }

    // ---- answers

    static JoinGroupResponseData refusal(Errors error, String memberId) {
        return new JoinGroupResponseData()
                .setErrorCode(
                        (error == Errors.MESSAGE_TOO_LARGE ? Errors.UNKNOWN_SERVER_ERROR : error)
                                .code())
                .setMemberId(memberId)
                .setProtocolName(null);
    }

    /// The answer to one who has joined the present generation; only the leader hears who the others are.
    static JoinGroupResponseData joined(ClassicGroup group, String memberId) {
        String leader = group.leader();
        return new JoinGroupResponseData()
                .setMembers(group.isLeader(memberId) ? everybody(group) : List.of())
                .setMemberId(memberId)
                .setGenerationId(group.generation())
                .setProtocolType(group.protocolType())
                .setProtocolName(group.protocol())
                .setLeader(leader == null ? "" : leader);
    }

    static List<JoinGroupResponseMember> everybody(ClassicGroup group) {
        String protocol = group.protocol();
        var members = new ArrayList<JoinGroupResponseMember>(group.size());
        for (ClassicMember member : group.members()) {
            members.add(
                    new JoinGroupResponseMember()
                            .setMemberId(member.id())
                            .setGroupInstanceId(member.instanceId())
                            .setMetadata(
                                    protocol == null
                                            ? new byte[0]
                                            : member.metadata(protocol).get()));
        }
        return members;
    }

    // ---- the decision

    Decision<GroupRecord, JoinGroupResponseData> join(Caller caller, JoinGroupRequestData request) {
        String memberId = request.memberId();
        boolean isNew = memberId.equals(MemberFencing.UNKNOWN_MEMBER_ID);
        Group found = shard.group(request.groupId());
        if (found instanceof ConsumerGroup mixed && !mixed.isEmpty()) {
            return shard.mixedJoins.join(caller, request, mixed);
        }
        ClassicGroup known = shard.classicGroup(request.groupId());
        if (known == null && found != null && !found.isEmpty()) {
            return refuse(Errors.INCONSISTENT_GROUP_PROTOCOL, memberId);
        }
        if (known == null && !isNew) {
            return refuse(Errors.UNKNOWN_MEMBER_ID, memberId);
        }
        var group = known == null ? new ClassicGroup(request.groupId()) : known;
        if (!hasRoomFor(group, memberId)) {
            return Decision.answer(
                    refusal(Errors.GROUP_MAX_SIZE_REACHED, MemberFencing.UNKNOWN_MEMBER_ID),
                    () -> sendAway(group, memberId));
        }
        var protocols = protocols(request);
        if (!ProtocolSelection.admits(group, request.protocolType(), protocols)) {
            return refuse(Errors.INCONSISTENT_GROUP_PROTOCOL, memberId);
        }
        var join = new Join(caller, request, protocols);
        return isNew ? joinNew(join, group, firstFacts(group, found)) : rejoin(join, group);
    }

    /// One JoinGroup request, and what it says.
    private record Join(Caller caller, JoinGroupRequestData request, List<Protocol> protocols) {
        @Nullable String instanceId() {
            return request.groupInstanceId();
        }

        int sessionTimeoutMs() {
            return request.sessionTimeoutMs();
        }

        /// Version 0 knows no time for the rebalance: it has as long as the session.
        int rebalanceTimeoutMs() {
            return request.rebalanceTimeoutMs() < 0
                    ? request.sessionTimeoutMs()
                    : request.rebalanceTimeoutMs();
        }

        ClassicMember member(String id) {
            return new ClassicMember(
                    id,
                    instanceId(),
                    caller.clientId(),
                    caller.clientHost(),
                    rebalanceTimeoutMs(),
                    sessionTimeoutMs(),
                    protocols,
                    ClassicMember.NOTHING,
                    true);
        }

        ClassicMember again(ClassicMember member, String id) {
            return member.rejoining(id, rebalanceTimeoutMs(), sessionTimeoutMs(), protocols);
        }
    }

    private static List<Protocol> protocols(JoinGroupRequestData request) {
        var protocols = new ArrayList<Protocol>(request.protocols().size());
        for (JoinGroupRequestProtocol protocol : request.protocols()) {
            protocols.add(new Protocol(protocol.name(), Bytes.wrap(protocol.metadata())));
        }
        return List.copyOf(protocols);
    }

    /// Also a static member, which nobody would remove for not having joined.
    private void sendAway(ClassicGroup group, String memberId) {
        rebalances.remove(group, memberId, Errors.GROUP_MAX_SIZE_REACHED);
        rebalances.lessToWaitFor(group);
    }

    /// While a rebalance is going on those who have joined count, otherwise the members.
    private boolean hasRoomFor(ClassicGroup group, String memberId) {
        return switch (group.state()) {
            case ClassicState.Empty _, ClassicState.Dead _ -> true;
            case PreparingRebalance preparing ->
                    preparing.joined.containsKey(memberId)
                            || preparing.joined.size() < config.maxSize();
            case CompletingRebalance _, Stable _ ->
                    group.hasMember(memberId) || group.size() < config.maxSize();
        };
    }

    // ---- somebody without an id

    private Decision<GroupRecord, JoinGroupResponseData> joinNew(
            Join join, ClassicGroup group, List<GroupRecord> facts) {
        String instanceId = join.instanceId();
        String prefix = instanceId == null ? join.caller().clientId() : instanceId;
        String newId = prefix + "-" + uuid();
        if (instanceId == null && join.caller().version() >= ID_REQUIRED_SINCE) {
            return Decision.write(
                    facts,
                    refusal(Errors.MEMBER_ID_REQUIRED, newId),
                    () -> giveOut(live(group), newId, join.sessionTimeoutMs()));
        }
        String oldId = instanceId == null ? null : group.instance(instanceId);
        ClassicMember old = oldId == null ? null : group.member(oldId);
        return old == null
                ? park(facts, newId, promise -> add(live(group), join, newId, promise))
                : replace(join, group, old, newId);
    }

    private String uuid() {
        Uuid uuid = entropy.uuid();
        return new UUID(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits()).toString();
    }

    /// A group exists in the log from its first member on; before its first generation it is empty there. An empty group of
    /// another kind gives way, keeping its offsets.
    private List<GroupRecord> firstFacts(ClassicGroup group, @Nullable Group found) {
        if (found instanceof ClassicGroup) {
            return List.of();
        }
        var facts = new ArrayList<GroupRecord>();
        if (found != null) {
            facts.addAll(found.tombstones());
        }
        var empty =
                new ClassicGroupFacts(
                        ClassicGroup.NO_PROTOCOL_TYPE, 0, null, null, clock.wallMs(), List.of());
        facts.add(new ClassicGroupStored(group.id(), empty));
        return facts;
    }

    /// The object that the replay of a group's first record has made, or the one we know.
    private ClassicGroup live(ClassicGroup group) {
        ClassicGroup live = shard.classicGroup(group.id());
        return live == null ? group : live;
    }

    private void giveOut(ClassicGroup group, String memberId, int sessionTimeoutMs) {
        if (group.pending().size() >= GroupConfig.MOST_PENDING_MEMBERS) {
            String oldest = group.pending().iterator().next();
            group.removePending(oldest);
            host.cancel(new TimerKey.Session(group.id(), oldest));
        }
        group.addPending(memberId);
        rebalances.expect(group, memberId, sessionTimeoutMs);
    }

    // ---- somebody with an id

    private Decision<GroupRecord, JoinGroupResponseData> rejoin(Join join, ClassicGroup group) {
        String memberId = join.request().memberId();
        if (group.isPending(memberId)) {
            return join.instanceId() == null
                    ? park(List.of(), memberId, promise -> add(group, join, memberId, promise))
                    : refuse(Errors.UNKNOWN_SERVER_ERROR, memberId);
        }
        Errors error = MemberFencing.fence(group, memberId, join.instanceId());
        ClassicMember member = group.member(memberId);
        if (error != Errors.NONE || member == null) {
            return refuse(error, memberId);
        }
        boolean same = member.protocols().equals(join.protocols());
        return switch (group.state()) {
            case PreparingRebalance _ -> update(join, group, member);
            // Its answer was lost: here it is again.
            case CompletingRebalance _ when same -> Decision.answer(joined(group, memberId));
            case CompletingRebalance _ -> update(join, group, member);
            // A leader that joins again wants a rebalance; a follower only if it says something
            // else than before.
            case Stable _ when same && !group.isLeader(memberId) ->
                    Decision.answer(joined(group, memberId));
            case Stable _ -> update(join, group, member);
            case ClassicState.Empty _ -> refuse(Errors.UNKNOWN_MEMBER_ID, memberId);
            case ClassicState.Dead _ -> refuse(Errors.COORDINATOR_NOT_AVAILABLE, memberId);
        };
    }

    private Decision<GroupRecord, JoinGroupResponseData> update(
            Join join, ClassicGroup group, ClassicMember member) {
        return park(
                List.of(),
                member.id(),
                promise -> {
                    group.put(join.again(member, member.id()));
                    takePart(
                            group,
                            member.id(),
                            promise,
                            () ->
                                    causes.rejoining(
                                            group,
                                            member,
                                            join.protocols(),
                                            join.request().reason()));
                });
    }

    // ---- effects

    private void add(
            ClassicGroup group,
            Join join,
            String memberId,
            Promise<JoinGroupResponseData> promise) {
        if (group.size() == 0) {
            group.protocolType(join.request().protocolType());
        }
        if (group.state() instanceof PreparingRebalance preparing && preparing.initial) {
            preparing.newMemberAdded = true;
        }
        ClassicMember member = join.member(memberId);
        group.put(member);
        rebalances.expect(group, memberId, GroupConfig.NEW_MEMBER_JOIN_TIMEOUT_MS);
        takePart(group, memberId, promise, () -> new Joined(ClassicCauses.who(member)));
    }

    /// The member waits for the rebalance to end, which begins unless it is going on.
    ///
    /// @param why asked only when it begins
    private void takePart(
            ClassicGroup group,
            String memberId,
            Promise<JoinGroupResponseData> promise,
            Supplier<RebalanceCause> why) {
        if (!(group.state() instanceof PreparingRebalance)) {
            rebalances.membersChanged(group, why.get());
        }
        if (group.state() instanceof PreparingRebalance preparing) {
            var earlier = preparing.joined.put(memberId, promise);
            if (earlier != null) {
                // It asks again, most likely because nobody waits for the first answer any more.
                earlier.fulfil(refusal(Errors.REBALANCE_IN_PROGRESS, memberId));
            }
            rebalances.lessToWaitFor(group);
        }
    }

    // ---- static members that come back

    private Decision<GroupRecord, JoinGroupResponseData> replace(
            Join join, ClassicGroup group, ClassicMember old, String newId) {
        ClassicMember member = join.again(old, newId);
        if (ClassicStaticMembers.keepsProtocol(group, old, member)) {
            return statics.takeOver(join.caller(), group, old, member);
        }
        return park(
                List.of(),
                newId,
                promise -> {
                    // Also of one that has not been answered yet: it has its session, and waits.
                    statics.fenceAndRename(group, old.id(), member.known());
                    takePart(group, newId, promise, () -> replaced(old, member));
                });
    }

    private static RebalanceCause replaced(ClassicMember old, ClassicMember member) {
        String instanceId = member.instanceId();
        return new StaticMemberReplaced(
                ClassicCauses.who(member), instanceId == null ? "" : instanceId, old.id());
    }

    // ---- shapes

    private Decision<GroupRecord, JoinGroupResponseData> park(
            List<GroupRecord> facts,
            String memberId,
            Consumer<Promise<JoinGroupResponseData>> effect) {
        Promise<JoinGroupResponseData> promise = host.promise(error -> refusal(error, memberId));
        return Decision.park(facts, promise, () -> effect.accept(promise));
    }

    private static Decision<GroupRecord, JoinGroupResponseData> refuse(
            Errors error, String memberId) {
        return Decision.answer(refusal(error, memberId));
    }
}
