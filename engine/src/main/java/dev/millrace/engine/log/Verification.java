package dev.millrace.engine.log;

import org.apache.kafka.common.protocol.Errors;

/// What has to happen before a producer's transactional batch may be appended.
public sealed interface Verification {
    /// Nothing: its transaction is open in this partition.
    record Ongoing() implements Verification {}

    /// Its coordinator is to be asked; then the batch is appended with the guard.
    record Needed(VerificationGuard guard) implements Verification {}

    /// It will not be appended.
    record Refused(Errors error) implements Verification {}

    /// The only [Ongoing].
    Verification ONGOING = new Ongoing();
}
