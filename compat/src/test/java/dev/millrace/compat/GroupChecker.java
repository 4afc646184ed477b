package dev.millrace.compat;

import dev.millrace.compat.GroupEvent.Fact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/// What must hold of everything that the members of one group said, whatever was done to them.
///
/// - delivered: every record that was acknowledged to its producer was read by some member;
/// - G1: no partition has two owners in one epoch; and none passes on while its owner, still a member, has not released it;
/// - G2: a member's epoch never goes back; no commit is accepted from a member whose partition has passed on;
/// - G3: an owner begins where the last accepted commit says, or a later one whose answer was not heard.
///
/// That a group comes to rest when the faults end (G5) is for the test to wait for: `GroupUnderTest.settle`.
final class GroupChecker {
    private final List<GroupEvent> events;
    private final Map<Integer, Long> produced;
    private final List<Ownership> ownerships;
    private final Map<Integer, List<Ownership>> byPartition = new TreeMap<>();
    private final List<String> violations = new ArrayList<>();

    private GroupChecker(List<GroupEvent> events, Map<Integer, Long> produced) {
        this.events = events;
        this.produced = produced;
        this.ownerships = Ownership.of(events);
        for (Ownership each : ownerships)
            byPartition.computeIfAbsent(each.partition(), _ -> new ArrayList<>()).add(each);
    }

    /// Every rule that is broken, in words.
    ///
    /// @param events of all members; those of one member in its own order
    /// @param produced by partition, how many records it has
    static List<String> violations(List<GroupEvent> events, Map<Integer, Long> produced) {
        var checker = new GroupChecker(events, produced);
        checker.everyRecordIsDelivered();
        checker.noEpochHasTwoOwners();
        checker.noPartitionPassesOnUnreleased();
        checker.epochsNeverGoBack();
        checker.noStaleCommitIsAccepted();
        checker.ownersBeginWhereTheLastCommitSays();
        return List.copyOf(checker.violations);
    }

    private void broken(String rule, String what) {
        violations.add(rule + ": " + what);
    }

    private void everyRecordIsDelivered() {
        undelivered(events, produced)
                .forEach((partition, offset) ->
                        broken(
                                "delivered",
                                "nobody read partition %d at %d".formatted(partition, offset)));
    }

    /// By partition, the first offset that no member has read.
    static Map<Integer, Long> undelivered(List<GroupEvent> events, Map<Integer, Long> produced) {
        Map<Integer, TreeMap<Long, Long>> read = new TreeMap<>();
        for (GroupEvent event : events) {
            if (event.fact() instanceof Fact.Read(int partition, long from, long last))
                read.computeIfAbsent(partition, _ -> new TreeMap<>()).merge(from, last, Math::max);
        }
        Map<Integer, Long> missing = new TreeMap<>();
        produced.forEach((partition, count) -> {
            long next = firstGap(read.getOrDefault(partition, new TreeMap<>()));
            if (next < count) missing.put(partition, next);
        });
        return missing;
    }

    private static long firstGap(Map<Long, Long> ranges) {
        long next = 0;
        for (Map.Entry<Long, Long> range : ranges.entrySet()) {
            if (range.getKey() > next) break;
            next = Math.max(next, range.getValue() + 1);
        }
        return next;
    }

    private void noEpochHasTwoOwners() {
        eachPair((first, second) -> {
            if (first.sharesAnEpochWith(second)) broken("G1", "%s; %s".formatted(first, second));
        });
    }

    private void noPartitionPassesOnUnreleased() {
        eachPair((first, second) -> {
            if (first.released() && second.startAt() < first.endAt())
                broken("G1", "%s, and released it then; %s".formatted(first, second));
        });
    }

    /// Ownerships of one partition by two members, the one that began first before the other.
    private void eachPair(BiConsumer<Ownership, Ownership> rule) {
        for (List<Ownership> owners : byPartition.values()) {
            for (int i = 0; i < owners.size(); i++) {
                for (Ownership second : owners.subList(i + 1, owners.size())) {
                    if (!owners.get(i).member().equals(second.member()))
                        rule.accept(owners.get(i), second);
                }
            }
        }
    }

    private void epochsNeverGoBack() {
        Map<String, GroupEvent> latest = new HashMap<>();
        for (GroupEvent event : events) {
            if (event.epoch() <= 0) continue;
            GroupEvent before = latest.put(event.member(), event);
            if (before != null && before.epoch() > event.epoch())
                broken("G2", "%s comes after %s".formatted(event, before));
        }
    }

    private void noStaleCommitIsAccepted() {
        for (Commit commit : commits()) {
            if (!commit.isAccepted()) continue;
            for (Ownership owner : ownersOf(commit.partition())) {
                if (!owner.member().equals(commit.member())
                        && owner.fromEpoch() > commit.epoch()
                        && owner.startAt() < commit.sentAt())
                    broken("G2", "%s was accepted; before, %s".formatted(commit, owner));
            }
        }
    }

    private void ownersBeginWhereTheLastCommitSays() {
        Map<Integer, List<Commit>> commits = new HashMap<>();
        for (Commit commit : commits())
            commits.computeIfAbsent(commit.partition(), _ -> new ArrayList<>()).add(commit);
        for (Ownership owner : ownerships) {
            if (owner.firstRead().isEmpty()) continue;
            long least = 0;
            long most = 0;
            var all = Objects.requireNonNullElse(commits.get(owner.partition()), List.<Commit>of());
            for (Commit commit : all) {
                if (commit.sentAt() <= owner.firstReadAt()) most = Math.max(most, commit.offset());
                if (commit.acceptedAt() < owner.startAt()) least = Math.max(least, commit.offset());
            }
            for (Commit commit : all) {
                if (commit.isOfTwoEpochs() && commit.sentAt() <= owner.firstReadAt())
                    least = Math.min(least, commit.offset());
            }
            long first = owner.firstRead().getAsLong();
            if (first < least || first > most)
                broken(
                        "G3",
                        "%s, and begins at %d, not in %d..%d".formatted(owner, first, least, most));
        }
    }

    private List<Ownership> ownersOf(int partition) {
        return Objects.requireNonNullElse(byPartition.get(partition), List.of());
    }

    /// One partition's offset in one request.
    ///
    /// @param epoch in which it was accepted; in which it was sent, as long as it is not
    ///
    /// @param acceptedAt [Long#MAX_VALUE] when the member never said so
    private record Commit(
            String member,
            int sentIn,
            int epoch,
            int partition,
            long offset,
            long sentAt,
            long acceptedAt) {
        static Commit sent(GroupEvent event, int partition, long offset) {
            return new Commit(
                    event.member(),
                    event.epoch(),
                    event.epoch(),
                    partition,
                    offset,
                    event.at(),
                    Long.MAX_VALUE);
        }

        Commit accepted(long at, int in) {
            return new Commit(member, sentIn, Math.max(epoch, in), partition, offset, sentAt, at);
        }

        /// Its client has asked again in a later epoch with what it had in the earlier one, and so taken back what others have
        /// committed since.
        boolean isOfTwoEpochs() {
            return epoch > sentIn;
        }

        boolean isAccepted() {
            return acceptedAt != Long.MAX_VALUE;
        }
    }

    private List<Commit> commits() {
        Map<String, Map<Integer, Integer>> lastOf = new HashMap<>();
        List<Commit> all = new ArrayList<>();
        for (GroupEvent event : events) {
            var last = lastOf.computeIfAbsent(event.member(), _ -> new HashMap<>());
            if (event.fact() instanceof Fact.Committing(var offsets)) {
                offsets.forEach((partition, offset) -> {
                    last.put(partition, all.size());
                    all.add(Commit.sent(event, partition, offset));
                });
            } else if (event.fact() instanceof Fact.Committed(var offsets, boolean again)) {
                offsets.keySet()
                        .forEach(partition -> {
                            int sent = Objects.requireNonNull(last.get(partition));
                            all.set(
                                    sent,
                                    all.get(sent).accepted(event.at(), again ? event.epoch() : 0));
                        });
            }
        }
        return all;
    }

    /// Who has each partition when the history ends; partitions that have nobody, or two, are violations of a group at rest.
    static List<String> atRest(
            List<GroupEvent> events, Map<Integer, Long> produced, Set<String> alive) {
        Map<Integer, List<String>> owners = new TreeMap<>();
        for (Ownership each : Ownership.of(events)) {
            if (each.lasts() && alive.contains(each.member()))
                owners.computeIfAbsent(each.partition(), _ -> new ArrayList<>()).add(each.member());
        }
        List<String> violations = new ArrayList<>();
        for (int partition : produced.keySet()) {
            List<String> some = Objects.requireNonNullElse(owners.get(partition), List.of());
            if (some.size() != 1)
                violations.add("at rest: partition %d has %s".formatted(partition, some));
        }
        return violations;
    }
}
