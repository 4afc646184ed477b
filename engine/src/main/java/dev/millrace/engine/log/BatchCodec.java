package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// How a client has compressed its records, as their header says before anything was checked.
public final class BatchCodec {
    private BatchCodec() {}

    /// Whether the first batch is compressed with zstd; false, too, when it is no batch.
    public static boolean isZstd(MemoryRecords records) {
        ByteBuffer b = records.buffer();
        int at = b.position();
        return b.remaining() >= BatchHeader.BYTES
                && BatchHeader.magic(b, at) == 2
                && BatchHeader.codec(b, at) == CompressionType.ZSTD.id;
    }
}
