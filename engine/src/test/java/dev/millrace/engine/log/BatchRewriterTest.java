package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.testing.HeapStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.junit.jupiter.api.Test;

/// What is left of a batch, beside what Kafka's own filter (`MemoryRecords.filterTo`) leaves of it when the same records go.
class BatchRewriterTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final long RETENTION = 86_400_000;

    private final Random random = new Random(20);

    @Test
    void writesWhatKafkaWrites() throws IOException {
        for (int i = 0; i < 2_000; i++) {
            CompressionType codec = CompressionType.forId(random.nextInt(5));
            ByteBuffer batch = batch(codec);
            BitSet kept = kept(count(batch));
            boolean emptied = random.nextInt(10) == 0;
            ByteBuffer theirs = kafkas(batch, emptied ? new BitSet() : kept, emptied);
            ByteBuffer ours = ours(batch, emptied ? new BitSet() : kept, theirs);
            if (codec == CompressionType.NONE) {
                assertEquals(theirs, ours, "run " + i);
            } else {
                same(theirs, ours, i);
            }
            // Once more: what has a horizon keeps it.
            if (!emptied) {
                BitSet again = kept(count(theirs));
                ByteBuffer theirsAgain = kafkas(theirs, again, false);
                same(theirsAgain, ours(theirs, again, theirsAgain), i);
            }
        }
    }

    private ByteBuffer batch(CompressionType codec) {
        boolean transactional = random.nextInt(3) == 0;
        boolean producer = transactional || random.nextBoolean();
        var builder =
                MemoryRecords.builder(
                        ByteBuffer.allocate(1024),
                        RecordBatch.CURRENT_MAGIC_VALUE,
                        Compression.of(codec).build(),
                        TimestampType.CREATE_TIME,
                        5_000_000_000L + random.nextInt(1000),
                        NOW,
                        producer ? 77 : -1,
                        producer ? (short) 3 : -1,
                        producer ? Integer.MAX_VALUE - 2 : -1,
                        transactional,
                        random.nextInt(9));
        int count = 1 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            builder.append(record());
        }
        return builder.build().buffer();
    }

    private SimpleRecord record() {
        byte[] key = new byte[random.nextInt(40)];
        byte[] value = random.nextInt(4) == 0 ? null : new byte[random.nextInt(300)];
        random.nextBytes(key);
        Header[] headers =
                random.nextInt(3) == 0
                        ? new Header[] {new RecordHeader("trace", new byte[] {1, 2, 3})}
                        : new Header[0];
        long timestamp = NOW - random.nextInt(random.nextBoolean() ? 50 : 1_000_000_000);
        return new SimpleRecord(timestamp, key, value, headers);
    }

    private static int count(ByteBuffer batch) {
        return BatchHeader.count(batch, 0);
    }

    /// At least one.
    private BitSet kept(int count) {
        var kept = new BitSet();
        for (int i = 0; i < count; i++) {
            kept.set(i, random.nextInt(3) > 0);
        }
        kept.set(random.nextInt(count));
        return kept;
    }

    private static ByteBuffer kafkas(ByteBuffer batch, BitSet kept, boolean emptied) {
        var filter =
                new RecordFilter(NOW, RETENTION) {
                    private int at;

                    @Override
                    protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
                        return new BatchRetentionResult(
                                emptied ? BatchRetention.RETAIN_EMPTY : BatchRetention.DELETE_EMPTY,
                                false);
                    }

                    @Override
                    protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
                        return kept.get(at++);
                    }
                };
        var result =
                MemoryRecords.readableRecords(batch.duplicate())
                        .filterTo(
                                filter,
                                ByteBuffer.allocate(1 << 16),
                                BufferSupplier.NO_CACHING,
                                Integer.MAX_VALUE);
        return result.outputBuffer().flip().slice();
    }

    private static ByteBuffer ours(ByteBuffer batch, BitSet kept, ByteBuffer theirs)
            throws IOException {
        var disk = new HeapStorage();
        var segment = new Segment("t-0", disk, BatchHeader.baseOffset(batch, 0), 0, 0);
        StoredFile file = segment.file();
        file.append(batch.duplicate());
        CompactionSource source =
                CompactionSource.of(segment, BatchHeader.lastOffset(batch, 0) + 1);
        var reader = new BatchReader("t-0", CompactionLimits.DEFAULTS, source);
        assertTrue(reader.next());
        boolean newHorizon =
                BatchHeader.hasDeleteHorizon(theirs, 0) && !BatchHeader.hasDeleteHorizon(batch, 0);
        if (kept.cardinality() == count(batch) && !newHorizon) {
            return batch; // nobody writes it anew
        }
        var rewriter = new BatchRewriter();
        if (kept.isEmpty()) {
            rewriter.empty(reader);
        } else {
            rewriter.records(reader, kept, kept.cardinality(), newHorizon ? NOW + RETENTION : -1);
        }
        return rewriter.out().slice();
    }

    private static void same(ByteBuffer theirs, ByteBuffer ours, int run) {
        MutableRecordBatch a =
                MemoryRecords.readableRecords(theirs.duplicate()).batchIterator().next();
        MutableRecordBatch b =
                MemoryRecords.readableRecords(ours.duplicate()).batchIterator().next();
        assertTrue(b.isValid(), "run " + run);
        assertEquals(facts(a), facts(b), "run " + run);
    }

    private static Map<String, Object> facts(MutableRecordBatch batch) {
        List<String> records = new ArrayList<>();
        for (Record each : batch) {
            records.add(
                    each.offset()
                            + " "
                            + each.timestamp()
                            + " "
                            + each.key()
                            + each.value()
                            + each.sequence()
                            + List.of(each.headers())
                            + (each.key() == null ? "" : "" + each.key().duplicate().hashCode())
                            + (each.value() == null ? "" : "" + each.value().hashCode()));
        }
        return Map.of(
                "base", batch.baseOffset(),
                "last", batch.lastOffset(),
                "producer", batch.producerId() + "/" + batch.producerEpoch(),
                "sequence", batch.baseSequence() + "-" + batch.lastSequence(),
                "epoch", batch.partitionLeaderEpoch(),
                "codec", batch.compressionType(),
                "transactional", batch.isTransactional(),
                "horizon", batch.deleteHorizonMs(),
                "newest", batch.maxTimestamp(),
                "records", records);
    }
}
