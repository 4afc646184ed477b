package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.ConsumerMemberState.STABLE;
import static dev.millrace.engine.coordinator.group.ConsumerMemberState.UNRELEASED_PARTITIONS;
import static dev.millrace.engine.coordinator.group.ConsumerMemberState.UNREVOKED_PARTITIONS;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.jspecify.annotations.Nullable;

/// The next step of a member of the consumer protocol from what it has to what it shall have. Pure: the same question has the
/// same answer, and nothing is changed.
///
/// A step gives up before it takes: as long as the member holds something that is not in its target it is given nothing, and
/// it is never given what another holds (G1).
final class ConsumerReconciliation {
    private ConsumerReconciliation() {}

    /// Where a member is going.
    ///
    /// @param epoch of the target
    /// @param subscribed topics that it reads and that exist: of others it gets nothing, whatever the target says
    record Goal(int epoch, Map<Uuid, Set<Integer>> target, Set<Uuid> subscribed) {}

    /// What the member's heartbeat told.
    ///
    /// @param subscriptionChanged it reads other topics than before
    /// @param owned the partitions that it still holds; null when it did not say
    record Told(boolean subscriptionChanged, @Nullable List<TopicPartitions> owned) {}

    /// @param isFree nobody else holds the partition
    /// @return the very same when there is nothing to do; null when the member must give up everything and join again
    static @Nullable ConsumerAssignment next(
            ConsumerAssignment current, Goal goal, Told told, BiPredicate<Uuid, Integer> isFree) {
        return switch (current.state()) {
            case STABLE ->
                    current.epoch() == goal.epoch()
                            ? unsubscribed(current, goal, told)
                            : advance(current, current.epoch(), goal, told, isFree);
            case UNREVOKED_PARTITIONS ->
                    holdsAny(told.owned(), current.revoking())
                            ? unsubscribed(current, goal, told)
                            : advance(current, current.epoch(), goal, told, isFree);
            case UNRELEASED_PARTITIONS -> advance(current, current.epoch(), goal, told, isFree);
            case UNKNOWN ->
                    told.owned() != null && told.owned().isEmpty()
                            ? advance(current, goal.epoch(), goal, told, isFree)
                            : null;
        };
    }

    /// Does the member still hold any of these? It does as long as it does not say what it holds.
    private static boolean holdsAny(
            @Nullable List<TopicPartitions> owned, Map<Uuid, Map<Integer, Integer>> partitions) {
        if (owned == null) {
            return true;
        }
        for (TopicPartitions topic : owned) {
            Map<Integer, Integer> asked = partitions.getOrDefault(topic.topicId(), Map.of());
            for (int partition : topic.partitions()) {
                if (asked.containsKey(partition)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// The target is the same, but the member reads some of its topics no longer: it gives them up at once.
    private static ConsumerAssignment unsubscribed(
            ConsumerAssignment current, Goal goal, Told told) {
        if (!told.subscriptionChanged()
                || goal.subscribed().containsAll(current.assigned().keySet())) {
            return current;
        }
        var assigned = new TreeMap<Uuid, Map<Integer, Integer>>();
        var revoking = new TreeMap<>(current.revoking());
        current.assigned()
                .forEach((topic, partitions) -> {
                    if (goal.subscribed().contains(topic)) {
                        assigned.put(topic, partitions);
                    } else {
                        revoking.merge(topic, partitions, ConsumerReconciliation::union);
                    }
                });
        return holdsAny(told.owned(), revoking)
                ? step(current, UNREVOKED_PARTITIONS, current.epoch(), assigned, revoking)
                : step(current, current.state(), current.epoch(), assigned, current.revoking());
    }

    private static Map<Integer, Integer> union(
            Map<Integer, Integer> some, Map<Integer, Integer> others) {
        var all = new TreeMap<>(some);
        all.putAll(others);
        return Collections.unmodifiableMap(all);
    }

    /// @param epochWhileRevoking the member stays in it until it has given up what it must
    private static ConsumerAssignment advance(
            ConsumerAssignment current,
            int epochWhileRevoking,
            Goal goal,
            Told told,
            BiPredicate<Uuid, Integer> isFree) {
        var kept = new TreeMap<Uuid, Map<Integer, Integer>>();
        var revoking = new TreeMap<Uuid, Map<Integer, Integer>>();
        var all = new TreeMap<Uuid, Map<Integer, Integer>>();
        boolean waits = false;
        Set<Uuid> topics = new TreeSet<>(goal.target().keySet());
        topics.addAll(current.assigned().keySet());
        for (Uuid topic : topics) {
            Map<Integer, Integer> has = current.assigned().getOrDefault(topic, Map.of());
            Set<Integer> wants =
                    goal.subscribed().contains(topic)
                            ? goal.target().getOrDefault(topic, Set.of())
                            : Set.of();
            var keeps = new TreeMap<>(has);
            keeps.keySet().retainAll(wants);
            var gives = new TreeMap<>(has);
            gives.keySet().removeAll(wants);
            var takes = new TreeMap<>(keeps);
            for (int partition : wants) {
                if (!keeps.containsKey(partition)) {
                    if (isFree.test(topic, partition)) {
                        takes.put(partition, goal.epoch());
                    } else {
                        waits = true;
                    }
                }
            }
            put(kept, topic, keeps);
            put(revoking, topic, gives);
            put(all, topic, takes);
        }
        if (!revoking.isEmpty() && holdsAny(told.owned(), revoking)) {
            return step(current, UNREVOKED_PARTITIONS, epochWhileRevoking, kept, revoking);
        }
        ConsumerMemberState state = waits ? UNRELEASED_PARTITIONS : STABLE;
        return step(current, state, goal.epoch(), all, Map.of());
    }

    private static void put(
            Map<Uuid, Map<Integer, Integer>> to, Uuid topic, Map<Integer, Integer> partitions) {
        if (!partitions.isEmpty()) {
            to.put(topic, Collections.unmodifiableMap(partitions));
        }
    }

    private static ConsumerAssignment step(
            ConsumerAssignment current,
            ConsumerMemberState state,
            int epoch,
            Map<Uuid, Map<Integer, Integer>> assigned,
            Map<Uuid, Map<Integer, Integer>> revoking) {
        var next =
                new ConsumerAssignment(
                        epoch,
                        current.epoch(),
                        state,
                        Collections.unmodifiableMap(assigned),
                        Collections.unmodifiableMap(revoking));
        return next.equals(current) ? current : next;
    }
}
