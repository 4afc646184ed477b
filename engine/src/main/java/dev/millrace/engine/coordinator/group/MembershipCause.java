package dev.millrace.engine.coordinator.group;

/// Somebody came or went.
public sealed interface MembershipCause extends RebalanceCause {
    record Joined(Member member) implements MembershipCause {
        @Override
        public Kind kind() {
            return Kind.MEMBER_JOINED;
        }

        @Override
        public String text() {
            return member + " joined";
        }
    }

    /// @param reason in the client's words (KIP-800), empty when it gave none
    record Left(Member member, String reason) implements MembershipCause {
        public Left {
            reason = PlainWords.cut(reason);
        }

        @Override
        public Kind kind() {
            return Kind.MEMBER_LEFT;
        }

        @Override
        public String text() {
            return member + " left" + PlainWords.said(reason);
        }

        @Override
        public boolean isDeparture() {
            return true;
        }
    }

    /// The client itself says that its application has not polled in time.
    record PollIntervalExceeded(Member member, String reason) implements MembershipCause {
        public PollIntervalExceeded {
            reason = PlainWords.cut(reason);
        }

        @Override
        public Kind kind() {
            return Kind.POLL_INTERVAL_EXCEEDED;
        }

        @Override
        public String text() {
            return member
                    + " left because its application took longer between two polls than max.poll.interval.ms allows"
                    + PlainWords.said(reason);
        }

        @Override
        public boolean isDeparture() {
            return true;
        }
    }

    /// @param silentMs since it was last heard of
    record SessionExpired(Member member, long silentMs, int sessionTimeoutMs)
            implements MembershipCause {
        @Override
        public Kind kind() {
            return Kind.SESSION_EXPIRED;
        }

        @Override
        public String text() {
            return "%s was removed: no heartbeat for %s, its session time-out is %s"
                    .formatted(
                            member,
                            PlainWords.duration(silentMs),
                            PlainWords.duration(sessionTimeoutMs));
        }

        @Override
        public boolean isDeparture() {
            return true;
        }
    }

    /// It sent heartbeats, but did not do its part of a rebalance.
    ///
    /// @param duty that it did not do: "join again"
    record RebalanceTimedOut(Member member, String duty, int timeoutMs) implements MembershipCause {
        @Override
        public Kind kind() {
            return Kind.REBALANCE_TIMED_OUT;
        }

        @Override
        public String text() {
            return "%s was removed: it did not %s within %s, the rebalance time-out (max.poll.interval.ms of Java clients)"
                    .formatted(member, duty, PlainWords.duration(timeoutMs));
        }

        @Override
        public boolean isDeparture() {
            return true;
        }
    }

    record RemovedByAdministrator(Member member, String reason) implements MembershipCause {
        public RemovedByAdministrator {
            reason = PlainWords.cut(reason);
        }

        @Override
        public Kind kind() {
            return Kind.REMOVED_BY_ADMINISTRATOR;
        }

        @Override
        public String text() {
            return member + " was removed by an administrator" + PlainWords.said(reason);
        }

        @Override
        public boolean isDeparture() {
            return true;
        }
    }

    /// @param before the member id of its earlier self
    record StaticMemberReplaced(Member member, String instanceId, String before)
            implements MembershipCause {
        public StaticMemberReplaced {
            instanceId = PlainWords.cut(instanceId);
            before = PlainWords.cut(before);
        }

        @Override
        public Kind kind() {
            return Kind.STATIC_MEMBER_REPLACED;
        }

        @Override
        public String text() {
            return "static member %s came back as %s, in the place of %s"
                    .formatted(instanceId, member, before);
        }
    }
}
