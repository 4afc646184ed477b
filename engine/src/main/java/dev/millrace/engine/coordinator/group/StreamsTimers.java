package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;

/// Who of a streams group must be heard of until when, and how long a group's first assignment waits. Effects only.
final class StreamsTimers {
    private final ShardHost<GroupRecord> host;
    private final Expiry expiry;

    /// Decides that a time is over.
    interface Expiry {
        Decision<GroupRecord, ?> sessionOver(String group, String member);

        /// @param epoch in which it was to give up tasks
        Decision<GroupRecord, ?> revocationOver(String group, String member, int epoch);

        Decision<GroupRecord, ?> firstMembersHaveCome(String group);
    }

    StreamsTimers(ShardHost<GroupRecord> host, Expiry expiry) {
        this.host = host;
        this.expiry = expiry;
    }

    void heardOf(String group, String member, StreamsGroupConfig config) {
        host.schedule(
                new TimerKey.Session(group, member),
                config.sessionTimeoutMs(),
                () -> expiry.sessionOver(group, member));
    }

    /// The member has been told to give up tasks, or has nothing to give up any more.
    void moved(String group, StreamsMember member) {
        var key = new TimerKey.Revocation(group, member.id());
        if (member.current().state() == StreamsMemberState.UNREVOKED_TASKS) {
            int epoch = member.epoch();
            host.schedule(
                    key,
                    member.said().rebalanceTimeoutMs(),
                    () -> expiry.revocationOver(group, member.id(), epoch));
        } else {
            host.cancel(key);
        }
    }

    /// Later members do not push it back.
    void delayFirst(StreamsGroup group, StreamsGroupConfig config) {
        if (!group.watch().isDelayed()) {
            group.watch().delayed(true);
            host.schedule(
                    new TimerKey.FirstAssignment(group.id()),
                    config.initialRebalanceDelayMs(),
                    () -> expiry.firstMembersHaveCome(group.id()));
        }
    }

    void forget(String group, String member) {
        host.cancel(new TimerKey.Session(group, member));
        host.cancel(new TimerKey.Revocation(group, member));
    }

    /// Nothing of the group will happen any more.
    void buried(StreamsGroup group) {
        group.members().keySet().forEach(member -> forget(group.id(), member));
        host.cancel(new TimerKey.FirstAssignment(group.id()));
    }

    /// Sessions begin anew after loading.
    void loaded(StreamsGroup group, StreamsGroupConfig config) {
        for (StreamsMember member : group.members().values()) {
            heardOf(group.id(), member.id(), config);
            moved(group.id(), member);
        }
    }
}
