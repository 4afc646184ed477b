package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.raft.Isolation;
import org.apache.kafka.raft.KafkaRaftClient;
import org.junit.jupiter.api.Test;

/// What the consensus engine reads of the metadata log for a peer.
final class KraftLogTest {
    private static final int BATCH_BYTES = 3 << 20;

    private final KraftLog log;

    KraftLogTest() throws IOException {
        log =
                new KraftLog(
                        new ManualEnv(1_000, 1),
                        new HeapStorage(),
                        KraftQuorum.logSettings(Map.of()));
        for (int i = 0; i < 5; i++) {
            log.appendAsLeader(
                    MemoryRecords.withRecords(
                            i, Compression.NONE, new SimpleRecord(new byte[BATCH_BYTES])),
                    1);
        }
    }

    private int read(int maxBytes) {
        return log.read(0, Isolation.UNCOMMITTED, maxBytes).records.sizeInBytes();
    }

    @Test
    void noMoreIsReadThanTheLargestBatchHoweverMuchAPeerWants() {
        assertTrue(read(Integer.MAX_VALUE) >= BATCH_BYTES);
        assertTrue(read(Integer.MAX_VALUE) <= KafkaRaftClient.MAX_BATCH_SIZE_BYTES);
    }

    @Test
    void aBatchIsReadHoweverLittleAPeerWants() {
        int one = read(1);
        assertTrue(one >= BATCH_BYTES && one < 2 * BATCH_BYTES);
        assertEquals(one, read(-1));
    }
}
