package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The first record that is data: a log with markers, holes, many small segments and every kind of batch.
final class DataSearchTest {
    private static final long NOW = 1_700_000_000_000L;

    private final Log log;

    DataSearchTest() throws IOException {
        log =
                Log.open(
                        new ManualEnv(NOW, 1),
                        new HeapStorage(),
                        new TopicPartition("t", 0),
                        LogSettings.from(
                                Map.of("segment.bytes", "400", "index.interval.bytes", "100")),
                        OpenMode.CLEAN);
    }

    private void append(MemoryRecords records) throws IOException {
        assertInstanceOf(AppendResult.Appended.class, log.appendAsFollower(records));
    }

    private static MemoryRecords marker(long offset) {
        return MemoryRecords.withEndTransactionMarker(
                offset,
                NOW,
                0,
                7L,
                (short) 0,
                new EndTransactionMarker(ControlRecordType.COMMIT, 0));
    }

    private static MemoryRecords data(long offset, Compression compression, long... timestamps) {
        var records = new SimpleRecord[timestamps.length];
        for (int i = 0; i < timestamps.length; i++) {
            records[i] = new SimpleRecord(timestamps[i], null, Batches.bytes("value"));
        }
        return Batches.plain().compressed(compression).at(offset, 0).of(records);
    }

    /// Offsets 0 to 2 data, 3 and 4 markers, a hole from 5 to 9, 10 to 12 compressed data, 13 a marker.
    private void fill() throws IOException {
        append(data(0, Compression.NONE, 100, 90, 110));
        append(marker(3));
        append(marker(4));
        append(data(10, Compression.gzip().build(), 200, 210, 190));
        append(marker(13));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 14, 0, 100",
        "1, 14, 1, 90",
        "2, 14, 2, 110",
        "3, 14, 10, 200",
        "4, 14, 10, 200",
        "5, 14, 10, 200",
        "9, 14, 10, 200",
        "11, 14, 11, 210",
        "12, 14, 12, 190"
    })
    void isFoundWithItsOwnTimestamp(long from, long bound, long offset, long timestamp)
            throws IOException {
        fill();
        assertEquals(new FirstData.Found(offset, timestamp), log.firstData(from, bound));
    }

    @ParameterizedTest
    @CsvSource({"13, 14", "14, 14", "3, 10", "3, 5", "20, 14", "0, 0"})
    void markersAndHolesAreNone(long from, long bound) throws IOException {
        fill();
        assertEquals(new FirstData.None(bound), log.firstData(from, bound));
    }

    @Test
    void anEmptyLogHasNone() throws IOException {
        assertEquals(new FirstData.None(0), log.firstData(0, 100));
    }

    @Test
    void isGivenUpAfterManyMarkersAndTakenUpThere() throws IOException {
        int markers = DataSearch.MOST_BATCHES + 10;
        for (int i = 0; i < markers; i++) {
            append(marker(i));
        }
        append(data(markers, Compression.NONE, 100));
        var beyond = assertInstanceOf(FirstData.Beyond.class, log.firstData(0, Long.MAX_VALUE));
        assertEquals(DataSearch.MOST_BATCHES, beyond.offset());
        assertEquals(
                new FirstData.Found(markers, 100), log.firstData(beyond.offset(), Long.MAX_VALUE));
    }

    @Test
    void aLargeBatchGivesItsFirstTimestampForAll() throws IOException {
        var value = new byte[DataSearch.LARGE_BYTES];
        append(
                Batches.plain()
                        .at(0, 0)
                        .of(
                                new SimpleRecord(100, null, value),
                                new SimpleRecord(200, null, Batches.bytes("second"))));
        assertEquals(new FirstData.Found(1, 100), log.firstData(1, 2));
    }
}
