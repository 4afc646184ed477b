package dev.millrace.engine.coordinator.group;

import java.util.SortedMap;
import org.apache.kafka.common.Uuid;

/// What a shard's timers are for. One of each at a time, so that there are no more timers than members and groups.
sealed interface TimerKey {
    /// The member is dead when it is not heard of until then.
    record Session(String group, String member) implements TimerKey {}

    /// Members that have not joined until then are removed, and the rebalance goes on without them.
    record Join(String group) implements TimerKey {}

    /// Members that have not fetched their assignment until then are removed.
    record Sync(String group) implements TimerKey {}

    /// The member is removed when it has not given up by then what it must (consumer and streams protocols).
    record Revocation(String group, String member) implements TimerKey {}

    /// Members that come until then have part in a streams group's first assignment.
    record FirstAssignment(String group) implements TimerKey {}

    /// Offsets are looked at for their age.
    record Expiry() implements TimerKey {}

    /// Offsets of topics that are gone are forgotten, some at a time.
    record TopicsDeleted(SortedMap<String, Uuid> topics) implements TimerKey {}

    /// The regular expressions of the group are to be matched with the topics.
    record Regexes(String group) implements TimerKey {}

    /// A member of the classic protocol in a group of the consumer protocol is removed when it has not joined again by then.
    record MemberJoin(String group, String member) implements TimerKey {}

    /// It is removed when it has not fetched by then what it has.
    record MemberSync(String group, String member) implements TimerKey {}
}
