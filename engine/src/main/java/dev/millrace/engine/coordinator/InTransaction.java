package dev.millrace.engine.coordinator;

import dev.millrace.engine.log.VerificationGuard;
import org.jspecify.annotations.Nullable;

/// Whose transaction facts belong to: they count when it is committed.
///
/// @param verified the guard that the shard's partition gave out before the transaction's coordinator was asked; null when it gave none
public record InTransaction(
        long producerId, short producerEpoch, @Nullable VerificationGuard verified) {}
