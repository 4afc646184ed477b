package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.GroupCause.ProtocolMigrated;
import java.util.Objects;

/// What a crash may forget of a group that has become one of the other protocol: who waits, and until when. Effects only; the
/// durable part is in [Upgrade] and [Downgrade].
final class Conversions {
    private final GroupShard shard;
    private final ClassicRebalances rebalances;

    Conversions(GroupShard shard, ClassicRebalances rebalances) {
        this.shard = shard;
        this.rebalances = rebalances;
    }

    /// Who waited for a rebalance of the classic group is asked to join again, which it does in the new group.
    void upgraded(ClassicGroup was) {
        boolean hadMembers = !was.isEmpty();
        rebalances.interrupted(was);
        rebalances.buried(was);
        ConsumerGroup is = Objects.requireNonNull(shard.consumerGroup(was.id()));
        if (hadMembers) {
            shard.history.record(is, is.epoch(), migrated(was, is));
        }
        for (ClassicMember member : was.members()) {
            if (is.member(member.id()) != null) {
                shard.consumerTimers.touch(is, member.id(), member.sessionTimeoutMs());
            } else {
                shard.consumerTimers.forget(is, member.id());
            }
        }
    }

    /// The log keeps of a member only what it said under the chosen protocol; we know more.
    void downgraded(Downgrade downgrade) {
        ConsumerGroup was = downgrade.group();
        downgrade.before().forEach(id -> shard.consumerTimers.forget(was, id));
        ClassicGroup is = Objects.requireNonNull(shard.classicGroup(was.id()));
        for (ClassicMember member : downgrade.members()) {
            is.put(member);
            rebalances.touch(is, member);
        }
        RebalanceCause why = migrated(was, is);
        if (downgrade.rebalances()) {
            rebalances.membersChanged(is, why);
        } else {
            shard.history.record(is, is.generation(), why);
        }
    }

    private static RebalanceCause migrated(Group was, Group is) {
        return new ProtocolMigrated(was.kind().text(), is.kind().text(), is.size());
    }
}
