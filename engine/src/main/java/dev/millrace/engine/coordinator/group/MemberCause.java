package dev.millrace.engine.coordinator.group;

import java.util.List;

/// Somebody who stays said something else than before, or asked for it.
public sealed interface MemberCause extends RebalanceCause {
    record SubscriptionChanged(Member member, List<String> added, List<String> removed)
            implements MemberCause {
        public SubscriptionChanged {
            added = PlainWords.few(added);
            removed = PlainWords.few(removed);
        }

        @Override
        public Kind kind() {
            return Kind.SUBSCRIPTION_CHANGED;
        }

        @Override
        public String text() {
            return member + " changed its subscription" + PlainWords.difference(added, removed);
        }
    }

    record AssignorsChanged(Member member, List<String> before, List<String> after)
            implements MemberCause {
        public AssignorsChanged {
            before = PlainWords.few(before);
            after = PlainWords.few(after);
        }

        @Override
        public Kind kind() {
            return Kind.ASSIGNORS_CHANGED;
        }

        @Override
        public String text() {
            return "%s wants other assignors than before: %s instead of %s"
                    .formatted(member, PlainWords.list(after), PlainWords.list(before));
        }
    }

    record AssignorDataChanged(Member member, String reason) implements MemberCause {
        public AssignorDataChanged {
            reason = PlainWords.cut(reason);
        }

        @Override
        public Kind kind() {
            return Kind.ASSIGNOR_DATA_CHANGED;
        }

        @Override
        public String text() {
            return member + " had something new to tell the assignor" + PlainWords.said(reason);
        }
    }

    /// The second half of a cooperative rebalance.
    record PartitionsGivenUp(Member member, int partitions) implements MemberCause {
        @Override
        public Kind kind() {
            return Kind.PARTITIONS_GIVEN_UP;
        }

        @Override
        public String text() {
            return "%s has given up %s, which can now go to others"
                    .formatted(member, PlainWords.count(partitions, "partition"));
        }
    }

    record LeaderRejoined(Member member, String reason) implements MemberCause {
        public LeaderRejoined {
            reason = PlainWords.cut(reason);
        }

        @Override
        public Kind kind() {
            return Kind.LEADER_REJOINED;
        }

        @Override
        public String text() {
            return "the group's leader, " + member + ", joined again" + PlainWords.said(reason);
        }
    }

    /// What a member of a streams group says about itself: where it is, or how it is tagged.
    ///
    /// @param what each with its value and the one before
    record MemberChanged(Member member, List<String> what) implements MemberCause {
        public MemberChanged {
            what = PlainWords.few(what);
        }

        @Override
        public Kind kind() {
            return Kind.MEMBER_CHANGED;
        }

        @Override
        public String text() {
            return member + " is not what it was: " + PlainWords.list(what);
        }
    }

    /// Of a streams group.
    record TopologyChanged(Member member, int before, int after) implements MemberCause {
        @Override
        public Kind kind() {
            return Kind.TOPOLOGY_CHANGED;
        }

        @Override
        public String text() {
            return "%s runs topology %d of the application now, it ran topology %d"
                    .formatted(member, after, before);
        }
    }
}
