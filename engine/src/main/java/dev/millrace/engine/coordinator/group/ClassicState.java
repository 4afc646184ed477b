package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Promise;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;

/// What a classic group is doing. Each state holds who waits for it to end; the transitions are methods of the states that
/// allow them.
///
/// ```
///   Empty ──join──> PreparingRebalance ──all joined, or time out──> CompletingRebalance ──leader's sync──> Stable
///     ^                │  ^      ^                                        │                                 │
///     └──nobody left───┘  │      └──────── a member joins, leaves, dies, or does not sync ──────────────────┘
///                         └ (initial rebalance: waits for more members, KIP-134)
///   Empty ──deleted──> Dead
/// ```
sealed interface ClassicState {
    /// Kafka's name of it.
    String text();

    /// No members; offsets may be there.
    record Empty() implements ClassicState {
        @Override
        public String text() {
            return "Empty";
        }

        PreparingRebalance toPreparing() {
            return new PreparingRebalance(true);
        }
    }

    /// Waiting for every member to join again.
    final class PreparingRebalance implements ClassicState {
        /// The group was empty: wait a while for others, whoever has joined (`group.initial.rebalance.delay.ms`).
        final boolean initial;

        /// Somebody came since the present delay began: wait once more.
        boolean newMemberAdded;

        /// Who has joined, and waits for the answer.
        final Map<String, Promise<JoinGroupResponseData>> joined = new LinkedHashMap<>();

        private PreparingRebalance(boolean initial) {
            this.initial = initial;
        }

        @Override
        public String text() {
            return "PreparingRebalance";
        }

        CompletingRebalance toCompleting(String protocol, Set<String> members) {
            return new CompletingRebalance(protocol, members);
        }
    }

    /// Everybody knows the generation; the leader works out who gets what.
    final class CompletingRebalance implements ClassicState {
        final String protocol;

        /// Who has not asked for its assignment yet.
        final Set<String> notSynced;

        /// Who has asked, and waits for the leader.
        final Map<String, Promise<SyncGroupResponseData>> synced = new LinkedHashMap<>();

        private CompletingRebalance(String protocol, Set<String> members) {
            this.protocol = protocol;
            this.notSynced = new LinkedHashSet<>(members);
        }

        @Override
        public String text() {
            return "CompletingRebalance";
        }

        PreparingRebalance toPreparing() {
            return new PreparingRebalance(false);
        }

        Stable toStable() {
            return new Stable(protocol, notSynced);
        }
    }

    /// Everybody has, or may fetch, its assignment.
    ///
    /// @param notSynced who has not fetched it yet, and will be removed if it takes too long
    record Stable(String protocol, Set<String> notSynced) implements ClassicState {
        @Override
        public String text() {
            return "Stable";
        }

        PreparingRebalance toPreparing() {
            return new PreparingRebalance(false);
        }
    }

    /// Deleted, and no longer in the shard's map.
    record Dead() implements ClassicState {
        @Override
        public String text() {
            return "Dead";
        }
    }
}
