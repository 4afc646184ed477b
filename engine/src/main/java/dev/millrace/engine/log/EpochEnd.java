package dev.millrace.engine.log;

/// Where a leader epoch ends in this log (KIP-101, KIP-279).
///
/// @param epoch the largest epoch of this log that is not above the asked one; -1 when unknown
/// @param endOffset the first offset after that epoch; -1 when unknown
public record EpochEnd(int epoch, long endOffset) {
    public static final EpochEnd UNKNOWN = new EpochEnd(-1, -1);
}
