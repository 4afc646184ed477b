package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;

/// What administrators ask about groups, and that they delete them.
final class GroupAdmin {
    /// From this version on a group that does not exist is an error, before it was one in the state Dead (KIP-1043).
    private static final int NOT_FOUND_SINCE = 6;

    private final GroupShard shard;

    GroupAdmin(GroupShard shard) {
        this.shard = shard;
    }

    // ---- list

    /// What one shard lists, or why it cannot.
    record Listing(Errors error, List<ListedGroup> groups) {}

    /// The newest first: no order is promised, but a test that Kafka publishes takes one for granted.
    ///
    /// @param states in lower case; empty means all
    /// @param types in lower case; empty means all
    Decision<GroupRecord, Listing> list(Set<String> states, Set<String> types) {
        var listed = new ArrayList<ListedGroup>();
        for (Group group : shard.groups().reversed()) {
            String type = group.kind().text();
            String state = group.stateText();
            if ((types.isEmpty() || types.contains(type))
                    && (states.isEmpty() || states.contains(state.toLowerCase(Locale.ROOT)))) {
                listed.add(
                        new ListedGroup()
                                .setGroupId(group.id())
                                .setProtocolType(group.protocolType())
                                .setGroupState(state)
                                .setGroupType(type));
            }
        }
        return Decision.answer(new Listing(Errors.NONE, listed));
    }

    // ---- describe

    static DescribedGroup undescribed(String id, Errors error) {
        return new DescribedGroup().setGroupId(id).setErrorCode(error.code());
    }

    Decision<GroupRecord, DescribedGroup> describe(String id, short version) {
        ClassicGroup group = shard.classicGroup(id);
        if (group == null) {
            var dead = new DescribedGroup().setGroupId(id).setGroupState("Dead");
            String why = shard.group(id) == null ? "not found" : "is not a classic group";
            return Decision.answer(
                    version < NOT_FOUND_SINCE
                            ? dead
                            : dead.setErrorCode(Errors.GROUP_ID_NOT_FOUND.code())
                                    .setErrorMessage("Group %s %s.".formatted(id, why)));
        }
        boolean stable = group.state() instanceof ClassicState.Stable;
        String protocol = group.protocol();
        var members = new ArrayList<DescribedGroupMember>(group.size());
        for (ClassicMember member : group.members()) {
            var described =
                    new DescribedGroupMember()
                            .setMemberId(member.id())
                            .setGroupInstanceId(member.instanceId())
                            .setClientId(member.clientId())
                            .setClientHost(member.clientHost())
                            .setMemberAssignment(member.assignment().get());
            if (stable && protocol != null) {
                described.setMemberMetadata(member.metadata(protocol).get());
            }
            members.add(described);
        }
        return Decision.answer(
                new DescribedGroup()
                        .setGroupId(id)
                        .setGroupState(group.state().text())
                        .setProtocolType(group.protocolType())
                        .setProtocolData(stable && protocol != null ? protocol : "")
                        .setMembers(members));
    }

    // ---- delete

    static DeletableGroupResult undeleted(String id, Errors error) {
        return new DeletableGroupResult().setGroupId(id).setErrorCode(error.code());
    }

    /// A group without members, with all its offsets; in one turn, so that nobody joins or commits meanwhile.
    Decision<GroupRecord, DeletableGroupResult> delete(String id) {
        Group group = shard.group(id);
        if (group == null) {
            return Decision.answer(undeleted(id, Errors.GROUP_ID_NOT_FOUND));
        }
        if (!group.isEmpty()) {
            return Decision.answer(undeleted(id, Errors.NON_EMPTY_GROUP));
        }
        var facts = new ArrayList<GroupRecord>(shard.deletes.all(id));
        facts.addAll(group.tombstones());
        return Decision.writeSpread(facts, undeleted(id, Errors.NONE), () -> shard.deleted(group));
    }
}
