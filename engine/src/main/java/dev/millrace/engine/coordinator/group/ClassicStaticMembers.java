package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.ClassicState.CompletingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.PreparingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.Stable;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.protocol.Errors;

/// Static members that come back (KIP-345): a JoinGroup with the instance id of a member and without a member id. It gets a new
/// one and takes the place of its earlier self, whose requests are fenced from now on.
final class ClassicStaticMembers {
    /// From this version on a leader can be told not to assign (KIP-814).
    private static final int SKIP_ASSIGNMENT_SINCE = 9;

    private final ShardHost<GroupRecord> host;
    private final ClassicRebalances rebalances;

    ClassicStaticMembers(ShardHost<GroupRecord> host, ClassicRebalances rebalances) {
        this.host = host;
        this.rebalances = rebalances;
    }

    /// Can the member take over without a rebalance: the group is stable, and would choose the same protocol with it?
    static boolean keepsProtocol(ClassicGroup group, ClassicMember old, ClassicMember member) {
        var members = new ArrayList<>(group.members());
        members.replaceAll(m -> m.id().equals(old.id()) ? member : m);
        return group.state() instanceof Stable stable
                && ProtocolSelection.choose(members).equals(stable.protocol());
    }

    /// In a stable group nothing but the id need change.
    Decision<GroupRecord, JoinGroupResponseData> takeOver(
            Caller caller, ClassicGroup group, ClassicMember old, ClassicMember member) {
        boolean wasLeader = group.isLeader(old.id());
        boolean canSkip = caller.version() >= SKIP_ASSIGNMENT_SINCE;
        var facts = renamed(group, old, member);
        var response = joinedAs(group, old, member, canSkip);
        if (canSkip && wasLeader) {
            var members = ClassicJoins.everybody(group);
            for (JoinGroupResponseMember m : members) {
                if (m.memberId().equals(old.id())) {
                    m.setMemberId(member.id()).setMetadata(metadata(group, member));
                }
            }
            response.setMembers(members).setSkipAssignment(true);
        }
        return Decision.write(
                List.of(new ClassicGroupStored(group.id(), facts)),
                response,
                () -> {
                    host.cancel(new TimerKey.Session(group.id(), old.id()));
                    if (group.state() instanceof Stable stable
                            && stable.notSynced().remove(old.id())) {
                        stable.notSynced().add(member.id());
                    }
                    group.put(member);
                    rebalances.touch(group, member);
                });
    }

    /// A client too old to be told to skip the assignment is told that its earlier self leads: it would assign otherwise, and
    /// nobody would take the result.
    private static JoinGroupResponseData joinedAs(
            ClassicGroup group, ClassicMember old, ClassicMember member, boolean canSkip) {
        String leader = group.leader();
        boolean tellNewId = canSkip && group.isLeader(old.id());
        return new JoinGroupResponseData()
                .setMemberId(member.id())
                .setGenerationId(group.generation())
                .setProtocolType(group.protocolType())
                .setProtocolName(group.protocol())
                .setLeader(tellNewId ? member.id() : leader == null ? "" : leader);
    }

    private static byte[] metadata(ClassicGroup group, ClassicMember member) {
        String protocol = group.protocol();
        return protocol == null ? new byte[0] : member.metadata(protocol).get();
    }

    private ClassicGroupFacts renamed(ClassicGroup group, ClassicMember old, ClassicMember member) {
        ClassicGroupFacts now = group.facts(group.assignments(), group.sinceMs());
        var members = new ArrayList<>(now.members());
        members.replaceAll(facts ->
                facts.id().equals(old.id())
                        ? member.facts(now.protocol(), old.assignment())
                        : facts);
        String leader = now.leader();
        return new ClassicGroupFacts(
                now.protocolType(),
                now.generation(),
                now.protocol(),
                leader != null && leader.equals(old.id()) ? member.id() : leader,
                now.sinceMs(),
                List.copyOf(members));
    }

    /// Otherwise it takes part in a rebalance, in the place of its earlier self. An effect.
    void fenceAndRename(ClassicGroup group, String oldId, ClassicMember member) {
        if (group.state() instanceof PreparingRebalance preparing) {
            var waiting = preparing.joined.remove(oldId);
            if (waiting != null) {
                waiting.fulfil(ClassicJoins.refusal(Errors.FENCED_INSTANCE_ID, oldId));
            }
        }
        if (group.state() instanceof CompletingRebalance completing) {
            var waiting = completing.synced.remove(oldId);
            if (waiting != null) {
                waiting.fulfil(ClassicSyncs.refusal(Errors.FENCED_INSTANCE_ID));
            }
            completing.notSynced.remove(oldId);
        }
        host.cancel(new TimerKey.Session(group.id(), oldId));
        group.rename(oldId, member);
        rebalances.touch(group, member);
    }
}
