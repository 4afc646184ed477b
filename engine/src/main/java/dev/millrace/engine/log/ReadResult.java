package dev.millrace.engine.log;

/// What a read found.
public sealed interface ReadResult {
    /// Whole batches of one segment; the first holds the wanted offset.
    ///
    /// @param nextOffset where to read on
    record Found(StoredRecords records, long nextOffset) implements ReadResult {}

    /// The offset is the end of what may be read now.
    record Empty() implements ReadResult {}

    /// The offset is below the log start or beyond the log end.
    record OutOfRange() implements ReadResult {}

    /// The offset is one of those that are lost.
    record Damaged(LostRange range) implements ReadResult {}

    /// Before it can be answered, bytes have to be checked ([Log#plan]).
    record Unchecked(RangeCheck check) implements ReadResult {}

    /// The only [Empty].
    ReadResult EMPTY = new Empty();

    /// The only [OutOfRange].
    ReadResult OUT_OF_RANGE = new OutOfRange();
}
