package dev.millrace.engine.log;

/// A transaction that was aborted: what of it a reader of committed records has to leave out.
///
/// @param firstOffset of its first record
/// @param lastOffset of the marker that aborted it
/// @param lastStableOffset before it, every transaction had ended when this one did: the first offset of the oldest that was still
///     open, or the one behind the marker
public record AbortedTransaction(
        long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
