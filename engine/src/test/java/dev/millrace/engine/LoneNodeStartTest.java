package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// A broker whose own controller is the only voter starts.
final class LoneNodeStartTest {
    private static final int STEPS = 1_000;

    private final ManualEnv env = new ManualEnv(1_700_000_000_000L, 7);

    private Node node() throws IOException {
        return TestNode.open(env, 1, true, 9093, "localhost");
    }

    /// Its logs are opened while its registration is applied: after a crash that may take minutes.
    @Test
    void howLongTheLogsTakeToOpenDoesNotEndTheStart() throws IOException {
        Node node = node();
        CompletableFuture<Long> ready = node.ready().toCompletableFuture();
        boolean slow = false;
        for (int i = 0; i < STEPS && !ready.isDone(); i++) {
            long waitMs = node.step();
            if (!slow && node.leaderKnown()) {
                slow = true; // it has proposed its registration, and has not applied it
                assertFalse(ready.isDone());
                env.advance(600_000);
            } else {
                env.advance(Math.max(1, waitMs));
            }
        }

        assertTrue(slow);
        assertTrue(ready.isDone());
        assertFalse(ready.isCompletedExceptionally());
    }
}
