package dev.millrace.engine.coordinator.txn;

import com.google.re2j.Pattern;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which transactions a list is to have (KIP-664, KIP-994, KIP-1152).
///
/// @param producerIds any when empty
/// @param states by Kafka's names, any when empty
/// @param openForMs begun longer ago than that; any when negative
/// @param transactionalId matches as a whole; any when null
public record TransactionFilter(
        Set<Long> producerIds,
        Set<String> states,
        long openForMs,
        @Nullable Pattern transactionalId) {
    public static final TransactionFilter ALL = new TransactionFilter(Set.of(), Set.of(), -1, null);

    /// The names that a filter may have: those of the states, and two that Kafka has for a moment only.
    public static final Set<String> STATES =
            Set.of(
                    "Empty",
                    "Ongoing",
                    "PrepareCommit",
                    "PrepareAbort",
                    "CompleteCommit",
                    "CompleteAbort",
                    "Dead",
                    "PrepareEpochFence");

    boolean includes(Transaction transaction, long nowMs) {
        TransactionState state = transaction.state();
        return (producerIds.isEmpty() || producerIds.contains(state.producer().id()))
                && (states.isEmpty() || states.contains(state.text()))
                && (openForMs < 0 || nowMs - state.startMs() > openForMs)
                && (transactionalId == null || transactionalId.matcher(transaction.id()).matches());
    }
}
