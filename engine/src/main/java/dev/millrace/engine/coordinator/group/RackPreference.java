package dev.millrace.engine.coordinator.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;

/// Lets members read in their own rack where that costs nothing: an assignment's moves are exchanged between members until no
/// exchange brings more partitions to a member in the rack of one of their replicas (KIP-392 lets it fetch there).
///
/// Only what moves anyway is exchanged: what a member owned and keeps, it keeps. Each exchange is one for one, so that every
/// member has as many as before. Of two exchanges that serve racks alike, the one that lets a partition stay where it was counts
/// as a gain too.
///
/// Kafka's assignors know racks and do not look at them.
final class RackPreference {
    /// What is exchanged whole.
    enum Unit {
        /// Each partition by itself.
        PARTITION,

        /// Partitions of the same number that one member has of several topics: range promises that they meet.
        NUMBER
    }

    /// Pairs that are looked at: some 30 ms. All pairs of 700 moves; where more moves at once, some find no better place.
    private static final int MOST_PAIRS = 500_000;

    /// A read in the own rack outweighs any number of partitions that stay.
    private static final int IN_RACK = 1_000_000;

    private final SortedMap<String, Subscriber> members;
    private final SubscribedTopicDescriber racks;
    private final Unit unit;
    private final List<Move> moves = new ArrayList<>();
    private int pairs = MOST_PAIRS;

    /// Partitions of one number that go to a new owner together.
    private static final class Move {
        final int number;
        final SortedMap<Uuid, Set<String>> racksByTopic = new TreeMap<>();
        String to;

        Move(int number, String to) {
            this.number = number;
            this.to = to;
        }
    }

    private RackPreference(
            SortedMap<String, Subscriber> members, SubscribedTopicDescriber racks, Unit unit) {
        this.members = members;
        this.racks = racks;
        this.unit = unit;
    }

    /// @param target what the assignor decided; is changed, and returned
    static Map<String, Map<Uuid, Set<Integer>>> exchange(
            SortedMap<String, Subscriber> members,
            Map<String, Map<Uuid, Set<Integer>>> target,
            SubscribedTopicDescriber racks,
            Unit unit) {
        if (members.values().stream().map(Subscriber::rack).distinct().count() > 1) {
            var preference = new RackPreference(members, racks, unit);
            target.forEach(preference::takeOut);
            preference.improve();
            preference.moves.forEach(move -> putBack(move, target));
        }
        return target;
    }

    private Subscriber member(String id) {
        return Objects.requireNonNull(members.get(id));
    }

    private void takeOut(String memberId, Map<Uuid, Set<Integer>> assigned) {
        var byNumber = new TreeMap<Integer, List<Move>>();
        var kept = new TreeSet<Integer>();
        assigned.forEach((topic, partitions) -> {
            for (int number : partitions) {
                if (member(memberId).owns(topic, number)) {
                    kept.add(number);
                } else {
                    var same = byNumber.computeIfAbsent(number, _ -> new ArrayList<>());
                    if (same.isEmpty() || unit == Unit.PARTITION) {
                        same.add(new Move(number, memberId));
                    }
                    Set<String> places = racks.racksForPartition(topic, number);
                    same.getLast().racksByTopic.put(topic, places);
                }
            }
        });
        if (unit == Unit.NUMBER) {
            byNumber.keySet().removeAll(kept);
        }
        for (List<Move> taken : byNumber.values()) {
            moves.addAll(taken);
            taken.forEach(move -> remove(move, assigned));
        }
    }

    private static void remove(Move move, Map<Uuid, Set<Integer>> from) {
        for (Uuid topic : move.racksByTopic.keySet()) {
            from.computeIfPresent(
                    topic,
                    (_, partitions) -> {
                        partitions.remove(move.number);
                        return partitions.isEmpty() ? null : partitions;
                    });
        }
    }

    private static void putBack(Move move, Map<String, Map<Uuid, Set<Integer>>> target) {
        var assigned = target.computeIfAbsent(move.to, _ -> new TreeMap<>());
        for (Uuid topic : move.racksByTopic.keySet()) {
            assigned.computeIfAbsent(topic, _ -> new TreeSet<>()).add(move.number);
        }
    }

    /// Ends: each exchange raises the sum of what the moves are worth.
    private void improve() {
        boolean better = true;
        while (better && pairs > 0) {
            better = false;
            for (int i = 0; i < moves.size() && pairs > 0; i++) {
                better |= exchangeOne(i);
            }
        }
    }

    private boolean exchangeOne(int index) {
        Move move = moves.get(index);
        if (worth(move, move.to) >= best(move)) {
            return false;
        }
        // From its neighbour on: where pairs run out, not everybody has looked at the same few.
        for (int step = 1; step < moves.size() && pairs-- > 0; step++) {
            Move other = moves.get((index + step) % moves.size());
            if (mayExchange(move, other) && gain(move, other) > 0) {
                String to = move.to;
                move.to = other.to;
                other.to = to;
                return true;
            }
        }
        return false;
    }

    private boolean mayExchange(Move a, Move b) {
        Set<Uuid> topicsA = a.racksByTopic.keySet();
        Set<Uuid> topicsB = b.racksByTopic.keySet();
        if (a.to.equals(b.to)) {
            return false;
        }
        return topicsA.equals(topicsB)
                || (unit == Unit.PARTITION
                        && member(b.to).topics().containsAll(topicsA)
                        && member(a.to).topics().containsAll(topicsB));
    }

    private int gain(Move a, Move b) {
        return worth(a, b.to) + worth(b, a.to) - worth(a, a.to) - worth(b, b.to);
    }

    private int worth(Move move, String memberId) {
        Subscriber member = member(memberId);
        int worth = 0;
        for (Map.Entry<Uuid, Set<String>> partition : move.racksByTopic.entrySet()) {
            boolean inRack = member.rack().map(partition.getValue()::contains).orElse(false);
            boolean stays = member.owns(partition.getKey(), move.number);
            worth += (inRack ? IN_RACK : 0) + (stays ? 1 : 0);
        }
        return worth;
    }

    private static int best(Move move) {
        return move.racksByTopic.size() * IN_RACK;
    }
}
