package dev.millrace.engine.log;

/// Where the first record is that a consumer would be given, from some offset on.
public sealed interface FirstData {
    /// @param timestamp in ms since the epoch, -1 when the record has none
    record Found(long offset, long timestamp) implements FirstData {}

    /// There are only control records and holes.
    ///
    /// @param bound where the search ended
    record None(long bound) implements FirstData {}

    /// There were so many control records that the search was given up; there is none before this offset.
    record Beyond(long offset) implements FirstData {}
}
