package dev.millrace.engine.replica;

/// How far a read may see.
public enum Isolation {
    /// Up to the high watermark.
    READ_UNCOMMITTED,
    /// Up to the last stable offset: nothing of a transaction that is still open.
    READ_COMMITTED;

    /// Which of two amounts is that of such a reader.
    long of(long visible, long stable) {
        return this == READ_COMMITTED ? stable : visible;
    }

    /// @param id as on the wire: 1 is read_committed, everything else is not
    public static Isolation of(byte id) {
        return id == 1 ? READ_COMMITTED : READ_UNCOMMITTED;
    }
}
