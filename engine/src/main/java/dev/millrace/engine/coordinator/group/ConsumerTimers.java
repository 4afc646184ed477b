package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;

/// Who of the consumer protocol must be heard of until when. Effects only.
final class ConsumerTimers {
    private final ShardHost<GroupRecord> host;
    private final Expiry expiry;

    /// Decides that a member's time is over.
    interface Expiry {
        Decision<GroupRecord, ?> sessionOver(String group, String member);

        /// A member of the classic protocol has not done its part.
        Decision<GroupRecord, ?> dutyOver(String group, String member, String duty);

        /// @param epoch in which it was to give up partitions
        Decision<GroupRecord, ?> revocationOver(String group, String member, int epoch);
    }

    ConsumerTimers(ShardHost<GroupRecord> host, Expiry expiry) {
        this.host = host;
        this.expiry = expiry;
    }

    /// The member has been heard of.
    void touch(ConsumerGroup group, String memberId, int sessionTimeoutMs) {
        ConsumerWatch.Session session = group.watch().sessions().get(memberId);
        if (session == null) {
            String groupId = group.id();
            session =
                    new ConsumerWatch.Session(
                            new TimerKey.Session(groupId, memberId),
                            () -> expiry.sessionOver(groupId, memberId));
            group.watch().sessions().put(memberId, session);
        }
        host.schedule(session.key(), sessionTimeoutMs, session.expire());
    }

    /// The member has been told to give up partitions, or has nothing to give up any more. One of the classic protocol is told by
    /// a heartbeat to join again, and has its time for that.
    void moved(String group, ConsumerMember member) {
        var key = new TimerKey.Revocation(group, member.id());
        boolean isTold =
                member.current().state() == ConsumerMemberState.UNREVOKED_PARTITIONS
                        && member.said().classic() == null;
        if (isTold) {
            int epoch = member.epoch();
            host.schedule(
                    key,
                    member.said().rebalanceTimeoutMs(),
                    () -> expiry.revocationOver(group, member.id(), epoch));
        } else {
            host.cancel(key);
        }
    }

    // ---- members of the classic protocol

    /// The member has been told to join again; from the first time on its time runs.
    void awaitJoin(ConsumerGroup group, ConsumerMember member) {
        if (group.watch().rejoining().add(member.id())) {
            String groupId = group.id();
            String memberId = member.id();
            host.schedule(
                    new TimerKey.MemberJoin(groupId, memberId),
                    member.said().rebalanceTimeoutMs(),
                    () -> expiry.dutyOver(groupId, memberId, "join again"));
        }
    }

    /// The member has joined again, and must fetch what it has.
    void joined(ConsumerGroup group, ConsumerMember member) {
        String groupId = group.id();
        String memberId = member.id();
        group.watch().rejoining().remove(memberId);
        host.cancel(new TimerKey.MemberJoin(groupId, memberId));
        host.schedule(
                new TimerKey.MemberSync(groupId, memberId),
                member.said().rebalanceTimeoutMs(),
                () -> expiry.dutyOver(groupId, memberId, "fetch its assignment"));
    }

    void synced(String group, String memberId) {
        host.cancel(new TimerKey.MemberSync(group, memberId));
    }

    void forget(ConsumerGroup group, String memberId) {
        group.watch().sessions().remove(memberId);
        group.watch().rejoining().remove(memberId);
        host.cancel(new TimerKey.MemberJoin(group.id(), memberId));
        host.cancel(new TimerKey.MemberSync(group.id(), memberId));
        host.cancel(new TimerKey.Session(group.id(), memberId));
        host.cancel(new TimerKey.Revocation(group.id(), memberId));
    }
}
