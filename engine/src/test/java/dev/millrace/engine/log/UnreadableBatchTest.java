package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Test;

/// A client's compressed batch whose checksum is right and which does not unpack: it is kept as it came.
class UnreadableBatchTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final int LENGTH = 8;
    private static final int CRC = 17;
    private static final int CHECKED = 21;
    private static final int RECORDS = 61;

    private final ManualEnv env = new ManualEnv(NOW, 1);

    private static MemoryRecords unreadable() {
        ByteBuffer batch =
                Batches.plain()
                        .compressed(Compression.gzip().build())
                        .of(NOW + 5, "value")
                        .buffer()
                        .duplicate();
        for (int i = RECORDS; i < batch.limit(); i++) {
            batch.put(i, (byte) 7);
        }
        return withChecksum(batch);
    }

    /// Its only record, of a few bytes, says that it has 2 GB.
    private static MemoryRecords boastful() throws IOException {
        var body = new ByteBufferOutputStream(100);
        try (var gzip = Compression.gzip().build().wrapForOutput(body, (byte) 2)) {
            var record = ByteBuffer.allocate(20);
            ByteUtils.writeVarint(Integer.MAX_VALUE, record);
            record.put(
                    new byte[] {
                        0, 0, 0, 1, 2, 'v', 0
                    }); // attributes, deltas, no key, value, no headers
            gzip.write(record.array(), 0, record.position());
        }
        ByteBuffer header =
                Batches.plain()
                        .compressed(Compression.gzip().build())
                        .of(NOW + 5, "value")
                        .buffer();
        ByteBuffer batch = ByteBuffer.allocate(RECORDS + body.position());
        batch.put(header.slice(0, RECORDS)).put(body.buffer().flip()).flip();
        batch.putInt(LENGTH, batch.limit() - LENGTH - 4);
        return withChecksum(batch);
    }

    private static MemoryRecords withChecksum(ByteBuffer batch) {
        var crc = new CRC32C();
        crc.update(batch.slice(CHECKED, batch.limit() - CHECKED));
        batch.putInt(CRC, (int) crc.getValue());
        return MemoryRecords.readableRecords(batch);
    }

    @Test
    void aSearchByTimeSaysThatItIsDamaged() throws IOException {
        Log log = Log.open(env, new HeapStorage(), NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        log.append(Batches.plain().of(NOW, "before"), 0, Origin.CLIENT);
        assertInstanceOf(AppendResult.Appended.class, log.append(unreadable(), 0, Origin.CLIENT));
        log.append(Batches.plain().of(NOW + 9, "after"), 0, Origin.CLIENT);

        assertEquals(new TimestampOffset(NOW, 0, 0), log.offsetForTimestamp(NOW, 3));
        var damage =
                assertThrows(CorruptLogException.class, () -> log.offsetForTimestamp(NOW + 1, 3));
        assertEquals("00000000000000000000.log", damage.file());
        assertEquals(new TimestampOffset(NOW + 9, 2, 0), log.offsetForTimestamp(NOW + 6, 3));
        log.close();
    }

    @Test
    void whatARecordSaysOfItsSizeCostsASearchNoMemory() throws IOException {
        Log log = Log.open(env, new HeapStorage(), NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        var claims =
                AppendRulesTest.packed(Compression.gzip().build(), AppendRulesTest.claimsMuch());
        assertInstanceOf(AppendResult.Appended.class, log.append(claims, 0, Origin.CLIENT));

        assertThrows(CorruptLogException.class, () -> log.offsetForTimestamp(NOW, 1));
        log.close();
    }

    /// A group that stands before it has a lag all the same.
    @Test
    void theFirstDataIsToldByItsHeader() throws IOException {
        Log log = Log.open(env, new HeapStorage(), NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        log.append(unreadable(), 0, Origin.CLIENT);
        log.append(boastful(), 0, Origin.CLIENT);
        log.append(Batches.plain().of(NOW + 9, "after"), 0, Origin.CLIENT);

        assertEquals(new FirstData.Found(0, NOW + 5), log.firstData(0, 3));
        assertEquals(new FirstData.Found(1, NOW + 5), log.firstData(1, 3));
        assertEquals(new FirstData.Found(2, NOW + 9), log.firstData(2, 3));
        log.close();
    }
}
