package dev.millrace.simulator.checker;

/// What the clients were configured for, and so what they may expect.
///
/// @param idempotent producers are: no duplicates, no change of order
/// @param readCommitted consumers are: nothing of aborted or open transactions
/// @param drained at the end, after all faults, every partition was read to its end
public record Promises(boolean idempotent, boolean readCommitted, boolean drained) {
    public static final Promises ALL = new Promises(true, true, true);
}
