package dev.millrace.engine.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// Builds record batches as clients do.
public final class Batches {
    private long producerId = RecordBatch.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
    private int sequence = RecordBatch.NO_SEQUENCE;
    private boolean transactional;
    private Compression compression = Compression.NONE;
    private long baseOffset;
    private int leaderEpoch = RecordBatch.NO_PARTITION_LEADER_EPOCH;

    public static Batches plain() {
        return new Batches();
    }

    public Batches producer(long id, int epoch, int baseSequence) {
        producerId = id;
        producerEpoch = (short) epoch;
        sequence = baseSequence;
        return this;
    }

    public Batches transactional() {
        transactional = true;
        return this;
    }

    public Batches compressed(Compression with) {
        compression = with;
        return this;
    }

    /// As a follower gets it from its leader.
    public Batches at(long offset, int epoch) {
        baseOffset = offset;
        leaderEpoch = epoch;
        return this;
    }

    /// One record for each value, all with that timestamp, without keys.
    public MemoryRecords of(long timestampMs, String... values) {
        return of(
                Arrays.stream(values)
                        .map(v -> new SimpleRecord(timestampMs, null, bytes(v)))
                        .toArray(SimpleRecord[]::new));
    }

    public MemoryRecords of(SimpleRecord... records) {
        MemoryRecordsBuilder builder =
                MemoryRecords.builder(
                        ByteBuffer.allocate(1024),
                        RecordBatch.CURRENT_MAGIC_VALUE,
                        compression,
                        TimestampType.CREATE_TIME,
                        baseOffset,
                        0,
                        producerId,
                        producerEpoch,
                        sequence,
                        transactional,
                        leaderEpoch);
        for (SimpleRecord record : records) {
            builder.append(record);
        }
        return builder.build();
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
