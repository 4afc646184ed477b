package dev.millrace.engine.replica;

/// How far a follower is.
///
/// @param latestEpoch of its last record; -1 of an empty log
record FollowerPosition(long logEnd, int latestEpoch, long logStart, long highWatermark) {}
