package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.ManualEnv;
import dev.millrace.engine.coordinator.group.MemberCause.SubscriptionChanged;
import dev.millrace.engine.coordinator.group.MembershipCause.Joined;
import dev.millrace.engine.coordinator.group.MembershipCause.Left;
import dev.millrace.engine.coordinator.group.RebalanceCause.Kind;
import dev.millrace.engine.coordinator.group.RebalanceCause.Member;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// How much is remembered of why groups rebalanced.
final class RebalanceHistoryTest {
    private static final RebalanceCause WHY = new Joined(new Member("m", "c", "/h"));

    private final Set<String> alive = new TreeSet<>();
    private final RebalanceHistory history = new RebalanceHistory(new ManualEnv(1).clock(), alive);

    private void rebalances(String group, int times) {
        alive.add(group);
        for (int i = 0; i < times; i++) {
            history.record(new ClassicGroup(group), i, WHY);
        }
    }

    @Test
    void aGroupHasItsLastTwentyAndCountsThemAll() {
        rebalances("g", 30);
        List<Integer> epochs = history.of("g").stream().map(Rebalance::epoch).toList();
        assertEquals(RebalanceHistory.MOST_REMEMBERED, epochs.size());
        assertEquals(10, epochs.getFirst());
        assertEquals(29, epochs.getLast());
        assertEquals(Map.of(Kind.MEMBER_JOINED, 30L), history.counts("g"));
    }

    @Test
    void theGroupThatHasBeenQuietLongestMakesRoom() {
        int groups = RebalanceHistory.MOST_IN_ALL / RebalanceHistory.MOST_REMEMBERED;
        for (int i = 0; i < groups; i++) {
            rebalances("g" + i, RebalanceHistory.MOST_REMEMBERED);
        }
        rebalances("g0", 1);
        assertEquals(RebalanceHistory.MOST_REMEMBERED, history.of("g1").size());
        rebalances("one more", 1);
        assertEquals(List.of(), history.of("g1"));
        assertEquals(Map.of(), history.counts("g1"));
        assertEquals(RebalanceHistory.MOST_REMEMBERED, history.of("g0").size());
        assertEquals(1, history.of("one more").size());
    }

    @Test
    void groupsThatAreGoneAreClearedAway() {
        rebalances("stays", 1);
        for (int i = 0; i < 100; i++) {
            rebalances("g" + i, 1);
            alive.remove("g" + i);
        }
        long left = history.of("stays").size();
        for (int i = 0; i < 100; i++) {
            left += history.of("g" + i).size();
        }
        assertTrue(left < 25, left + " of 101 are left");
        assertEquals(1, history.of("stays").size());
    }

    @Test
    void whatClientsWriteIsCut() {
        String endless = "x".repeat(9_999);
        var member = new Member(endless, endless, endless);
        assertTrue(new Left(member, endless).text().length() < 1_200);
        var topics = Collections.nCopies(1_000, endless);
        int length = new SubscriptionChanged(member, topics, List.of()).text().length();
        assertTrue(length < 4_000, "" + length);
    }
}
