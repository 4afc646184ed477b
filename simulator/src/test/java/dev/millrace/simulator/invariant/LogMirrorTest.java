package dev.millrace.simulator.invariant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.StoredFile;
import dev.millrace.simulator.disk.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class LogMirrorTest {
    private static final int CRC = 17;

    private final SimDisk disk = new SimDisk();
    private final List<Long> seen = new ArrayList<>();
    private final LogMirror mirror = new LogMirror("t-0", (batch, _) -> seen.add(batch.base()));

    private StoredFile log() throws IOException {
        return disk.storage().directory("t-0").open("00000000000000000000.log");
    }

    private static ByteBuffer batch(long offset) {
        ByteBuffer written =
                MemoryRecords.withRecords(
                                offset,
                                Compression.NONE,
                                new SimpleRecord(("v" + offset).getBytes(StandardCharsets.UTF_8)))
                        .buffer();
        return ByteBuffer.allocate(written.remaining()).put(written.duplicate()).flip();
    }

    @Test
    void aTornBatchEndsTheLogUntilItIsCutAndWrittenAgain() throws IOException {
        StoredFile log = log();
        log.append(batch(0));
        long whole = log.size();
        log.append(batch(1).putInt(CRC, 0));
        mirror.refresh(disk);
        assertEquals(1, mirror.end());

        log.truncate(whole);
        log.append(batch(1));
        mirror.refresh(disk);
        assertEquals(2, mirror.end());
        assertNotNull(mirror.at(1));
        assertEquals(1, seen.stream().filter(each -> each == 1).count());
    }

    /// A sector that ends behind the offset is lost, and the next one is not: the checksum, which does not cover the offset, is right.
    @Test
    void aBatchWhoseOffsetIsLostEndsTheLogUntilItIsCutAndWrittenAgain() throws IOException {
        StoredFile log = log();
        log.append(batch(0));
        long whole = log.size();
        log.append(batch(1).putLong(0, 0));
        mirror.refresh(disk);
        assertEquals(1, mirror.end());
        assertEquals(List.of(0L), seen);

        log.truncate(whole);
        log.append(batch(1));
        mirror.refresh(disk);
        assertEquals(2, mirror.end());
        assertEquals(List.of(0L, 0L, 1L), seen);
    }

    /// Each segment goes on where the one before it ends; what lies behind a hole does not count, nor what has no beginning.
    @Test
    void aLogEndsWhereASegmentIsMissing() throws IOException {
        StoredFile log = log();
        log.append(batch(0));
        StoredFile second = disk.storage().directory("t-0").open("00000000000000000001.log");
        second.append(batch(1));
        StoredFile fourth = disk.storage().directory("t-0").open("00000000000000000003.log");
        fourth.append(batch(3));
        mirror.refresh(disk);
        assertEquals(2, mirror.end());

        disk.storage().directory("t-0").delete("00000000000000000000.log");
        mirror.refresh(disk);
        assertEquals(0, mirror.end());
    }

    @Test
    void tellsWhatThePowerWouldTake() throws IOException {
        StoredFile log = log();
        log.append(batch(0));
        log.sync();
        log.append(batch(1));
        mirror.refresh(disk);
        assertTrue(mirror.isDurable(0));
        assertFalse(mirror.isDurable(1));

        log.sync();
        assertTrue(mirror.isDurable(1));
    }
}
