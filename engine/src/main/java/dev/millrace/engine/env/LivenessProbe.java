package dev.millrace.engine.env;

import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.jspecify.annotations.Nullable;

/// Finds out early that another node's process has ended: timeouts would show that only seconds later.
///
/// The system closes a process's listeners when it ends, however it ends. Who cannot be reached three times within 200 ms has ended; who
/// answers has not; who is silent is slow, paused or cut off, and proves nothing. Each attempt goes out: that this node would wait before it
/// connects again proves nothing either.
///
/// **Owner.** Immutable; any thread.
///
/// @param software by which the one that asks is known to the other
public record LivenessProbe(Peers peers, Timers timers, String software) {
    private static final int ATTEMPTS = 3;
    private static final long BETWEEN_MS = 100;
    private static final long ANSWER_MS = 1_000;
    private static final short VERSION = 3;

    /// What came of it.
    public enum Outcome {
        ENDED,
        UNDECIDED
    }

    /// Hears the outcome, once, on a thread that holds no turn.
    @FunctionalInterface
    public interface Listener {
        void hear(Outcome outcome);
    }

    /// @param wanted asked before each attempt and before `ENDED` is told; once it is false, the outcome is `UNDECIDED`
    public void probe(Peers.Address address, BooleanSupplier wanted, Listener listener) {
        attempt(address, wanted, listener, ATTEMPTS);
    }

    private void attempt(
            Peers.Address address, BooleanSupplier wanted, Listener listener, int attempts) {
        if (!wanted.getAsBoolean()) {
            listener.hear(Outcome.UNDECIDED);
            return;
        }
        var question =
                new ApiVersionsRequestData()
                        .setClientSoftwareName(software)
                        .setClientSoftwareVersion("1");
        peers.sendAtOnce(address, VERSION, question, ANSWER_MS)
                .whenComplete((_, failure) -> {
                    if (failure == null || isSilence(failure) || !wanted.getAsBoolean()) {
                        listener.hear(Outcome.UNDECIDED);
                    } else if (attempts > 1) {
                        timers.schedule(
                                BETWEEN_MS, () -> attempt(address, wanted, listener, attempts - 1));
                    } else {
                        listener.hear(Outcome.ENDED);
                    }
                });
    }

    /// Whether a request has failed because its time was over, rather than because its connection has ended or was refused.
    public static boolean isSilence(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TimeoutException) {
                return true;
            }
            if (!(cause instanceof CompletionException) && cause.getCause() == null) {
                return false;
            }
        }
        return false;
    }
}
