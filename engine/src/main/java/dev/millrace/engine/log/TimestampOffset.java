package dev.millrace.engine.log;

/// A record found by its timestamp.
///
/// @param timestamp the record's, in ms since the epoch
/// @param leaderEpoch of its batch; -1 when unknown
public record TimestampOffset(long timestamp, long offset, int leaderEpoch) {}
