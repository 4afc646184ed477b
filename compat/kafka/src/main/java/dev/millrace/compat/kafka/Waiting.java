package dev.millrace.compat.kafka;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// Waiting for what another process does: the only thing to do is to ask again, up to a bound.
public final class Waiting {
    private static final Duration PAUSE = Duration.ofMillis(40);
    private static final int ANSWER_SECONDS = 30;

    private Waiting() {}

    /// Asks until `condition` holds; an exception counts as "not yet".
    static void until(int seconds, String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        @Nullable RuntimeException last = null;
        do {
            try {
                if (condition.getAsBoolean()) return;
            } catch (TestAbortedException e) {
                throw e;
            } catch (RuntimeException e) {
                last = e;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        } while (System.nanoTime() < end);
        throw new AssertionError("waited " + seconds + " s for: " + what, last);
    }

    /// The answer of an Admin call, within 30 s.
    public static <T> T answer(KafkaFuture<T> future) {
        try {
            return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer within " + ANSWER_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
