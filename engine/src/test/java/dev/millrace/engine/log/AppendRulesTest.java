package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a leader refuses, with Kafka's error for it, and what it makes of what it takes.
class AppendRulesTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;

    private final ManualEnv env = new ManualEnv(NOW, 1);

    private Log log(String... settings) throws IOException {
        Map<String, String> topic = new java.util.TreeMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            topic.put(settings[i], settings[i + 1]);
        }
        return Log.open(env, new HeapStorage(), NAME, LogSettings.from(topic), OpenMode.CLEAN);
    }

    private static MemoryRecords changed(
            MemoryRecords records, boolean newCrc, Consumer<ByteBuffer> change) {
        ByteBuffer b = records.buffer();
        change.accept(b);
        if (newCrc) {
            b.putInt(17, BatchHeader.computeCrc(b, 0, (int) BatchHeader.size(b, 0)));
        }
        return MemoryRecords.readableRecords(b);
    }

    private static MemoryRecords two() {
        return Batches.plain().of(NOW, "a", "b");
    }

    /// A batch of one record by its header, with these bytes packed behind it.
    static MemoryRecords packed(Compression codec, byte[] body) {
        try {
            var out = new ByteBufferOutputStream(body.length + BatchHeader.BYTES);
            out.write(Batches.plain().of(NOW, "a").buffer().slice(0, BatchHeader.BYTES));
            try (OutputStream packed = codec.wrapForOutput(out, (byte) 2)) {
                packed.write(body);
            }
            ByteBuffer b = out.buffer().flip();
            BatchHeader.setCodec(b, 0, b.limit(), codec.type().id);
            return MemoryRecords.readableRecords(b);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A record that says that it, and the key in it, are of a gigabyte, and ends there.
    static byte[] claimsMuch() {
        ByteBuffer body = ByteBuffer.allocate(20);
        ByteUtils.writeVarint(1 << 30, body);
        body.put(new byte[3]); // attributes, timestamp delta, offset delta
        ByteUtils.writeVarint((1 << 30) - 20, body);
        return Arrays.copyOf(body.array(), body.position());
    }

    private static MemoryRecords joined(MemoryRecords... parts) {
        ByteBuffer all =
                ByteBuffer.allocate(
                        Arrays.stream(parts).mapToInt(MemoryRecords::sizeInBytes).sum());
        for (MemoryRecords part : parts) {
            all.put(part.buffer());
        }
        return MemoryRecords.readableRecords(all.flip());
    }

    private static SimpleRecord withHeader(String key, byte @Nullable [] value) {
        return new SimpleRecord(
                NOW, (byte[]) null, null, new Header[] {new RecordHeader(key, value)});
    }

    record Case(String name, Errors error, MemoryRecords records, List<String> settings) {
        Case(String name, Errors error, MemoryRecords records, String... settings) {
            this(name, error, records, List.of(settings));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> refused() {
        return Stream.of(
                new Case(
                        "of a transaction, in a request without a transactional id",
                        Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                        Batches.plain().producer(7, 0, 0).transactional().of(NOW, "a")),
                new Case("no batch", Errors.INVALID_RECORD, MemoryRecords.EMPTY),
                new Case("two batches", Errors.INVALID_RECORD, joined(two(), two())),
                new Case(
                        "magic 1",
                        Errors.INVALID_RECORD,
                        changed(two(), false, b -> b.put(16, (byte) 1))),
                new Case(
                        "magic 9",
                        Errors.CORRUPT_MESSAGE,
                        changed(two(), false, b -> b.put(16, (byte) 9))),
                new Case(
                        "cut short",
                        Errors.CORRUPT_MESSAGE,
                        MemoryRecords.readableRecords(two().buffer().slice(0, 70))),
                new Case(
                        "less than a header",
                        Errors.CORRUPT_MESSAGE,
                        MemoryRecords.readableRecords(two().buffer().slice(0, 10))),
                new Case(
                        "negative length",
                        Errors.CORRUPT_MESSAGE,
                        changed(two(), false, b -> b.putInt(8, -1))),
                new Case(
                        "bytes behind the batch",
                        Errors.CORRUPT_MESSAGE,
                        joined(two(), MemoryRecords.readableRecords(ByteBuffer.allocate(5)))),
                new Case(
                        "base offset",
                        Errors.INVALID_RECORD,
                        changed(two(), false, b -> b.putLong(0, 5))),
                new Case(
                        "wrong checksum",
                        Errors.CORRUPT_MESSAGE,
                        changed(two(), false, b -> b.put(65, (byte) 99))),
                new Case(
                        "too large",
                        Errors.MESSAGE_TOO_LARGE,
                        Batches.plain().of(NOW, "x".repeat(200)),
                        "max.message.bytes",
                        "100"),
                new Case(
                        "larger than a segment",
                        Errors.RECORD_LIST_TOO_LARGE,
                        Batches.plain().of(NOW, "x".repeat(200)),
                        "segment.bytes",
                        "100"),
                new Case(
                        "unknown codec",
                        Errors.UNSUPPORTED_COMPRESSION_TYPE,
                        changed(two(), true, b -> b.putShort(21, (short) 6))),
                new Case(
                        "count and last offset disagree",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.putInt(57, 3))),
                new Case(
                        "negative count",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.putInt(57, -1).putInt(23, -2))),
                new Case(
                        "fewer records than counted",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.putInt(57, 3).putInt(23, 2))),
                new Case(
                        "more records than counted",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.putInt(57, 1).putInt(23, 0))),
                new Case(
                        "a record longer than its batch",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.put(61, (byte) 0x7e))),
                new Case(
                        "offset delta out of order",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.put(64, (byte) 2))),
                new Case(
                        "headers that are not there",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.put(68, (byte) 10))),
                new Case(
                        "fewer headers than none",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.put(68, (byte) 1))),
                new Case(
                        "a header without a key",
                        Errors.INVALID_RECORD,
                        changed(
                                Batches.plain().of(withHeader("h", new byte[1])),
                                true,
                                b -> b.put(68, (byte) 1).put(69, (byte) 4))),
                new Case(
                        "bytes behind a record's headers",
                        Errors.INVALID_RECORD,
                        changed(Batches.plain().of(NOW, "\0"), true, b -> b.put(66, (byte) 0))),
                new Case(
                        "an offset delta of six bytes",
                        Errors.INVALID_RECORD,
                        packed(
                                Compression.NONE,
                                new byte[] {22, 0, 0, -128, -128, -128, -128, -128, 0, 1, 1, 0})),
                new Case(
                        "control batch",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.putShort(21, (short) 0x20))),
                new Case(
                        "producer without sequence",
                        Errors.INVALID_RECORD,
                        changed(two(), true, b -> b.putLong(43, 7).putInt(53, -1))),
                new Case(
                        "the client says log append time",
                        Errors.INVALID_TIMESTAMP,
                        changed(two(), true, b -> b.putShort(21, (short) 0x08))),
                new Case(
                        "from the future",
                        Errors.INVALID_TIMESTAMP,
                        Batches.plain().of(NOW + 3_600_001, "a")),
                new Case(
                        "too old",
                        Errors.INVALID_TIMESTAMP,
                        Batches.plain().of(NOW - 1001, "a"),
                        "message.timestamp.before.max.ms",
                        "1000"),
                new Case(
                        "no key where keys are compacted",
                        Errors.INVALID_RECORD,
                        two(),
                        "cleanup.policy",
                        "compact"),
                new Case(
                        "no key, compressed",
                        Errors.INVALID_RECORD,
                        Batches.plain().compressed(Compression.lz4().build()).of(NOW, "a"),
                        "cleanup.policy",
                        "delete,compact"),
                new Case(
                        "undecodable where records are looked at",
                        Errors.CORRUPT_MESSAGE,
                        changed(
                                Batches.plain()
                                        .compressed(Compression.gzip().build())
                                        .of(NOW, "a".repeat(100)),
                                true,
                                b -> b.put(61, (byte) 0)),
                        "cleanup.policy",
                        "compact"),
                new Case(
                        "offset delta out of order where records are looked at",
                        Errors.INVALID_RECORD,
                        changed(
                                Batches.plain().of(new SimpleRecord(NOW, new byte[1], new byte[1])),
                                true,
                                b -> b.put(64, (byte) 2)),
                        "cleanup.policy",
                        "compact"),
                new Case(
                        "undecodable where another compression is wanted",
                        Errors.CORRUPT_MESSAGE,
                        changed(
                                Batches.plain()
                                        .compressed(Compression.gzip().build())
                                        .of(NOW, "a".repeat(100)),
                                true,
                                b -> b.put(61, (byte) 0)),
                        "compression.type",
                        "lz4"),
                new Case(
                        "a record that says that it is large where another compression is wanted",
                        Errors.INVALID_RECORD,
                        packed(Compression.gzip().build(), claimsMuch()),
                        "compression.type",
                        "lz4"),
                new Case(
                        "more records than counted where another compression is wanted",
                        Errors.INVALID_RECORD,
                        changed(
                                Batches.plain()
                                        .compressed(Compression.gzip().build())
                                        .of(NOW, "a", "b"),
                                true,
                                b -> b.putInt(57, 1).putInt(23, 0)),
                        "compression.type",
                        "uncompressed"),
                new Case(
                        "little that unpacks to much where another compression is wanted",
                        Errors.MESSAGE_TOO_LARGE,
                        packed(Compression.zstd().build(), new byte[65 << 20]),
                        "compression.type",
                        "gzip"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refuses(Case c) throws IOException {
        Log log = log(c.settings.toArray(String[]::new));
        AppendResult result = log.append(c.records, 0, Origin.CLIENT);
        var refusal = assertInstanceOf(AppendResult.Refused.class, result, result::toString);
        assertEquals(c.error, refusal.error(), refusal::toString);
        assertEquals(0, log.logEnd());
        assertEquals(0, log.size());
        assertInstanceOf(
                AppendResult.Appended.class,
                log("cleanup.policy", "delete").append(two(), 0, Origin.CLIENT),
                "a good one is taken");
    }

    @Test
    void namesTheRecordsWithoutKeys() throws IOException {
        Log log = log("cleanup.policy", "compact");
        byte[] key = {1};
        var records =
                Batches.plain()
                        .of(
                                new SimpleRecord(NOW, key, key),
                                new SimpleRecord(NOW, null, key),
                                new SimpleRecord(NOW, key, null),
                                new SimpleRecord(NOW, (byte[]) null, null));
        var refusal =
                assertInstanceOf(AppendResult.Refused.class, log.append(records, 0, Origin.CLIENT));
        assertEquals(
                List.of(1, 3),
                refusal.records().stream().map(AppendResult.RecordError::batchIndex).toList());
        assertEquals(
                "Compacted topic cannot accept message without key in topic partition t-0.",
                refusal.records().getFirst().message());
    }

    private static MutableRecordBatch first(Log log) throws IOException {
        var found = assertInstanceOf(ReadResult.Found.class, log.read(0, log.logEnd(), 1, true));
        return found.records().load().batches().iterator().next();
    }

    @Test
    void setsItsOwnTimeWhereTheTopicSaysSo() throws IOException {
        Log log = log("message.timestamp.type", "LogAppendTime");
        env.advance(5);
        // However old or new the client's own time is.
        var result = log.append(Batches.plain().of(1, "a", "b"), 3, Origin.CLIENT);
        assertEquals(new AppendResult.Appended(0, 1, NOW + 5), result);
        MutableRecordBatch batch = first(log);
        assertTrue(batch.isValid());
        assertEquals(TimestampType.LOG_APPEND_TIME, batch.timestampType());
        assertEquals(3, batch.partitionLeaderEpoch());
        for (Record record : batch) {
            assertEquals(NOW + 5, record.timestamp());
        }
    }

    @Test
    void compressesAsTheTopicSays() throws IOException {
        Map<String, Compression> sentAs =
                Map.of(
                        "gzip", Compression.lz4().build(),
                        "snappy", Compression.zstd().build(),
                        "lz4", Compression.gzip().build(),
                        "zstd", Compression.NONE,
                        "uncompressed", Compression.snappy().build());
        for (Map.Entry<String, Compression> each : sentAs.entrySet()) {
            String wanted = each.getKey();
            Log log = log("compression.type", wanted);
            var sent =
                    Batches.plain()
                            .producer(9, 2, 5)
                            .compressed(each.getValue())
                            .of(NOW, "a".repeat(300), "b");
            assertEquals(
                    new AppendResult.Appended(0, 1, -1),
                    log.append(fromTheNetwork(sent), 0, Origin.CLIENT));
            MutableRecordBatch batch = first(log);
            assertTrue(batch.isValid());
            assertEquals(
                    wanted.equals("uncompressed") ? "none" : wanted, batch.compressionType().name);
            assertEquals(9, batch.producerId());
            assertEquals(5, batch.baseSequence());
            assertEquals(NOW, batch.maxTimestamp());
            assertEquals(2, batch.countOrNull());
            assertEquals(300, batch.iterator().next().valueSize());
        }
    }

    /// In a buffer that is no array, and behind something else.
    private static MemoryRecords fromTheNetwork(MemoryRecords sent) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(7 + sent.sizeInBytes());
        bytes.position(7).put(sent.buffer().duplicate()).position(7);
        return MemoryRecords.readableRecords(bytes.slice());
    }

    @Test
    void compressesWhatCameUncompressed() throws IOException {
        Log log = log("compression.type", "lz4");
        var sent = Batches.plain().of(NOW, "a".repeat(300), "b");
        assertEquals(
                new AppendResult.Appended(0, 1, -1),
                log.append(fromTheNetwork(sent), 0, Origin.CLIENT));
        MutableRecordBatch batch = first(log);
        assertTrue(batch.isValid());
        assertEquals("lz4", batch.compressionType().name);
        assertEquals(300, batch.iterator().next().valueSize());
    }

    /// Kafka's builder of batches would refuse such a time, which is kept in a batch that is not built anew.
    @Test
    void whatIsCompressedAnewStaysAsItWas() throws IOException {
        Log log = log("compression.type", "gzip");
        var header = new RecordHeader("h", (byte[]) null);
        var sent =
                Batches.plain()
                        .of(withHeader("h", null), new SimpleRecord(NOW + 1, new byte[] {1}, null));
        changed(sent, true, b -> b.putLong(27, -7).putLong(35, -6));
        assertEquals(new AppendResult.Appended(0, 1, -1), log.append(sent, 0, Origin.CLIENT));

        var records = new ArrayList<Record>();
        first(log).forEach(records::add);
        assertEquals(List.of(-7L, -6L), records.stream().map(Record::timestamp).toList());
        assertEquals(List.of(0L, 1L), records.stream().map(Record::offset).toList());
        assertEquals(header, records.getFirst().headers()[0]);
        assertFalse(records.getLast().hasValue());
    }

    @Test
    void correctsAGreatestTimestampThatLies() throws IOException {
        Log log = log();
        log.append(changed(two(), true, b -> b.putLong(35, NOW - 77)), 0, Origin.CLIENT);
        assertEquals(NOW, first(log).maxTimestamp());
        assertTrue(first(log).isValid());
    }

    // ---------------------------------------------------------------- producers

    private static AppendResult append(Log log, int epoch, int sequence, int count)
            throws IOException {
        String[] values = new String[count];
        Arrays.fill(values, "v");
        return log.append(
                Batches.plain().producer(5, epoch, sequence).of(NOW, values), 0, Origin.CLIENT);
    }

    private static void expectRefused(Errors error, AppendResult result) {
        var refusal = assertInstanceOf(AppendResult.Refused.class, result, result::toString);
        assertEquals(error, refusal.error());
    }

    @Test
    void theLastFiveBatchesAreRemembered() throws IOException {
        Log log = log();
        for (int i = 0; i < 6; i++) {
            assertEquals(
                    new AppendResult.Appended(i * 2L, i * 2L + 1, -1), append(log, 0, i * 2, 2));
        }
        for (int i = 1; i < 6; i++) {
            assertEquals(
                    new AppendResult.Duplicate(i * 2L, i * 2L + 1, NOW), append(log, 0, i * 2, 2));
        }
        // Older than that, or cut differently: Kafka 4 calls all of it out of order.
        expectRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, append(log, 0, 0, 2));
        expectRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, append(log, 0, 10, 1));
        expectRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, append(log, 0, 13, 1));
        assertEquals(12, log.logEnd());
    }

    @Test
    void sequencesWrap() throws IOException {
        Log log = log();
        append(
                log,
                0,
                Integer.MAX_VALUE - 1,
                1); // KIP-360: a producer nobody remembers begins anywhere
        assertEquals(new AppendResult.Appended(1, 3, -1), append(log, 0, Integer.MAX_VALUE, 3));
        assertEquals(new AppendResult.Duplicate(1, 3, NOW), append(log, 0, Integer.MAX_VALUE, 3));
        assertEquals(new AppendResult.Appended(4, 4, -1), append(log, 0, 2, 1));
    }

    @Test
    void aNewEpochBeginsAtZero() throws IOException {
        Log log = log();
        append(log, 3, 0, 1);
        expectRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, append(log, 4, 1, 1));
        assertEquals(new AppendResult.Appended(1, 1, -1), append(log, 4, 0, 1));
        expectRefused(Errors.INVALID_PRODUCER_EPOCH, append(log, 3, 1, 1));
        expectRefused(Errors.INVALID_PRODUCER_EPOCH, append(log, 3, 0, 1));
    }

    @Test
    void producersExpire() throws IOException {
        Log log = log();
        append(log, 0, 0, 1);
        env.advance(999);
        log.expireProducers(1_000);
        assertEquals(1, log.producers().size());
        env.advance(1);
        log.expireProducers(1_000);
        assertEquals(0, log.producers().size());
        assertEquals(new AppendResult.Appended(1, 1, -1), append(log, 0, 77, 1));
    }

    @Test
    void anOpenTransactionHoldsTheStableOffset() throws IOException {
        Log log = log();
        append(log, 0, 0, 1);
        var transactional = Batches.plain().producer(8, 0, 0).transactional().of(NOW, "t");
        var needed = (Verification.Needed) log.verification(8, (short) 0, 0, false);
        log.append(transactional, 0, Origin.TRANSACTIONAL_CLIENT, needed.guard());
        assertEquals(1, log.firstUnstableOffset());
        env.advance(5000);
        log.expireProducers(1_000);
        assertEquals(1, log.producers().size(), "a producer with an open transaction stays");
        var marker = new TransactionMarker(8, (short) 0, 6, true, 1);
        assertInstanceOf(AppendResult.Appended.class, log.append(marker, 0));
        assertEquals(
                1, log.firstUnstableOffset(), "readers wait until the marker is committed (T5)");
        log.highWatermark(2);
        assertEquals(1, log.firstUnstableOffset(), "the marker is at 2");
        log.highWatermark(3);
        assertEquals(Long.MAX_VALUE, log.firstUnstableOffset());
        assertEquals(6, log.producers().iterator().next().coordinatorEpoch());
    }
}
