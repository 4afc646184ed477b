package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Forgets offsets that are too old, and then groups of which nothing is left (KIP-211).
///
/// Every `offsets.retention.check.interval.ms` all groups are looked at, a part of them in a turn, so that requests get in
/// between. A group that has more to forget than fits is looked at again; its own tombstone comes with the last of its
/// offsets.
final class OffsetExpiry {
    /// What one turn forgets at most, but for a group's own tombstones.
    private static final int MOST_FORGOTTEN = 1_000;

    /// What one turn looks at, members and offsets, give or take a group.
    private static final int MOST_SEEN = 10_000;

    private static final long PAUSE_MS = 1;

    private final GroupShard shard;
    private final ShardHost<GroupRecord> host;
    private final Clock clock;
    private final GroupConfig config;

    OffsetExpiry(GroupShard shard, ShardHost<GroupRecord> host, Clock clock, GroupConfig config) {
        this.shard = shard;
        this.host = host;
        this.clock = clock;
        this.config = config;
    }

    /// The next round comes an interval from now. An effect.
    void schedule() {
        host.schedule(
                new TimerKey.Expiry(),
                config.offsetsRetentionCheckMs(),
                () -> check(shard.groups().stream().map(Group::id).toList(), 0));
    }

    /// @param groups of this round; some may be gone by now
    private Decision<GroupRecord, Boolean> check(List<String> groups, int from) {
        var facts = new ArrayList<GroupRecord>();
        var emptied = new ArrayList<Group>();
        int seen = 0;
        int at = from;
        while (at < groups.size() && seen < MOST_SEEN) {
            Group group = shard.group(groups.get(at));
            if (group != null && !expire(group, facts, emptied)) {
                break;
            }
            seen += group == null ? 1 : 1 + group.size() + shard.offsets().count(group.id());
            at++;
        }
        int next = at;
        return Decision.writeSpread(facts, true, () -> done(emptied, groups, next));
    }

    private void done(List<Group> emptied, List<String> groups, int next) {
        emptied.forEach(shard::deleted);
        if (next < groups.size()) {
            host.schedule(new TimerKey.Expiry(), PAUSE_MS, () -> check(groups, next));
        } else {
            schedule();
        }
    }

    /// @return false when there is more of this group than fits
    private boolean expire(Group group, List<GroupRecord> facts, List<Group> emptied) {
        boolean isLeft = shard.pendingOffsets().has(group.id());
        OffsetAge age = group.offsetAge();
        var topics = shard.offsets().of(group.id());
        Predicate<String> subscribed = topics.isEmpty() ? _ -> false : group.subscribedTopics();
        for (var topic : topics.entrySet()) {
            boolean isRead = subscribed.test(topic.getKey());
            TopicOffsets offsets = topic.getValue();
            for (int i = 0; i < offsets.size(); i++) {
                if (isRead || !isOver(group, age, topic.getKey(), offsets, i)) {
                    isLeft = true;
                } else if (facts.size() == MOST_FORGOTTEN) {
                    return false;
                } else {
                    facts.add(
                            new OffsetForgotten(group.id(), topic.getKey(), offsets.partition(i)));
                }
            }
        }
        if (!isLeft && isUnused(group)) {
            facts.addAll(group.tombstones());
            emptied.add(group);
        }
        return true;
    }

    private boolean isOver(
            Group group, OffsetAge age, String topic, TopicOffsets offsets, int index) {
        return age.isOver(
                        offsets.committedMs(index),
                        offsets.expiresMs(index),
                        config.offsetsRetentionMs(),
                        clock.wallMs())
                && !shard.pendingOffsets().has(group.id(), topic, offsets.partition(index));
    }

    /// Whoever has been given a member id is about to join.
    private static boolean isUnused(Group group) {
        return group.isEmpty()
                && !(group instanceof ClassicGroup classic && !classic.pending().isEmpty());
    }
}
