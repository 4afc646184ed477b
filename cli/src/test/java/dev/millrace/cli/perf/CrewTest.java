package dev.millrace.cli.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.cluster.CommandFailed;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

/// One client that fails ends the test for all, and its failure is the test's.
class CrewTest {
    private final StopSignal stop = new StopSignal();

    /// Runs a task that fails beside one that ends when it is told to.
    private <T extends Throwable> T failed(Class<T> kind, Runnable task) {
        var crew = new Crew(stop);
        crew.add(
                "patient",
                () -> {
                    while (!stop.requested()) {
                        Thread.onSpinWait();
                    }
                });
        crew.add("failing", task);
        T failure = assertThrows(kind, () -> crew.run(1_000, () -> {}));
        assertTrue(stop.requested());
        return failure;
    }

    @Test
    void aFailureEndsAll() {
        var refused = new TopicAuthorizationException("not yours");
        assertSame(
                refused,
                failed(
                        TopicAuthorizationException.class,
                        () -> {
                            throw refused;
                        }));
    }

    @Test
    void tooLittleMemoryIsASentence() {
        var failure =
                failed(
                        CommandFailed.class,
                        () -> {
                            throw new OutOfMemoryError("heap");
                        });
        assertEquals(
                "out of memory: use fewer clients, or give them more with MILLRACE_HEAP=2g",
                failure.sentence());
    }
}
