package dev.millrace.cli.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RebalancePlanTest {
    record Case(
            String what,
            Example example,
            List<String> elections,
            List<String> reorderings,
            List<String> copies) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Case still(String what, Example example) {
        return new Case(what, example, List.of(), List.of(), List.of());
    }

    static Stream<Case> cases() {
        return Stream.of(
                still("an empty cluster", Example.brokers("1", "2", "3")),
                still(
                        "even as it is",
                        Example.brokers("1", "2", "3")
                                .partition(5, 1, 2)
                                .partition(5, 2, 3)
                                .partition(5, 3, 1)),
                still(
                        "one partition more is even",
                        Example.brokers("1", "2").partition(0, 1).partition(0, 2).partition(0, 1)),
                still(
                        "what moves is left alone",
                        Example.brokers("1", "2")
                                .partition(50, 1, true, 1)
                                .partition(50, 1, true, 1)),
                still(
                        "nothing goes to a broker that is down",
                        Example.brokers("1", "2!").partition(50, 1)),
                still(
                        "nothing goes to a broker that is cordoned, and nobody may name it",
                        Example.brokers("1", "2", "3~")
                                .partition(50, 1)
                                .partition(1, 1, 2, 3)
                                .partition(1, 1, 2, 3)
                                .partition(1, 2)),
                new Case(
                        "a broker that is cordoned leads again",
                        Example.brokers("1", "2~").partition(1, 1, false, 2, 1),
                        List.of("t-0"),
                        List.of(),
                        List.of()),
                still(
                        "a broker that is being emptied does not lead again",
                        Example.brokers("1", "2")
                                .partition(1, 1, false, 2, 1)
                                .partition(1, 1)
                                .sparing(2)),
                still(
                        "nothing goes to a broker that is being emptied",
                        Example.brokers("1", "2").partition(50, 1).partition(50, 1).sparing(2)),
                new Case(
                        "another leads than the first replica",
                        Example.brokers("1", "2").partition(1, 2, false, 1, 2).partition(1, 2, 1),
                        List.of("t-0"),
                        List.of(),
                        List.of()),
                new Case(
                        "one leads all",
                        Example.brokers("1", "2").partition(1, 1, 2).partition(1, 1, 2),
                        List.of(),
                        List.of("t-0 1,2->2,1"),
                        List.of()),
                new Case(
                        "a new broker gets its share, leaderships too",
                        Example.brokers("1", "2", "3")
                                .partition(40, 1)
                                .partition(40, 1)
                                .partition(40, 2)
                                .partition(40, 1)
                                .partition(40, 2)
                                .partition(40, 2),
                        List.of(),
                        List.of(),
                        List.of("t-0 1->3", "t-2 2->3")),
                new Case(
                        "the replica that evens out best goes, not the largest",
                        Example.brokers("1", "2")
                                .partition(90, 1)
                                .partition(40, 1)
                                .partition(10, 1),
                        List.of(),
                        List.of(),
                        List.of("t-0 1->2")),
                new Case(
                        "a partition stays in as many racks as before",
                        Example.brokers("1:a", "2:b", "3:b")
                                .partition(40, 1, 2)
                                .partition(40, 2, 1)
                                .partition(40, 1, 2),
                        List.of(),
                        List.of(),
                        List.of("t-1 2,1->3,1")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void plans(Case c) {
        RebalancePlan plan = RebalancePlan.of(c.example.placement());
        assertEquals(c.elections, plan.elections().stream().map(Object::toString).toList());
        assertEquals(c.reorderings, Example.texts(plan.reorderings()));
        assertEquals(c.copies, Example.texts(plan.copies()));
    }

    /// Whatever lies where: the plan spreads no further than before, loses no replica, and a second plan finds nothing to copy.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aPlanEndsEvenerAndIsFinal(long seed) {
        Placement before = random(new Random(seed));
        RebalancePlan plan = RebalancePlan.of(before);
        var moves = new ArrayList<>(plan.reorderings());
        moves.addAll(plan.copies());
        Placement after = Example.after(before, moves);
        assertTrue(spread(after) <= spread(before));
        assertEquals(List.of(), RebalancePlan.of(after).copies());
        for (int i = 0; i < after.partitions().size(); i++) {
            List<Integer> replicas = after.partitions().get(i).replicas();
            assertEquals(before.partitions().get(i).replicas().size(), replicas.size());
            assertEquals(replicas.size(), new HashSet<>(replicas).size());
        }
        plan.reorderings().forEach(move -> assertEquals(0, move.copiedBytes()));
    }

    private static Placement random(Random random) {
        Example example = Example.brokers("1", "2", "3", "4", "5");
        for (int partition = 0; partition < 40; partition++) {
            var ids = new ArrayList<>(List.of(1, 2, 3, 4, 5));
            Collections.shuffle(ids, random);
            List<Integer> replicas = ids.subList(0, 1 + random.nextInt(3));
            example.partition(random.nextInt(1_000), replicas.toArray(new Integer[0]));
        }
        return example.placement();
    }

    private static long spread(Placement placement) {
        var bytes = placement.bytes().values();
        return Collections.max(bytes) - Collections.min(bytes);
    }
}
