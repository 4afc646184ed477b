package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.check.Invariant;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordBatchWriterTest {
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    record Fact(VersionedMessage key, @Nullable VersionedMessage value) {}

    record Case(String name, long timestampMs, List<Fact> facts) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static VersionedMessage key(String group, String topic, int partition) {
        return new VersionedMessage(
                (short) 1,
                new OffsetCommitKey().setGroup(group).setTopic(topic).setPartition(partition),
                (short) 0);
    }

    private static VersionedMessage value(String metadata, short version) {
        return new VersionedMessage(
                version,
                new OffsetCommitValue()
                        .setOffset(metadata.length())
                        .setLeaderEpoch(3)
                        .setMetadata(metadata)
                        .setCommitTimestamp(1_700_000_000_000L)
                        .setTopicId(new Uuid(7, metadata.length())),
                version);
    }

    private static Fact fact(int partition, String metadata) {
        return new Fact(key("group", "topic", partition), value(metadata, (short) 4));
    }

    private static Fact group(String name) {
        var key = new VersionedMessage((short) 2, new GroupMetadataKey().setGroup(name), (short) 0);
        return new Fact(key, null);
    }

    private static List<Fact> many(int count, int metadata) {
        return IntStream.range(0, count).mapToObj(i -> fact(i, "m".repeat(metadata))).toList();
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.add(new Case("one", 1, many(1, 0)));
        cases.add(new Case("timestamp 0", 0, many(2, 1)));
        cases.add(new Case("a timestamp of today", 1_795_000_000_000L, many(2, 1)));
        cases.add(new Case("no values", 1, List.of(group("a"), group("b"))));
        cases.add(new Case("with and without", 1, List.of(fact(1, "x"), group("b"), fact(2, ""))));
        cases.add(
                new Case(
                        "empty and other strings",
                        1,
                        List.of(group(""), group("\u00fc\u20ac\ud83d\ude00"))));
        cases.add(
                new Case(
                        "an old version",
                        1,
                        List.of(new Fact(key("g", "t", 0), value("old", (short) 1)))));
        // Where lengths and offset deltas take another byte.
        for (int length : new int[] {20, 40, 62, 63, 64, 65, 100, 8_100, 8_191, 8_192, 30_000}) {
            cases.add(new Case("metadata of " + length, 1, many(1, length)));
        }
        for (int count : new int[] {63, 64, 65, 66, 200, 8_193, 8_194}) {
            cases.add(new Case(count + " records", 1, many(count, 3)));
        }
        cases.add(new Case("a megabyte", 1, many(40, 30_000)));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void writesWhatKafkasBuilderWrites(Case c) {
        assertArrayEquals(kafkas(c), bytes(written(new RecordBatchWriter(), c)));
    }

    /// With everything that a buffer and a serialization cache can have left over from other batches.
    @Test
    void aWriterThatHasWrittenOthersWritesTheSame() {
        var writer = new RecordBatchWriter();
        var cases = cases().toList();
        var random = new SplittableRandom(1);
        for (int i = 0; i < 500; i++) {
            Case c = cases.get(random.nextInt(cases.size()));
            if (random.nextInt(10) == 0) {
                begun(writer, c);
                continue;
            }
            assertArrayEquals(kafkas(c), bytes(written(writer, c)), c.name);
            writer.release();
        }
    }

    @Test
    void aBatchIsFullBeforeItIsTooLarge() {
        var writer = new RecordBatchWriter();
        int three = written(writer, new Case("", 1, many(3, 10))).sizeInBytes();
        writer.begin(1);
        for (Fact fact : many(3, 10)) {
            assertTrue(writer.add(fact.key, fact.value, three));
        }
        assertFalse(writer.add(key("group", "topic", 4), null, three));
        assertEquals(three, writer.end().sizeInBytes());
    }

    @Test
    void aRecordThatIsTooLargeByItselfIsTakenAlone() {
        var writer = new RecordBatchWriter();
        writer.begin(1);
        assertTrue(writer.add(key("g", "t", 0), value("m".repeat(500), (short) 4), 100));
        assertFalse(writer.add(key("g", "t", 1), null, 100));
        writer.end().batches().forEach(batch -> assertEquals(1, batch.countOrNull()));
    }

    @Test
    void nobodyCanReadABatchThatWasReleased() {
        var writer = new RecordBatchWriter();
        MemoryRecords kept = written(writer, new Case("", 1, many(2, 10)));
        ByteBuffer view = kept.buffer();
        assertTrue(BatchHeader.crcMatches(view, 0, view.limit()));
        writer.release();
        for (int i = 0; i < view.limit(); i++) {
            assertEquals((byte) 0xA5, view.get(i));
        }
    }

    @Test
    void anEmptyBatchIsAMistake() {
        var writer = new RecordBatchWriter();
        writer.begin(1);
        assertThrows(Invariant.Broken.class, writer::end);
    }

    private static MemoryRecords written(RecordBatchWriter writer, Case c) {
        begun(writer, c);
        return writer.end();
    }

    private static void begun(RecordBatchWriter writer, Case c) {
        writer.begin(c.timestampMs);
        for (Fact fact : c.facts) {
            assertTrue(writer.add(fact.key, fact.value, NO_LIMIT));
        }
    }

    private static byte[] kafkas(Case c) {
        SimpleRecord[] records =
                c.facts.stream()
                        .map(fact ->
                                new SimpleRecord(c.timestampMs, array(fact.key), array(fact.value)))
                        .toArray(SimpleRecord[]::new);
        return bytes(MemoryRecords.withRecords(Compression.NONE, records));
    }

    private static byte @Nullable [] array(@Nullable VersionedMessage message) {
        if (message == null) {
            return null;
        }
        var cache = new ObjectSerializationCache();
        int size = message.message().size(cache, message.version());
        ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES + size).putShort(message.prefix());
        message.message().write(new ByteBufferAccessor(bytes), cache, message.version());
        return bytes.array();
    }

    private static byte[] bytes(MemoryRecords records) {
        var copy = new byte[records.sizeInBytes()];
        records.buffer().get(copy);
        return copy;
    }
}
