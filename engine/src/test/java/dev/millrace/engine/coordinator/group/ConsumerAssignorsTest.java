package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.testing.Gen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Uniform and range, and what [RackPreference] makes of them.
final class ConsumerAssignorsTest {
    /// A member, in short: where it is, which topics it wants, what it has ("t0 t1 u0").
    record Member(String id, String rack, String topics, String has) {}

    /// @param replicas of partitions 0, 1, ... of topic t, as broker ids; broker n is in rack n
    /// @param want "member: partitions" of each
    record Case(
            String name,
            String assignor,
            List<String> replicas,
            List<Member> members,
            String want) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<String> ONE_RACK = List.of("1", "1", "1", "1");

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "uniform: by turns, in the order of ids",
                        "uniform",
                        ONE_RACK,
                        List.of(new Member("b", "", "t", ""), new Member("a", "", "t", "")),
                        "a: t0 t1, b: t2 t3"),
                new Case(
                        "uniform: who has it keeps it",
                        "uniform",
                        ONE_RACK,
                        List.of(new Member("a", "", "t", "t1 t2 t3"), new Member("b", "", "t", "")),
                        "a: t1 t2, b: t0 t3"),
                new Case(
                        "uniform: different wishes",
                        "uniform",
                        ONE_RACK,
                        List.of(new Member("a", "", "t", ""), new Member("b", "", "t u", "")),
                        "a: t0 t1 t2, b: t3 u0 u1"),
                new Case(
                        "a topic that is gone is passed over",
                        "uniform",
                        ONE_RACK,
                        List.of(new Member("a", "", "t x", "x0")),
                        "a: t0 t1 t2 t3"),
                new Case(
                        "nothing to read",
                        "range",
                        ONE_RACK,
                        List.of(new Member("a", "", "x", ""), new Member("b", "", "", "")),
                        "a:, b:"),
                new Case(
                        "range: the same numbers of both topics meet",
                        "range",
                        List.of("1", "1"),
                        List.of(new Member("a", "", "t u", ""), new Member("b", "", "t u", "")),
                        "a: t0 u0, b: t1 u1"),
                new Case(
                        "uniform: each in its rack",
                        "uniform",
                        List.of("2", "2", "1", "1"),
                        List.of(new Member("a", "1", "t", ""), new Member("b", "2", "t", "")),
                        "a: t2 t3, b: t0 t1"),
                new Case(
                        "uniform: what is owned stays, though its rack is another",
                        "uniform",
                        List.of("2", "2", "1", "1"),
                        List.of(
                                new Member("a", "1", "t", "t0 t1"),
                                new Member("b", "2", "t", "t2 t3")),
                        "a: t0 t1, b: t2 t3"),
                new Case(
                        "uniform: a follower in the rack is as good",
                        "uniform",
                        List.of("2", "2 1", "2", "1"),
                        List.of(new Member("a", "1", "t", ""), new Member("b", "2", "t", "")),
                        "a: t1 t3, b: t0 t2"),
                new Case(
                        "uniform: who does not want a topic does not get it for its rack",
                        "uniform",
                        List.of("2"),
                        List.of(new Member("a", "1", "t", ""), new Member("b", "2", "u", "")),
                        "a: t0, b: u0 u1"),
                new Case(
                        "range: numbers move together",
                        "range",
                        List.of("2", "1"),
                        List.of(new Member("a", "1", "t u", ""), new Member("b", "2", "t u", "")),
                        "a: t1 u1, b: t0 u0"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void assigns(Case c) {
        var world = new World(c.replicas.stream().map(ConsumerAssignorsTest::ids).toList());
        var members = new TreeMap<String, Subscriber>();
        c.members.forEach(member -> members.put(member.id, world.subscriber(member)));
        assertEquals(c.want, world.text(world.assign(c.assignor, members)));
    }

    private static List<Integer> ids(String text) {
        return Stream.of(text.split(" ")).map(Integer::valueOf).toList();
    }

    @Test
    void thereAreTwo() {
        assertEquals(Set.of("range", "uniform"), ConsumerAssignors.names());
        assertNull(ConsumerAssignors.named("sticky"));
    }

    /// Topic t as given, topic u with two partitions in racks 2 and 1; topic x does not exist.
    private static final class World {
        final TestMetadata metadata = new TestMetadata(true);
        final Map<String, Uuid> topics = new TreeMap<>();

        World(List<List<Integer>> replicas) {
            for (int id = 1; id <= 3; id++) {
                metadata.broker(id, false, "" + id);
            }
            topics.put("t", metadata.topic("t", replicas).id());
            topics.put("u", metadata.topic("u", List.of(List.of(2), List.of(1))).id());
            topics.put("x", new Uuid(99, 99));
        }

        Subscriber subscriber(Member member) {
            var wanted = new TreeSet<Uuid>();
            var owned = new TreeMap<Uuid, Set<Integer>>();
            for (String topic : words(member.topics)) {
                wanted.add(Objects.requireNonNull(topics.get(topic)));
            }
            for (String partition : words(member.has)) {
                owned.computeIfAbsent(
                                Objects.requireNonNull(topics.get(partition.substring(0, 1))),
                                _ -> new TreeSet<>())
                        .add(Integer.valueOf(partition.substring(1)));
            }
            Optional<String> rack = Optional.of(member.rack).filter(r -> !r.isEmpty());
            return new Subscriber(rack, Optional.empty(), wanted, owned);
        }

        Map<String, Map<Uuid, Set<Integer>>> assign(
                String assignor, Map<String, Subscriber> members) {
            return Objects.requireNonNull(ConsumerAssignors.named(assignor))
                    .assign(members, metadata.image().topics(), metadata.image().cluster());
        }

        String text(Map<String, Map<Uuid, Set<Integer>>> target) {
            var lines = new ArrayList<String>();
            target.forEach((id, assigned) -> {
                var line = new TreeSet<String>();
                assigned.forEach((topic, partitions) -> {
                    TopicImage image = metadata.image().topics().byId(topic);
                    String name = image == null ? "?" : image.name();
                    partitions.forEach(partition -> line.add(name + partition));
                });
                lines.add((id + ": " + String.join(" ", line)).stripTrailing());
            });
            return String.join(", ", lines);
        }

        private static List<String> words(String text) {
            return text.isEmpty() ? List.of() : List.of(text.split(" "));
        }
    }

    /// One change of a group: a member comes, goes, or moves to another rack.
    ///
    /// @param rack 0 for none
    private record Step(int member, boolean there, int rack) {}

    @Test
    void racksCostNeitherBalanceNorStickiness() {
        Gen.forSeeds(
                1,
                60,
                random ->
                        IntStream.range(0, 15)
                                .mapToObj(_ ->
                                        new Step(
                                                random.nextInt(8),
                                                random.nextInt(4) > 0,
                                                random.nextInt(4)))
                                .toList(),
                steps -> {
                    run("uniform", steps);
                    run("range", steps);
                });
    }

    private static void run(String assignor, List<Step> steps) {
        var random = new Random(steps.size());
        var replicas = new ArrayList<List<Integer>>();
        for (int i = 0; i < 23; i++) {
            int first = 1 + random.nextInt(3);
            replicas.add(i % 2 == 0 ? List.of(first) : List.of(first, 1 + first % 3));
        }
        var world = new World(replicas);
        Map<String, Subscriber> members = new TreeMap<>();
        for (Step step : steps) {
            String id = "m" + step.member;
            if (step.there) {
                var owned = members.containsKey(id) ? members.get(id).owned() : null;
                members.put(id, member(world, step.rack, owned == null ? Map.of() : owned));
            } else {
                members.remove(id);
            }
            if (!members.isEmpty()) {
                var without = world.assign(assignor, withoutRacks(members));
                var target = world.assign(assignor, members);
                check(world, members, without, target);
                assertEquals(target, world.assign(assignor, members), "the same again");
                target.forEach((each, assigned) ->
                        members.computeIfPresent(each, (_, m) -> owning(m, assigned)));
            }
        }
    }

    private static Subscriber member(World world, int rack, Map<Uuid, Set<Integer>> owned) {
        var topics = Set.of(world.topics.get("t"), world.topics.get("u"));
        return new Subscriber(
                rack == 0 ? Optional.empty() : Optional.of("" + rack),
                Optional.empty(),
                topics,
                owned);
    }

    private static Subscriber owning(Subscriber member, Map<Uuid, Set<Integer>> owned) {
        return new Subscriber(member.rack(), member.instanceId(), member.topics(), owned);
    }

    private static Map<String, Subscriber> withoutRacks(Map<String, Subscriber> members) {
        var without = new TreeMap<String, Subscriber>();
        members.forEach((id, m) ->
                without.put(
                        id,
                        new Subscriber(Optional.empty(), m.instanceId(), m.topics(), m.owned())));
        return without;
    }

    private static void check(
            World world,
            Map<String, Subscriber> members,
            Map<String, Map<Uuid, Set<Integer>>> without,
            Map<String, Map<Uuid, Set<Integer>>> target) {
        var racks =
                new LibraryAssignor.ReplicaRacks(
                        world.metadata.image().topics(), world.metadata.image().cluster());
        var seen = new TreeSet<String>();
        var counts = new TreeSet<Integer>();
        target.forEach((id, assigned) -> {
            int count = 0;
            for (var topic : assigned.entrySet()) {
                for (int partition : topic.getValue()) {
                    assertTrue(seen.add(topic.getKey() + "-" + partition), "assigned twice");
                    count++;
                }
            }
            counts.add(count);
            assertEquals(size(without.getOrDefault(id, Map.of())), count, "as many as without");
        });
        assertEquals(25, seen.size(), "all assigned");
        assertTrue(counts.last() - counts.first() <= 2, "balanced to one a topic");
        assertTrue(kept(members, target) >= kept(members, without), "stickiness not worse");
        assertTrue(
                inRack(members, target, racks) >= inRack(members, without, racks),
                "not fewer read in their rack");
    }

    private static int size(Map<Uuid, Set<Integer>> assigned) {
        return assigned.values().stream().mapToInt(Set::size).sum();
    }

    private static int kept(
            Map<String, Subscriber> members, Map<String, Map<Uuid, Set<Integer>>> target) {
        int[] kept = {0};
        members.forEach((id, member) ->
                target.getOrDefault(id, Map.of())
                        .forEach((topic, partitions) ->
                                partitions.forEach(p -> kept[0] += member.owns(topic, p) ? 1 : 0)));
        return kept[0];
    }

    private static int inRack(
            Map<String, Subscriber> members,
            Map<String, Map<Uuid, Set<Integer>>> target,
            LibraryAssignor.ReplicaRacks racks) {
        int[] in = {0};
        members.forEach((id, member) ->
                target.getOrDefault(id, Map.of())
                        .forEach((topic, partitions) ->
                                partitions.forEach(p -> {
                                    Set<String> places = racks.racksForPartition(topic, p);
                                    if (member.rack().map(places::contains).orElse(false)) {
                                        in[0]++;
                                    }
                                })));
        return in[0];
    }
}
