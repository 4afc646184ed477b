package dev.millrace.engine.replica;

import org.apache.kafka.common.message.FetchRequestData;

/// How far a read may see.
public enum Isolation {
    /// Up to the high watermark.
    READ_UNCOMMITTED,
    /// Up to the last stable offset: nothing of a transaction that is still open.
    READ_COMMITTED,
    /// Up to the end of the log: followers.
    LOG_END;

    /// Which of three amounts is that of such a reader.
    long of(long visible, long stable, long appended) {
        if (this == READ_UNCOMMITTED) {
            return visible;
        }
        return this == READ_COMMITTED ? stable : appended;
    }

    /// @param id as on the wire: 1 is read_committed, everything else is not
    public static Isolation of(byte id) {
        return id == 1 ? READ_COMMITTED : READ_UNCOMMITTED;
    }

    /// What that request may see.
    public static Isolation of(FetchRequestData request) {
        return request.replicaId() >= 0 || request.replicaState().replicaId() >= 0
                ? LOG_END
                : of(request.isolationLevel());
    }
}
