package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Lengths that the library for snappy would believe, and everywhere that a client's batch is unpacked.
class SnappyChunksTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final int MUCH = 400 << 20;
    private static final byte[] MAGIC = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};

    record Case(String what, Compression codec, ByteBuffer body) {
        Case(String what, ByteBuffer body) {
            this(what, Compression.snappy().build(), body);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static ByteBuffer framed(int length, int... block) {
        var body = ByteBuffer.allocate(100).put(MAGIC).putInt(1).putInt(1).putInt(length);
        for (int each : block) {
            body.put((byte) each);
        }
        return body.flip();
    }

    private static ByteBuffer bytes(int... bytes) {
        return framed(0, bytes).slice(20, bytes.length);
    }

    static Stream<Case> lies() {
        return Stream.of(
                new Case("a negative chunk", framed(-1, 1, 0, 'a')),
                new Case("a chunk longer than the library takes", framed(0x20000001, 1, 0, 'a')),
                new Case("a chunk longer than the bytes", framed(MUCH, 1, 0, 'a')),
                new Case("a block of 2 GB", framed(8, 0xff, 0xff, 0xff, 0xff, 7, 0, 'a', 0)),
                new Case("a block of more", framed(8, 0xff, 0xff, 0xff, 0xff, 15, 0, 'a', 0)),
                new Case("a block whose length does not end", framed(2, 0xff, 0xff)),
                new Case("an empty block", framed(0)),
                new Case("2 GB without a frame", bytes(0xff, 0xff, 0xff, 0xff, 7, 0, 'a')),
                new Case("no byte", bytes()));
    }

    /// As many as 1 MB holds, for which the libraries call themselves: the caller's stack does not suffice.
    static Stream<Case> manyEmptyParts() throws IOException {
        var headers = framed(0).slice(0, 16);
        var member = new ByteArrayOutputStream();
        new GZIPOutputStream(member).close();
        return Stream.of(
                new Case("headers of snappy", repeated(headers)),
                new Case(
                        "members of gzip",
                        Compression.gzip().build(),
                        repeated(ByteBuffer.wrap(member.toByteArray()))));
    }

    private static ByteBuffer repeated(ByteBuffer part) {
        var body = ByteBuffer.allocate(1_000_000 / part.remaining() * part.remaining());
        while (body.hasRemaining()) {
            body.put(part.duplicate());
        }
        return body.flip();
    }

    @ParameterizedTest
    @MethodSource("lies")
    void aLieIsSeenBeforeAnythingIsAllocated(Case lie) {
        assertEquals(SnappyChunks.DAMAGED, SnappyChunks.unpackedBytes(lie.body));
    }

    @ParameterizedTest
    @MethodSource({"lies", "manyEmptyParts"})
    void isRefusedWhereRecordsAreChecked(Case lie) throws IOException {
        var compacted = LogSettings.from(Map.of("cleanup.policy", "compact"));
        Log log = log(compacted, OpenMode.CLEAN);
        var refused =
                assertInstanceOf(
                        AppendResult.Refused.class, log.append(batch(lie), 0, Origin.CLIENT));
        assertEquals(Errors.CORRUPT_MESSAGE, refused.error());
        log.close();
    }

    @ParameterizedTest
    @MethodSource({"lies", "manyEmptyParts"})
    void cannotBeCompacted(Case lie) throws IOException {
        var segment = new Segment("t-0", new HeapStorage(), 0, 0, 0);
        StoredFile file = segment.file();
        file.append(batch(lie).buffer());
        var reader =
                new BatchReader("t-0", CompactionLimits.DEFAULTS, CompactionSource.of(segment, 1));
        assertTrue(reader.next());
        assertThrows(UncleanableException.class, reader::records);
    }

    @ParameterizedTest
    @MethodSource({"lies", "manyEmptyParts"})
    void isToldByTheDoctor(Case lie) {
        assertNotNull(RecordParse.problem(batch(lie).buffer(), 0));
    }

    @ParameterizedTest
    @MethodSource({"lies", "manyEmptyParts"})
    void holdsNoLagUp(Case lie) throws IOException {
        Log log = log(LogSettings.DEFAULTS, OpenMode.CLEAN);
        log.append(batch(lie), 0, Origin.CLIENT);
        assertEquals(new FirstData.Found(0, NOW), log.firstData(0, 1));
        log.close();
    }

    /// What repeats is packed as tightly as the format can.
    @ParameterizedTest
    @ValueSource(ints = {1, 60, 1_000, 40_000, 1_000_000})
    void whatTheLibraryPacksIsTakenForWhatItIs(int size) throws IOException {
        var random = new byte[size];
        new Random(size).nextBytes(random);
        for (byte[] data : new byte[][] {new byte[size], random}) {
            assertEquals(size, SnappyChunks.unpackedBytes(packed(data)));
            ByteBuffer twice = ByteBuffer.allocate(2 * packed(data).limit());
            twice.put(packed(data)).put(packed(data)).flip();
            assertEquals(2L * size, SnappyChunks.unpackedBytes(twice), "streams may be joined");
        }
    }

    @Test
    void otherCodecsAreLeftAlone() {
        var plain = Batches.plain().of(NOW, "a");
        assertNull(RecordParse.problem(plain.buffer(), 0));
        var lz4 = Batches.plain().compressed(Compression.lz4().build()).of(NOW, "a");
        assertNull(RecordParse.problem(lz4.buffer(), 0));
        var snappy = Batches.plain().compressed(Compression.snappy().build()).of(NOW, "a");
        assertNull(RecordParse.problem(snappy.buffer(), 0));
    }

    private static ByteBuffer packed(byte[] data) throws IOException {
        var out = new ByteBufferOutputStream(100);
        try (var snappy = Compression.snappy().build().wrapForOutput(out, (byte) 2)) {
            snappy.write(data);
        }
        return out.buffer().flip();
    }

    private static Log log(LogSettings settings, OpenMode mode) throws IOException {
        return Log.open(new ManualEnv(NOW, 1), new HeapStorage(), NAME, settings, mode);
    }

    private static MemoryRecords batch(Case lie) {
        ByteBuffer header = Batches.plain().compressed(lie.codec).of(NOW, "a").buffer();
        ByteBuffer batch = ByteBuffer.allocate(BatchHeader.BYTES + lie.body.remaining());
        batch.put(header.slice(0, BatchHeader.BYTES)).put(lie.body.duplicate()).flip();
        batch.putInt(8, batch.limit() - BatchHeader.LOG_OVERHEAD);
        BatchHeader.setCrc(batch, BatchHeader.computeCrc(batch, 0, batch.limit()));
        return MemoryRecords.readableRecords(batch);
    }
}
