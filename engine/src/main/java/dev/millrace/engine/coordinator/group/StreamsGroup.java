package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.StreamsRecord.CurrentForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.Facts;
import dev.millrace.engine.coordinator.group.StreamsRecord.GroupForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.GroupStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.MemberForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.MemberStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetEpochForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TopologyForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.TopologyStored;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.group.streams.StreamsTopology;
import org.jspecify.annotations.Nullable;

/// A streams group (KIP-1071): the instances of one Kafka Streams application, whose tasks the coordinator places.
///
/// Holds what the log says, and what follows from it; [#replay] is the only method that changes it (G4). Why it changes is in
/// `StreamsHeartbeats` and `StreamsLeaves`.
final class StreamsGroup implements Group {
    static final String PROTOCOL_TYPE = "streams";

    /// The epochs of a group and of its targets before its first record.
    private static final int FIRST_EPOCH = 1;

    private final String id;

    private Facts facts =
            new Facts(
                    FIRST_EPOCH,
                    0,
                    Facts.NO_EPOCH,
                    Collections.emptySortedMap(),
                    Facts.NO_EPOCH,
                    Facts.NO_EPOCH);

    /// The group epoch that the targets were computed for; below the group's while others are to be computed.
    private int targetEpoch = FIRST_EPOCH;

    private long targetComputedMs;

    private final TreeMap<String, StreamsMember> members = new TreeMap<>();
    private final TreeMap<String, StreamsTasks> targets = new TreeMap<>();
    private @Nullable StreamsTopology topology;

    /// Member ids by instance id.
    private final Map<String, String> instances = new HashMap<>();

    private final StreamsHolders holders = new StreamsHolders();
    private final StreamsWatch watch = new StreamsWatch();

    StreamsGroup(String id) {
        this.id = id;
    }

    /// What a crash may forget.
    StreamsWatch watch() {
        return watch;
    }

    // ---- what is so

    @Override
    public String id() {
        return id;
    }

    @Override
    public Kind kind() {
        return Kind.STREAMS;
    }

    @Override
    public String protocolType() {
        return PROTOCOL_TYPE;
    }

    Facts facts() {
        return facts;
    }

    int epoch() {
        return facts.epoch();
    }

    int targetEpoch() {
        return targetEpoch;
    }

    long targetComputedMs() {
        return targetComputedMs;
    }

    StreamsGroupState state() {
        if (members.isEmpty()) {
            return StreamsGroupState.EMPTY;
        }
        if (topology == null || topology.topologyEpoch() != facts.validatedTopologyEpoch()) {
            return StreamsGroupState.NOT_READY;
        }
        if (facts.epoch() > targetEpoch) {
            return StreamsGroupState.ASSIGNING;
        }
        for (StreamsMember member : members.values()) {
            if (!member.current().isReconciledTo(targetEpoch)) {
                return StreamsGroupState.RECONCILING;
            }
        }
        return StreamsGroupState.STABLE;
    }

    @Override
    public String stateText() {
        return state().text();
    }

    @Override
    public boolean isEmpty() {
        return members.isEmpty();
    }

    @Override
    public boolean isStored() {
        return true;
    }

    /// In the order of their ids.
    SortedMap<String, StreamsMember> members() {
        return Collections.unmodifiableSortedMap(members);
    }

    @Override
    public int size() {
        return members.size();
    }

    @Nullable StreamsMember member(String memberId) {
        return members.get(memberId);
    }

    /// The static member of that instance.
    @Nullable StreamsMember instance(@Nullable String instanceId) {
        String memberId = instanceId == null ? null : instances.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    @Nullable StreamsTasks target(String memberId) {
        return targets.get(memberId);
    }

    @Nullable StreamsTopology topology() {
        return topology;
    }

    StreamsHolders holders() {
        return holders;
    }

    // ---- offsets and administration

    @Override
    public Predicate<String> subscribedTopics() {
        return members.isEmpty() || topology == null
                ? _ -> false
                : topology.sourceTopicMap()::containsKey;
    }

    @Override
    public Errors admitCommit(Caller caller, OffsetCommitRequestData request) {
        return StreamsFencing.admitCommit(this, caller, request);
    }

    @Override
    public Errors admitTransactionalCommit(OffsetCommitRequestData request) {
        return MemberFencing.isAnonymous(request)
                ? Errors.NONE
                : StreamsFencing.admitCommit(this, request);
    }

    @Override
    public Errors admitFetch(@Nullable String memberId, int memberEpoch) {
        return StreamsFencing.admitFetch(this, memberId, memberEpoch);
    }

    @Override
    public List<GroupRecord> tombstones() {
        List<GroupRecord> tombstones = new ArrayList<>();
        members.keySet().forEach(member -> tombstones.add(new CurrentForgotten(id, member)));
        targets.keySet().forEach(member -> tombstones.add(new TargetForgotten(id, member)));
        tombstones.add(new TargetEpochForgotten(id));
        members.keySet().forEach(member -> tombstones.add(new MemberForgotten(id, member)));
        tombstones.add(new GroupForgotten(id));
        tombstones.add(new TopologyForgotten(id));
        return tombstones;
    }

    // ---- what is durable

    /// Takes over what the log says (G4); that the group is gone is its shard's to see.
    void replay(StreamsRecord fact) {
        switch (fact) {
            case GroupStored(_, var now) -> facts = now;
            case GroupForgotten _ -> {}
            case MemberStored(_, var memberId, var said) -> put(known(memberId).with(said));
            case MemberForgotten(_, var memberId) -> remove(memberId);
            case TargetEpochStored(_, int of, long computedMs) -> {
                targetEpoch = of;
                targetComputedMs = computedMs;
            }
            case TargetEpochForgotten _ -> {
                targetEpoch = Facts.NO_EPOCH;
                targetComputedMs = 0;
            }
            case TargetStored(_, var memberId, var tasks) -> targets.put(memberId, tasks);
            case TargetForgotten(_, var memberId) -> targets.remove(memberId);
            case CurrentStored(_, var memberId, var current) -> put(known(memberId).with(current));
            case CurrentForgotten(_, var memberId) -> {
                if (members.containsKey(memberId)) {
                    put(known(memberId).with(StreamsAssignment.JOINING));
                }
            }
            case TopologyStored(_, var stored) -> topology = StreamsTopologies.topology(stored);
            case TopologyForgotten _ -> topology = null;
        }
    }

    private StreamsMember known(String memberId) {
        StreamsMember member = members.get(memberId);
        return member == null ? StreamsMember.unknown(memberId) : member;
    }

    private void put(StreamsMember member) {
        remove(member.id());
        members.put(member.id(), member);
        if (member.instanceId() != null) {
            instances.put(member.instanceId(), member.id());
        }
        holders.add(member.id(), member.current().assigned());
        holders.add(member.id(), member.current().revoking());
    }

    private void remove(String memberId) {
        StreamsMember member = members.remove(memberId);
        if (member == null) {
            return;
        }
        if (member.instanceId() != null) {
            instances.remove(member.instanceId(), memberId);
        }
        holders.remove(memberId, member.current().assigned());
        holders.remove(memberId, member.current().revoking());
    }
}
