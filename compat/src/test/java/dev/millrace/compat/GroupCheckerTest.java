package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The check that `GroupsTest` relies on: it must see what it is there to see, and nothing else.
///
/// A history is written a line a fact: `time member epoch what`, of partition 0, whose member `a` goes by the id `a`.
class GroupCheckerTest {
    private static final Map<Integer, Long> TEN = Map.of(0, 10L);

    /// Ends with 10 records read and committed: `a` reads 5, `b` takes over and reads the rest.
    private static final List<String> GOOD =
            List.of(
                    "10 a 1 assigned",
                    "11 a 1 read 0-4",
                    "12 a 1 committing 5",
                    "13 a 1 committed 5",
                    "20 a 1 revoked",
                    "21 b 2 assigned",
                    "22 b 2 read 5-9",
                    "23 b 2 committing 10",
                    "24 b 2 committed 10");

    @Test
    void acceptsAHandOver() {
        assertEquals(List.of(), check(GOOD, TEN));
    }

    @Test
    void acceptsThatAPausedOwnerFindsOutLate() {
        assertEquals(
                List.of(),
                check(
                        List.of(
                                "10 a 1 assigned",
                                "11 a 1 read 0-4",
                                "12 a 1 committing 5",
                                "30 b 2 assigned",
                                "31 b 2 read 0-9",
                                "40 a 1 read 5-9",
                                "41 a 1 committing 10",
                                "42 a -1 lost"),
                        TEN));
    }

    @Test
    void acceptsACommitWhoseAnswerWasNeverHeard() {
        List<String> killed = new ArrayList<>(GOOD);
        killed.remove("13 a 1 committed 5");
        killed.remove("20 a 1 revoked");
        assertEquals(List.of(), check(killed, TEN));
    }

    @Test
    void acceptsThatACommitThatWasSentAgainInALaterEpochTakesOthersBack() {
        List<String> again = new ArrayList<>(GOOD);
        again.addAll(
                List.of(
                        "25 a 1 committing 5",
                        "26 a 3 committed 5 again",
                        "27 c 4 assigned",
                        "28 c 4 read 5-9"));
        assertEquals(List.of(), check(again, TEN));
    }

    @Test
    void acceptsAnOwnerThatKeepsItsPartitionOverSeveralEpochs() {
        List<String> kept = new ArrayList<>(GOOD);
        kept.addAll(List.of("25 b 3 assigned nothing", "26 a 3 assigned nothing"));
        assertEquals(List.of(), check(kept, TEN));
    }

    @Test
    void acceptsThatAMemberReleasesWhatItHasLostWithoutKnowing() {
        List<String> lostAtOnce = new ArrayList<>(GOOD);
        lostAtOnce.set(4, "22 a 1 revoked");
        lostAtOnce.add(5, "23 a 1 lost nothing");
        assertEquals(List.of(), check(lostAtOnce, TEN));
        List<String> paused = new ArrayList<>(GOOD);
        paused.set(4, "22 a 1 revoked");
        paused.add(4, "14 a 0 paused");
        assertEquals(List.of(), check(paused, TEN));
    }

    record Fault(String rule, List<String> history) {}

    static Stream<Fault> faults() {
        return Stream.of(
                fault("delivered", "22 b 2 read 5-9", "22 b 2 read 5-8"),
                fault("delivered", "22 b 2 read 5-9", "22 b 2 read 6-9"),
                fault("delivered", "11 a 1 read 0-4", "11 a 1 read 1-4"),
                fault(
                        "G1: a has partition 0 in epochs 1 to 1",
                        "21 b 2 assigned",
                        "21 b 1 assigned"),
                fault(
                        "G1: a has partition 0 in epochs 1 to 2",
                        "11 a 1 read 0-4",
                        "11 a 2 read 0-4"),
                fault(
                        "G1: a has partition 0",
                        "20 a 1 revoked",
                        "21 b 2 assigned",
                        "21 b 2 assigned",
                        "22 a 1 revoked"),
                fault("G2", "22 b 2 read 5-9", "22 b 1 read 5-9"),
                fault(
                        "G2",
                        "24 b 2 committed 10",
                        "24 b 2 committed 10",
                        "25 a 1 committing 6",
                        "26 a 1 committed 6"),
                fault(
                        "G2",
                        "24 b 2 committed 10",
                        "24 b 2 committed 10",
                        "25 a 1 committing 6",
                        "26 a 2 committed 6"),
                fault("G3", "22 b 2 read 5-9", "22 b 2 read 4-9"),
                fault("G3", "22 b 2 read 5-9", "22 b 2 read 6-9"),
                fault("G3", "11 a 1 read 0-4", "11 a 1 read 11-14"));
    }

    /// The good history with one line put in place of another, or two in place of two that follow each other.
    private static Fault fault(String rule, String... lines) {
        List<String> history = new ArrayList<>(GOOD);
        int at = history.indexOf(lines[0]);
        history.remove(at);
        if (lines.length == 4 && history.remove(lines[1])) {
            history.addAll(at, List.of(lines[2], lines[3]));
        } else {
            history.addAll(at, List.of(lines).subList(1, lines.length));
        }
        return new Fault(rule, history);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void refuses(Fault fault) {
        List<String> violations = check(fault.history(), TEN);
        assertTrue(
                violations.stream().anyMatch(each -> each.startsWith(fault.rule())),
                violations.toString());
    }

    @Test
    void aGroupAtRestHasOneLivingOwnerForEachPartition() {
        List<GroupEvent> history = events(GOOD);
        assertEquals(List.of(), GroupChecker.atRest(history, TEN, alive("a", "b")));
        assertEquals(1, GroupChecker.atRest(history, TEN, alive("a")).size());
        assertEquals(1, GroupChecker.atRest(history, Map.of(0, 10L, 1, 3L), alive("b")).size());
        List<String> two = new ArrayList<>(GOOD);
        two.add("30 a 3 assigned");
        assertEquals(1, GroupChecker.atRest(events(two), TEN, alive("a", "b")).size());
    }

    @Test
    void aTornLineIsNoEvent() {
        assertTrue(GroupEvent.parse("{\"at\":1,\"member\":\"a\",\"ev").isEmpty());
    }

    private static Set<String> alive(String... members) {
        return Set.of(members);
    }

    private static List<String> check(List<String> history, Map<Integer, Long> produced) {
        return GroupChecker.violations(events(history), produced);
    }

    private static List<GroupEvent> events(List<String> history) {
        return history.stream().map(GroupCheckerTest::event).toList();
    }

    /// As the members' programs print it.
    private static GroupEvent event(String line) {
        String[] words = line.split(" ", -1);
        String more =
                switch (words[3]) {
                    case "read" -> {
                        String[] range = words[4].split("-", -1);
                        yield "\"partition\":0,\"from\":%s,\"last\":%s"
                                .formatted(range[0], range[1]);
                    }
                    case "committing", "committed" ->
                            "\"offsets\":{\"0\":%s},\"again\":%s"
                                    .formatted(words[4], words.length > 5);
                    default -> "\"partitions\":[%s]".formatted(words.length > 4 ? "" : "0");
                };
        return GroupEvent.parse(
                        "{\"at\":%s,\"member\":\"%s\",\"id\":\"%2$s\",\"epoch\":%s,\"event\":\"%s\",%s}"
                                .formatted(words[0], words[1], words[2], words[3], more))
                .orElseThrow();
    }
}
