package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class StartWaitTest {
    private static final int WITHOUT_LEADER = 3;
    private final StartWait wait = new StartWait(1, WITHOUT_LEADER);

    private record At(boolean leaderKnown, int openPartitions) implements StartWait.Progress {}

    @Test
    void logsAreCheckedForAsLongAsItTakes() throws Exception {
        var ready = new CompletableFuture<Long>();
        List<String> said = new ArrayList<>();

        wait.await(
                ready,
                new At(true, 4_200),
                line -> {
                    said.add(line);
                    if (said.size() == 5 * WITHOUT_LEADER) {
                        ready.complete(1L);
                    }
                });

        assertEquals(5 * WITHOUT_LEADER, said.size());
        assertEquals("Still starting after 0 s: 4,200 partitions are open", said.getFirst());
    }

    @Test
    void aQuorumWithoutALeaderIsGivenUp() {
        var failed =
                assertThrows(
                        StartFailed.class,
                        () -> wait.await(new CompletableFuture<>(), new At(false, 0), _ -> {}));
        assertTrue(String.valueOf(failed.getMessage()).contains("has no leader"));
    }

    @Test
    void aFailureIsTold() {
        var failed =
                assertThrows(
                        StartFailed.class,
                        () ->
                                wait.await(
                                        CompletableFuture.failedFuture(
                                                new IllegalStateException("refused")),
                                        new At(true, 0),
                                        _ -> {}));
        assertTrue(String.valueOf(failed.getMessage()).contains("refused"));
    }
}
