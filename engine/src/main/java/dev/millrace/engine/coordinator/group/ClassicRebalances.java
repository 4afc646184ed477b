package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.Promise;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.ClassicState.CompletingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.PreparingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.Stable;
import dev.millrace.engine.coordinator.group.GroupCause.CoordinatorLoaded;
import dev.millrace.engine.coordinator.group.GroupCause.GroupTooLarge;
import dev.millrace.engine.coordinator.group.GroupCause.RebalanceUnfinished;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import dev.millrace.engine.coordinator.group.MembershipCause.RebalanceTimedOut;
import dev.millrace.engine.coordinator.group.MembershipCause.SessionExpired;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/// How a classic group goes from one generation to the next, and the time-outs that keep it going.
///
/// Everything here is an effect, or decides a time-out: a rebalance in progress is nowhere in the log. Only its ends are: the
/// leader's assignment (`ClassicSyncs`), and that nobody is left.
final class ClassicRebalances {
    private final ShardHost<GroupRecord> host;
    private final Clock clock;
    private final GroupConfig config;
    private final RebalanceHistory history;
    private final ClassicCauses causes;

    ClassicRebalances(
            ShardHost<GroupRecord> host,
            Clock clock,
            GroupConfig config,
            RebalanceHistory history,
            ClassicCauses causes) {
        this.host = host;
        this.clock = clock;
        this.config = config;
        this.history = history;
        this.causes = causes;
    }

    // ---- beginning one

    /// Something about the members has changed. Their assignments stay: they may hold what they say, until they have others, or
    /// the group is upgraded meanwhile.
    ///
    /// @param why which begins a rebalance, unless one is going on
    void membersChanged(ClassicGroup group, RebalanceCause why) {
        boolean begins =
                !(group.state() instanceof PreparingRebalance
                        || group.state() instanceof ClassicState.Dead);
        if (begins || why.isDeparture()) {
            history.record(group, group.generation() + 1, why);
        }
        switch (group.state()) {
            case ClassicState.Empty empty -> prepareInitial(group, empty.toPreparing());
            case CompletingRebalance completing -> {
                completing.synced.values().forEach(this::askToRejoin);
                completing.synced.keySet().forEach(memberId -> released(group, memberId));
                prepare(group, completing.toPreparing());
            }
            case Stable stable -> prepare(group, stable.toPreparing());
            case PreparingRebalance preparing -> completeIfAllJoined(group, preparing);
            case ClassicState.Dead _ -> {}
        }
    }

    /// The same for several at once, who are in the group no more.
    void membersChanged(ClassicGroup group, List<RebalanceCause> why) {
        why.forEach(each -> membersChanged(group, each));
    }

    /// One who was waited for has come, or need not come any more.
    void lessToWaitFor(ClassicGroup group) {
        if (group.state() instanceof PreparingRebalance preparing) {
            completeIfAllJoined(group, preparing);
        }
    }

    private void askToRejoin(Promise<SyncGroupResponseData> waiting) {
        waiting.fulfil(ClassicSyncs.refusal(Errors.REBALANCE_IN_PROGRESS));
    }

    /// It could send no heartbeat while it waited for us: its session begins anew.
    private void released(ClassicGroup group, String memberId) {
        ClassicMember member = group.member(memberId);
        if (member != null) {
            touch(group, member);
        }
    }

    private void prepare(ClassicGroup group, PreparingRebalance preparing) {
        host.cancel(new TimerKey.Sync(group.id()));
        group.enter(preparing, clock.wallMs());
        host.schedule(
                new TimerKey.Join(group.id()),
                group.rebalanceTimeoutMs(),
                () -> completeJoin(group));
        completeIfAllJoined(group, preparing);
    }

    /// A group that was empty waits for more members than the first, as long as they keep coming and no longer than they
    /// allow (KIP-134).
    private void prepareInitial(ClassicGroup group, PreparingRebalance preparing) {
        group.enter(preparing, clock.wallMs());
        int delayMs = config.initialRebalanceDelayMs();
        awaitMore(group, preparing, delayMs, Math.max(group.rebalanceTimeoutMs() - delayMs, 0));
    }

    private void awaitMore(
            ClassicGroup group, PreparingRebalance preparing, int delayMs, int remainingMs) {
        host.schedule(
                new TimerKey.Join(group.id()),
                delayMs,
                () -> {
                    if (group.state() != preparing) {
                        return nothing();
                    }
                    if (!preparing.newMemberAdded || remainingMs == 0) {
                        return completeJoin(group);
                    }
                    int nextMs = Math.min(config.initialRebalanceDelayMs(), remainingMs);
                    return soft(() -> {
                        preparing.newMemberAdded = false;
                        int leftMs = Math.max(remainingMs - delayMs, 0);
                        awaitMore(group, preparing, nextMs, leftMs);
                    });
                });
    }

    // ---- everybody has joined

    private void completeIfAllJoined(ClassicGroup group, PreparingRebalance preparing) {
        if (!preparing.initial
                && group.pending().isEmpty()
                && preparing.joined.size() >= group.size()) {
            host.schedule(new TimerKey.Join(group.id()), 0, () -> completeJoin(group));
        }
    }

    /// Ends the wait for members: goes on with those who have joined, forgets the dynamic members who have not.
    private Decision<GroupRecord, ?> completeJoin(ClassicGroup group) {
        if (!(group.state() instanceof PreparingRebalance preparing)) {
            return nothing();
        }
        Set<String> absent = absentDynamicMembers(group, preparing);
        return absent.size() == group.size()
                ? becomeEmpty(group, absent)
                : soft(() -> {
                    recordAbsent(group, absent);
                    absent.forEach(memberId -> forget(group, memberId));
                    completeWith(group, preparing);
                });
    }

    private static Set<String> absentDynamicMembers(
            ClassicGroup group, PreparingRebalance preparing) {
        var absent = new LinkedHashSet<String>();
        for (ClassicMember member : group.members()) {
            if (member.instanceId() == null && !preparing.joined.containsKey(member.id())) {
                absent.add(member.id());
            }
        }
        return absent;
    }

    private Decision<GroupRecord, ?> becomeEmpty(ClassicGroup group, Set<String> absent) {
        var facts =
                new GroupRecord.ClassicGroupFacts(
                        group.protocolType(),
                        group.generation() + 1,
                        null,
                        null,
                        clock.wallMs(),
                        List.of());
        List<RebalanceCause> why = timedOut(group, absent, "join again");
        return Decision.write(
                List.of(new ClassicGroupStored(group.id(), facts)),
                true,
                () -> {
                    record(group, group.generation(), why);
                    absent.forEach(id -> host.cancel(new TimerKey.Session(group.id(), id)));
                });
    }

    private void recordAbsent(ClassicGroup group, Set<String> absent) {
        record(group, group.generation() + 1, timedOut(group, absent, "join again"));
    }

    private void record(ClassicGroup group, int generation, List<RebalanceCause> why) {
        why.forEach(each -> history.record(group, generation, each));
    }

    private static List<RebalanceCause> timedOut(
            ClassicGroup group, Set<String> memberIds, String duty) {
        int timeoutMs = group.rebalanceTimeoutMs();
        return memberIds.stream()
                .map(group::member)
                .filter(Objects::nonNull)
                .<RebalanceCause>map(
                        member -> new RebalanceTimedOut(ClassicCauses.who(member), duty, timeoutMs))
                .toList();
    }

    private void completeWith(ClassicGroup group, PreparingRebalance preparing) {
        if (!electLeader(group, preparing)) {
            // Only static members are left, and none has come back yet: they have until their
            // sessions end.
            host.schedule(
                    new TimerKey.Join(group.id()),
                    group.rebalanceTimeoutMs(),
                    () -> completeJoin(group));
            return;
        }
        host.cancel(new TimerKey.Join(group.id()));
        group.nextGeneration();
        var ids = new LinkedHashSet<String>();
        group.members().forEach(member -> ids.add(member.id()));
        String protocol = ProtocolSelection.choose(group.members());
        group.enter(preparing.toCompleting(protocol, ids), clock.wallMs());
        group.topicsAssigned(causes.topics(group));
        for (Map.Entry<String, Promise<JoinGroupResponseData>> joined :
                preparing.joined.entrySet()) {
            joined.getValue().fulfil(ClassicJoins.joined(group, joined.getKey()));
        }
        for (ClassicMember member : List.copyOf(group.members())) {
            group.put(member.known());
            touch(group, member);
        }
        awaitSyncs(group);
    }

    /// The leader stays, if it has joined; otherwise the first who has.
    private static boolean electLeader(ClassicGroup group, PreparingRebalance preparing) {
        String leader = group.leader();
        if (leader != null && preparing.joined.containsKey(leader)) {
            return true;
        }
        if (preparing.joined.isEmpty()) {
            return false;
        }
        group.leader(preparing.joined.keySet().iterator().next());
        return true;
    }

    // ---- everybody fetches its assignment

    private void awaitSyncs(ClassicGroup group) {
        int generation = group.generation();
        host.schedule(
                new TimerKey.Sync(group.id()),
                group.rebalanceTimeoutMs(),
                () -> soft(() -> expireSyncs(group, generation)));
    }

    private void expireSyncs(ClassicGroup group, int generation) {
        if (group.generation() != generation) {
            return;
        }
        Set<String> late =
                switch (group.state()) {
                    case CompletingRebalance completing -> completing.notSynced;
                    case Stable stable -> stable.notSynced();
                    case ClassicState.Empty _, PreparingRebalance _, ClassicState.Dead _ ->
                            Set.of();
                };
        if (!late.isEmpty()) {
            List<RebalanceCause> why = timedOut(group, late, "fetch its assignment");
            new ArrayList<>(late).forEach(memberId -> forget(group, memberId));
            membersChanged(group, why);
        }
    }

    /// The member has fetched, or asked for, its assignment.
    void synced(ClassicGroup group, String memberId, Set<String> notSynced) {
        notSynced.remove(memberId);
        if (notSynced.isEmpty()) {
            host.cancel(new TimerKey.Sync(group.id()));
        }
    }

    // ---- sessions

    /// The member has been heard of.
    void touch(ClassicGroup group, ClassicMember member) {
        expect(group, member.id(), member.sessionTimeoutMs());
    }

    /// The member must be heard of within this time.
    void expect(ClassicGroup group, String memberId, int timeoutMs) {
        host.schedule(
                new TimerKey.Session(group.id(), memberId),
                timeoutMs,
                () -> soft(() -> expireSession(group, memberId, timeoutMs)));
    }

    private void expireSession(ClassicGroup group, String memberId, int silentMs) {
        if (group.isPending(memberId)) {
            group.removePending(memberId);
            lessToWaitFor(group);
            return;
        }
        ClassicMember member = group.member(memberId);
        if (member != null && (member.isNew() || !isWaiting(group, memberId))) {
            remove(group, memberId, Errors.UNKNOWN_MEMBER_ID);
            membersChanged(
                    group,
                    new SessionExpired(
                            ClassicCauses.who(member), silentMs, member.sessionTimeoutMs()));
        }
    }

    /// Who waits for us cannot send heartbeats.
    private static boolean isWaiting(ClassicGroup group, String memberId) {
        return switch (group.state()) {
            case PreparingRebalance preparing -> preparing.joined.containsKey(memberId);
            case CompletingRebalance completing -> completing.synced.containsKey(memberId);
            case ClassicState.Empty _, Stable _, ClassicState.Dead _ -> false;
        };
    }

    // ---- removing members

    /// Takes a member out and answers what it waits for; the caller then says [#membersChanged].
    void remove(ClassicGroup group, String memberId, Errors reason) {
        if (group.state() instanceof PreparingRebalance preparing) {
            var waiting = preparing.joined.remove(memberId);
            if (waiting != null) {
                waiting.fulfil(ClassicJoins.refusal(reason, memberId));
            }
        }
        if (group.state() instanceof CompletingRebalance completing) {
            var waiting = completing.synced.remove(memberId);
            if (waiting != null) {
                waiting.fulfil(ClassicSyncs.refusal(reason));
            }
        }
        forget(group, memberId);
    }

    private void forget(ClassicGroup group, String memberId) {
        if (group.state() instanceof CompletingRebalance completing) {
            completing.notSynced.remove(memberId);
        } else if (group.state() instanceof Stable stable) {
            stable.notSynced().remove(memberId);
        }
        group.remove(memberId);
        host.cancel(new TimerKey.Session(group.id(), memberId));
    }

    /// After loading: a session begins for every member; a group that is larger than now allowed, or whose leader was left open
    /// ([Downgrade]), begins anew.
    void loaded(ClassicGroup group) {
        Invariant.check(
                group.isEmpty() || group.state() instanceof Stable,
                "G4 a loaded group is empty or stable");
        for (ClassicMember member : group.members()) {
            touch(group, member);
        }
        if (!group.isEmpty()) {
            group.loaded();
            group.topicsAssigned(causes.topics(group));
            record(group, group.generation(), List.of(new CoordinatorLoaded(group.size())));
        }
        if (group.size() > config.maxSize()) {
            membersChanged(group, new GroupTooLarge(group.size(), config.maxSize()));
        } else if (group.size() > 0 && group.leader() == null) {
            membersChanged(group, new RebalanceUnfinished(group.size()));
        }
    }

    /// Nobody waits any longer: the members are asked to join again, somewhere else.
    void interrupted(ClassicGroup group) {
        switch (group.state()) {
            case PreparingRebalance preparing ->
                    preparing.joined.forEach((memberId, waiting) ->
                            waiting.fulfil(
                                    ClassicJoins.refusal(Errors.REBALANCE_IN_PROGRESS, memberId)));
            case CompletingRebalance completing ->
                    completing.synced.values().forEach(this::askToRejoin);
            case ClassicState.Empty _, Stable _, ClassicState.Dead _ -> {}
        }
    }

    /// Nothing of the group will happen any more.
    void buried(ClassicGroup group) {
        group.enter(new ClassicState.Dead(), clock.wallMs());
        host.cancel(new TimerKey.Join(group.id()));
        host.cancel(new TimerKey.Sync(group.id()));
        for (String pending : List.copyOf(group.pending())) {
            host.cancel(new TimerKey.Session(group.id(), pending));
        }
    }

    private static Decision<GroupRecord, Boolean> soft(Runnable effect) {
        return Decision.answer(true, effect);
    }

    private static Decision<GroupRecord, Boolean> nothing() {
        return Decision.answer(true);
    }
}
