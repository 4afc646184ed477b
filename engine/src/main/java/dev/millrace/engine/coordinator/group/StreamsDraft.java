package dev.millrace.engine.coordinator.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.Status;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse;
import org.apache.kafka.coordinator.group.streams.StreamsTopology;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// One member's heartbeat while it is decided: the group as it is, the member as it becomes, and the facts so far.
final class StreamsDraft implements StreamsReconciliation.Holders {
    final StreamsGroup group;
    final List<GroupRecord> facts = new ArrayList<>(0);

    /// What the member is told beside its tasks.
    final List<Status> statuses = new ArrayList<>(0);

    /// The member before this heartbeat; one that joins is as yet nothing.
    final StreamsMember before;

    /// The static member whose place it takes; null when it takes nobody's.
    final @Nullable StreamsMember replaced;

    StreamsMember member;

    /// The group epoch after this heartbeat.
    int epoch;

    /// Why it has risen; null when it has not.
    @Nullable RebalanceCause cause;

    StreamsDraft(StreamsGroup group, StreamsMember before, @Nullable StreamsMember replaced) {
        this.group = group;
        this.before = before;
        this.replaced = replaced;
        this.member = before;
        this.epoch = group.epoch();
    }

    void tell(StreamsGroupHeartbeatResponse.Status status, String detail) {
        statuses.add(new Status().setStatusCode(status.code()).setStatusDetail(detail));
    }

    /// The members after this heartbeat, in the order of their ids.
    SortedMap<String, StreamsMember> members() {
        var members = new TreeMap<>(group.members());
        if (replaced != null) {
            members.remove(replaced.id());
        }
        members.put(member.id(), member);
        return members;
    }

    /// What a member was to have before this heartbeat; null when nobody has decided yet.
    @Nullable StreamsTasks lastTarget(String memberId) {
        return group.target(
                replaced != null && memberId.equals(member.id()) ? replaced.id() : memberId);
    }

    boolean changesTasks() {
        return !member.current().assigned().equals(before.current().assigned());
    }

    /// Is there news for those who query the members' stores?
    boolean changesEndpoints() {
        return !Objects.equals(member.said().endpoint(), before.said().endpoint())
                || (changesTasks() && member.said().endpoint() != null);
    }

    // ---- who has what

    private boolean isReplaced(String memberId) {
        return replaced != null && replaced.id().equals(memberId);
    }

    private boolean isHere(String memberId) {
        StreamsMember holder = group.member(memberId);
        return holder != null
                && !isReplaced(memberId)
                && holder.said().processId().equals(member.said().processId());
    }

    @Override
    public boolean isActive(String subtopology, int partition) {
        String owner = group.holders().active(subtopology, partition);
        return owner != null && !isReplaced(owner);
    }

    @Override
    public boolean isActiveHere(String subtopology, int partition) {
        String owner = group.holders().active(subtopology, partition);
        return owner != null && isHere(owner);
    }

    @Override
    public boolean isStandbyHere(String subtopology, int partition) {
        return group.holders().anyStandby(subtopology, partition, this::isHere);
    }

    @Override
    public boolean isWarmupHere(String subtopology, int partition) {
        return group.holders().anyWarmup(subtopology, partition, this::isHere);
    }

    /// The topology of the group after this heartbeat, and what it comes to.
    record Topology(StreamsTopology topology, long metadataHash, ConfiguredTopology configured) {
        /// Its epoch when every topic is there; otherwise none.
        int validatedEpoch() {
            return configured.isReady() ? topology.topologyEpoch() : StreamsRecord.Facts.NO_EPOCH;
        }
    }
}
