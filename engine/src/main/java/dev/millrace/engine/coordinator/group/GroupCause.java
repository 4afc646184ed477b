package dev.millrace.engine.coordinator.group;

import java.util.List;

/// Something befell the group as a whole.
public sealed interface GroupCause extends RebalanceCause {
    /// @param what each with its value and the one before
    record SettingsChanged(List<String> what) implements GroupCause {
        public SettingsChanged {
            what = PlainWords.few(what);
        }

        @Override
        public Kind kind() {
            return Kind.SETTINGS_CHANGED;
        }

        @Override
        public String text() {
            return "the group's settings were changed: " + PlainWords.list(what);
        }
    }

    record GroupTooLarge(int members, int most) implements GroupCause {
        @Override
        public Kind kind() {
            return Kind.GROUP_TOO_LARGE;
        }

        @Override
        public String text() {
            return "the group was found with %d members and group.max.size allows %d: all have to join again"
                    .formatted(members, most);
        }
    }

    /// The coordinator went away, or the group went over to the consumer protocol, in the middle of one.
    record RebalanceUnfinished(int members) implements GroupCause {
        @Override
        public Kind kind() {
            return Kind.REBALANCE_UNFINISHED;
        }

        @Override
        public String text() {
            return "a rebalance was going on when the group was loaded or changed its protocol: it begins again, with "
                    + PlainWords.count(members, "member");
        }
    }

    /// Not a rebalance in itself, but where what is known begins.
    record CoordinatorLoaded(int members) implements GroupCause {
        @Override
        public Kind kind() {
            return Kind.COORDINATOR_LOADED;
        }

        @Override
        public String text() {
            return "this broker took the group over from its log, with %s; who had not finished a rebalance joins again"
                    .formatted(PlainWords.count(members, "member"));
        }
    }

    /// @param from and `to` are names of protocols: "classic", "consumer"
    record ProtocolMigrated(String from, String to, int members) implements GroupCause {
        @Override
        public Kind kind() {
            return Kind.PROTOCOL_MIGRATED;
        }

        @Override
        public String text() {
            return "the group went over from the %s to the %s protocol with %s"
                    .formatted(from, to, PlainWords.count(members, "member"));
        }
    }
}
