package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who waits at a partition to which nothing happens.
final class WatchersTest {
    private final Watchers watchers = new Watchers(0);

    private FetchWait waits() {
        var fetch = new FetchWait(1, Isolation.READ_UNCOMMITTED);
        watchers.add(fetch);
        return fetch;
    }

    @Test
    void whoHasGivenUpIsForgottenThoughNothingHappens() {
        for (int i = 0; i < 10_000; i++) {
            waits().wake();
            assertTrue(watchers.size() <= 17, "it holds " + watchers.size());
        }
    }

    @Test
    void whoWaitsIsTold() {
        List<FetchWait> waiting = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            waiting.add(waits());
            waits().wake();
        }
        var woken = new Woken();
        watchers.tellAll(woken);
        woken.wake();
        assertTrue(waiting.stream().allMatch(FetchWait::done));
    }
}
