package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.ConsumerMemberState.STABLE;
import static dev.millrace.engine.coordinator.group.ConsumerMemberState.UNKNOWN;
import static dev.millrace.engine.coordinator.group.ConsumerMemberState.UNRELEASED_PARTITIONS;
import static dev.millrace.engine.coordinator.group.ConsumerMemberState.UNREVOKED_PARTITIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every step that a member can take. Partitions are written `a0` (topic a, partition 0), with `@` the epoch since which a member
/// has them.
class ConsumerReconciliationTest {
    private static final Map<Character, Uuid> TOPICS =
            Map.of('a', new Uuid(1, 1), 'b', new Uuid(2, 2));

    /// @param owned what the heartbeat says; null when it says nothing
    /// @param taken what others hold
    /// @param want null when the member must join again
    record Case(
            String name,
            ConsumerAssignment from,
            int epoch,
            String target,
            String subscribed,
            boolean subscriptionChanged,
            @Nullable String owned,
            String taken,
            @Nullable ConsumerAssignment want) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                step("joins, everything is free", at(0, -1, STABLE, "", ""))
                        .to(5, "a0 a1")
                        .owning("")
                        .becomes(at(5, 0, STABLE, "a0@5 a1@5", "")),
                step("joins, others hold a part", at(0, -1, STABLE, "", ""))
                        .to(5, "a0 a1")
                        .owning("")
                        .taken("a1")
                        .becomes(at(5, 0, UNRELEASED_PARTITIONS, "a0@5", "")),
                step("joins, others hold everything", at(0, -1, STABLE, "", ""))
                        .to(5, "a0 a1")
                        .owning("")
                        .taken("a0 a1")
                        .becomes(at(5, 0, UNRELEASED_PARTITIONS, "", "")),
                step("nothing new", at(5, 4, STABLE, "a0@3", ""))
                        .to(5, "a0")
                        .becomes(at(5, 4, STABLE, "a0@3", "")),
                step("a new epoch, the same target", at(5, 4, STABLE, "a0@3", ""))
                        .to(6, "a0")
                        .becomes(at(6, 5, STABLE, "a0@3", "")),
                step("more, and all free", at(5, 4, STABLE, "a0@3", ""))
                        .to(6, "a0 a1 b0")
                        .becomes(at(6, 5, STABLE, "a0@3 a1@6 b0@6", "")),
                step("less: told to give up, at its epoch", at(5, 4, STABLE, "a0@3 a1@3", ""))
                        .to(6, "a0")
                        .becomes(at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3")),
                step("less, and it has it no longer", at(5, 4, STABLE, "a0@3 a1@3", ""))
                        .to(6, "a0")
                        .owning("a0")
                        .becomes(at(6, 5, STABLE, "a0@3", "")),
                step("gives up before it takes", at(5, 4, STABLE, "a0@3 a1@3", ""))
                        .to(6, "a1 a2")
                        .becomes(at(5, 5, UNREVOKED_PARTITIONS, "a1@3", "a0@3")),
                step("has not said what it holds", at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3"))
                        .to(6, "a0")
                        .becomes(at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3")),
                step("still holds it", at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3"))
                        .to(6, "a0")
                        .owning("a0 a1")
                        .becomes(at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3")),
                step("has given it up", at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3"))
                        .to(6, "a0")
                        .owning("a0")
                        .becomes(at(6, 5, STABLE, "a0@3", "")),
                step("has given it up, and takes", at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3"))
                        .to(6, "a0 a2 a3")
                        .owning("a0")
                        .taken("a3")
                        .becomes(at(6, 5, UNRELEASED_PARTITIONS, "a0@3 a2@6", "")),
                step("gave up, then a newer target", at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3"))
                        .to(7, "a2")
                        .owning("a0")
                        .becomes(at(5, 5, UNREVOKED_PARTITIONS, "", "a0@3")),
                step("gets back what it gave up", at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3"))
                        .to(7, "a0 a1")
                        .owning("a0")
                        .becomes(at(7, 5, STABLE, "a0@3 a1@7", "")),
                step("others still hold it", at(6, 6, UNRELEASED_PARTITIONS, "a0@3", ""))
                        .to(6, "a0 a1")
                        .taken("a1")
                        .becomes(at(6, 6, UNRELEASED_PARTITIONS, "a0@3", "")),
                step("others let go", at(6, 5, UNRELEASED_PARTITIONS, "a0@3", ""))
                        .to(6, "a0 a1")
                        .becomes(at(6, 6, STABLE, "a0@3 a1@6", "")),
                step("others let go of a part", at(6, 5, UNRELEASED_PARTITIONS, "a0@3", ""))
                        .to(6, "a0 a1 a2")
                        .taken("a2")
                        .becomes(at(6, 6, UNRELEASED_PARTITIONS, "a0@3 a1@6", "")),
                step("waits, then must give up", at(6, 5, UNRELEASED_PARTITIONS, "a0@3", ""))
                        .to(7, "a1")
                        .taken("a1")
                        .becomes(at(6, 6, UNREVOKED_PARTITIONS, "", "a0@3")),
                step("reads a topic no longer, no new target", at(6, 5, STABLE, "a0@3 b0@6", ""))
                        .to(6, "a0 b0")
                        .reading("a", true)
                        .becomes(at(6, 6, UNREVOKED_PARTITIONS, "a0@3", "b0@6")),
                step("reads it no longer, holds it no longer", at(6, 5, STABLE, "a0@3 b0@6", ""))
                        .to(6, "a0 b0")
                        .reading("a", true)
                        .owning("a0")
                        .becomes(at(6, 6, STABLE, "a0@3", "")),
                step("reads other topics, has none of them", at(6, 5, STABLE, "a0@3", ""))
                        .to(6, "a0")
                        .reading("ab", true)
                        .becomes(at(6, 5, STABLE, "a0@3", "")),
                step(
                                "gives up, and reads less",
                                at(5, 5, UNREVOKED_PARTITIONS, "a0@3 b0@3", "a1@3"))
                        .to(6, "a0 b0")
                        .reading("a", true)
                        .owning("a0 a1 b0")
                        .becomes(at(5, 5, UNREVOKED_PARTITIONS, "a0@3", "a1@3 b0@3")),
                step("gets nothing of what it does not read", at(0, -1, STABLE, "", ""))
                        .to(5, "a0 b0")
                        .reading("a", true)
                        .owning("")
                        .becomes(at(5, 0, STABLE, "a0@5", "")),
                step("a state of the future", at(5, 4, UNKNOWN, "a0@3", ""))
                        .to(6, "a0")
                        .owning("a0")
                        .becomes(null),
                step("a state of the future, says nothing", at(5, 4, UNKNOWN, "a0@3", ""))
                        .to(6, "a0")
                        .becomes(null),
                step("a state of the future, joins again", at(5, 4, UNKNOWN, "a0@3", ""))
                        .to(6, "a0 a1")
                        .owning("")
                        .becomes(at(6, 5, STABLE, "a0@3 a1@6", "")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void takesTheNextStep(Case c) {
        var subscribed = new TreeSet<Uuid>();
        c.subscribed.chars().forEach(topic -> subscribed.add(topic((char) topic)));
        var taken = partitions(c.taken);
        ConsumerAssignment next =
                ConsumerReconciliation.next(
                        c.from,
                        new ConsumerReconciliation.Goal(c.epoch, partitions(c.target), subscribed),
                        new ConsumerReconciliation.Told(
                                c.subscriptionChanged, c.owned == null ? null : owned(c.owned)),
                        (topic, partition) ->
                                !taken.getOrDefault(topic, Set.of()).contains(partition));
        assertEquals(c.want, next);
    }

    // ---- short forms

    private record Step(
            String name,
            ConsumerAssignment from,
            int epoch,
            String target,
            String subscribed,
            boolean changed,
            @Nullable String owned,
            String taken) {
        Step to(int newEpoch, String newTarget) {
            return new Step(name, from, newEpoch, newTarget, subscribed, changed, owned, taken);
        }

        Step owning(String partitions) {
            return new Step(name, from, epoch, target, subscribed, changed, partitions, taken);
        }

        Step taken(String partitions) {
            return new Step(name, from, epoch, target, subscribed, changed, owned, partitions);
        }

        Step reading(String topics, boolean isNew) {
            return new Step(name, from, epoch, target, topics, isNew, owned, taken);
        }

        Case becomes(@Nullable ConsumerAssignment want) {
            return new Case(name, from, epoch, target, subscribed, changed, owned, taken, want);
        }
    }

    private static Step step(String name, ConsumerAssignment from) {
        return new Step(name, from, from.epoch(), "", "ab", false, null, "");
    }

    private static ConsumerAssignment at(
            int epoch, int previous, ConsumerMemberState state, String assigned, String revoking) {
        return new ConsumerAssignment(epoch, previous, state, held(assigned), held(revoking));
    }

    private static Uuid topic(char name) {
        Uuid id = TOPICS.get(name);
        if (id == null) {
            throw new AssertionError("no topic " + name);
        }
        return id;
    }

    private static Map<Uuid, Set<Integer>> partitions(String text) {
        var partitions = new TreeMap<Uuid, Set<Integer>>();
        for (String one : text.split(" ", -1)) {
            if (!one.isEmpty()) {
                partitions
                        .computeIfAbsent(topic(one.charAt(0)), _ -> new TreeSet<>())
                        .add(Integer.valueOf(one.substring(1)));
            }
        }
        return partitions;
    }

    private static Map<Uuid, Map<Integer, Integer>> held(String text) {
        var held = new TreeMap<Uuid, Map<Integer, Integer>>();
        for (String one : text.split(" ", -1)) {
            if (!one.isEmpty()) {
                int at = one.indexOf('@');
                held.computeIfAbsent(topic(one.charAt(0)), _ -> new TreeMap<>())
                        .put(
                                Integer.valueOf(one.substring(1, at)),
                                Integer.valueOf(one.substring(at + 1)));
            }
        }
        return held;
    }

    private static List<TopicPartitions> owned(String text) {
        var owned = new ArrayList<TopicPartitions>();
        partitions(text)
                .forEach((topic, partitions) ->
                        owned.add(
                                new TopicPartitions()
                                        .setTopicId(topic)
                                        .setPartitions(List.copyOf(partitions))));
        return owned;
    }
}
