package dev.millrace.jmh;

import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;

/// Batches as producers send them, uncompressed.
public enum Payload {
    /// What a producer without linger sends.
    ONE_RECORD(1, 100),
    /// A full batch of `batch.size=65536`.
    KB64(63, 1024);

    private final int records;
    private final int valueBytes;

    Payload(int records, int valueBytes) {
        this.records = records;
        this.valueBytes = valueBytes;
    }

    /// A fresh batch in memory of its own.
    public MemoryRecords batch() {
        MemoryRecordsBuilder builder =
                MemoryRecords.builder(
                        ByteBuffer.allocate(1 << 17),
                        RecordBatch.CURRENT_MAGIC_VALUE,
                        Compression.NONE,
                        TimestampType.CREATE_TIME,
                        0);
        for (int i = 0; i < records; i++) {
            builder.append(System.currentTimeMillis(), null, new byte[valueBytes]);
        }
        return builder.build();
    }
}
