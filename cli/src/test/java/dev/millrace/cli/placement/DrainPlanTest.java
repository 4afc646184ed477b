package dev.millrace.cli.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DrainPlanTest {
    record Case(String what, Example example, int leaving, List<String> moves) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "nothing there, nothing to do",
                        Example.brokers("1", "2").partition(5, 1),
                        2,
                        List.of()),
                new Case(
                        "the largest goes first, to the broker that has the least",
                        Example.brokers("1", "2", "3")
                                .partition(1, 3)
                                .partition(50, 3)
                                .partition(10, 1),
                        3,
                        List.of("t-1 3->2", "t-0 3->1")),
                new Case(
                        "not to one that holds the partition already; the place in the list stays",
                        Example.brokers("1", "2", "3", "4")
                                .partition(5, 4, 1, 2)
                                .partition(9, 1, 4),
                        4,
                        List.of("t-1 1,4->1,3", "t-0 4,1,2->3,1,2")),
                new Case(
                        "a rack of its own before the least load",
                        Example.brokers("1:a", "2:a", "3:b", "4:b")
                                .partition(5, 1, 3)
                                .partition(500, 4),
                        3,
                        List.of("t-0 1,3->1,4")),
                new Case(
                        "never to one that is down",
                        Example.brokers("1", "2!", "3").partition(5, 3),
                        3,
                        List.of("t-0 3->1")),
                new Case(
                        "never to one that takes nothing new, or is drained, too",
                        Example.brokers("1~", "2", "3", "4").partition(5, 3).sparing(4),
                        3,
                        List.of("t-0 3->2")),
                new Case(
                        "a broker that takes nothing new is drained too",
                        Example.brokers("1~", "2", "3").partition(5, 1, 2),
                        1,
                        List.of("t-0 1,2->3,2")),
                new Case(
                        "a broker that is down is drained too",
                        Example.brokers("1", "2!", "3").partition(5, 2, 3),
                        2,
                        List.of("t-0 2,3->1,3")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void moves(Case c) {
        assertEquals(
                c.moves, Example.texts(DrainPlan.of(c.example.placement(), c.leaving)), c.what);
    }

    @Test
    void anotherRunGoesOnWithWhatIsLeft() {
        Placement before =
                Example.brokers("1", "2", "3").partition(1, 3).partition(2, 3, 1).placement();
        List<Move> all = DrainPlan.of(before, 3);
        Placement half = Example.after(before, all.subList(0, 1));
        assertEquals(all.subList(1, 2), DrainPlan.of(half, 3));
        assertEquals(List.of(), DrainPlan.of(Example.after(before, all), 3));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refuses(Example example, int leaving, String part) {
        var refused =
                assertThrows(CommandFailed.class, () -> DrainPlan.of(example.placement(), leaving));
        assertTrue(refused.sentence().contains(part), refused.sentence());
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> refusals() {
        return Stream.of(
                org.junit.jupiter.params.provider.Arguments.of(
                        Example.brokers("1", "2").partition(1, 1, 2), 2, "t-0 has 2 replicas"),
                org.junit.jupiter.params.provider.Arguments.of(
                        Example.brokers("1").partition(1, 1), 1, "t-0 has 1 replica,"),
                org.junit.jupiter.params.provider.Arguments.of(
                        Example.brokers("1", "2", "3!").partition(1, 1, 2), 2, "start another"),
                org.junit.jupiter.params.provider.Arguments.of(
                        Example.brokers("1"), 7, "there is no broker 7"));
    }

    @Test
    void whereAReplicaIsOnACordonedBrokerTooThatIsSaidBeforeAnythingMoves() {
        var example = Example.brokers("1~", "2", "3").partition(5, 2, 1);
        var refusal = assertThrows(CommandFailed.class, () -> DrainPlan.of(example.placement(), 2));
        assertTrue(
                String.valueOf(refusal.getMessage()).startsWith("t-0 is on broker 1, too"),
                refusal.getMessage());
    }
}
