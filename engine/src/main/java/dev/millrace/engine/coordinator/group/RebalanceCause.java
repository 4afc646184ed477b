package dev.millrace.engine.coordinator.group;

import org.jspecify.annotations.Nullable;

/// Why the members of a group had to divide their work anew, with the evidence.
///
/// Recorded where the decision is made, which is the only place that knows; of whatever protocol the group is.
public sealed interface RebalanceCause
        permits MembershipCause, MemberCause, TopicCause, GroupCause {
    /// The causes by name: in answers, and as a label of the metric that counts them.
    enum Kind {
        MEMBER_JOINED,
        MEMBER_LEFT,
        POLL_INTERVAL_EXCEEDED,
        SESSION_EXPIRED,
        REBALANCE_TIMED_OUT,
        REMOVED_BY_ADMINISTRATOR,
        STATIC_MEMBER_REPLACED,
        SUBSCRIPTION_CHANGED,
        ASSIGNORS_CHANGED,
        ASSIGNOR_DATA_CHANGED,
        MEMBER_CHANGED,
        PARTITIONS_GIVEN_UP,
        LEADER_REJOINED,
        PARTITIONS_ADDED,
        TOPIC_CREATED,
        TOPIC_DELETED,
        TOPIC_REPLACED,
        TOPICS_CHANGED,
        TOPICS_MATCHED,
        TOPOLOGY_CHANGED,
        SETTINGS_CHANGED,
        GROUP_TOO_LARGE,
        REBALANCE_UNFINISHED,
        COORDINATOR_LOADED,
        PROTOCOL_MIGRATED
    }

    Kind kind();

    /// One sentence without its full stop, in words for whoever runs the group.
    String text();

    /// Whose doing it was, when it was a member's.
    default @Nullable Member member() {
        return null;
    }

    /// True when it takes a member out of the group: worth telling even while a rebalance goes on.
    default boolean isDeparture() {
        return false;
    }

    /// Somebody in the group; what clients call themselves is cut to a bounded length.
    record Member(String id, String clientId, String clientHost) {
        public Member {
            id = PlainWords.cut(id);
            clientId = PlainWords.cut(clientId);
            clientHost = PlainWords.cut(clientHost);
        }

        @Override
        public String toString() {
            return "member %s (client %s at %s)".formatted(id, clientId, clientHost);
        }
    }
}
