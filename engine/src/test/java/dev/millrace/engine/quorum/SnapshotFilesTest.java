package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.HeapStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.RawSnapshotWriter;
import org.junit.jupiter.api.Test;

/// What is written of a snapshot, and what is read of it for a peer.
final class SnapshotFilesTest {
    private static final OffsetAndEpoch ID = new OffsetAndEpoch(12, 3);

    private final HeapStorage storage = new HeapStorage();

    private RawSnapshotWriter begun(SnapshotFiles snapshots, byte[] bytes) {
        RawSnapshotWriter writer = snapshots.write(ID, _ -> {});
        writer.append(new UnalignedMemoryRecords(ByteBuffer.wrap(bytes)));
        return writer;
    }

    @Test
    void oneThatIsGivenUpLeavesNothing() throws IOException {
        RawSnapshotWriter writer = begun(new SnapshotFiles(storage), new byte[] {1, 2, 3});
        assertEquals(1, storage.files().size());
        writer.close();
        assertEquals(List.of(), storage.files());
    }

    /// The consensus client begins a fetch before it closes the one that it gives up.
    @Test
    void oneThatIsGivenUpLateLeavesTheOneThatWasBegunInItsPlace() throws IOException {
        var snapshots = new SnapshotFiles(storage);
        RawSnapshotWriter first = begun(snapshots, new byte[] {1, 2, 3});
        RawSnapshotWriter second = begun(snapshots, new byte[] {4, 5});
        first.close();
        second.freeze();
        second.close();
        assertEquals(2, snapshots.read(ID).orElseThrow().sizeInBytes());
        assertEquals(List.of("00000000000000000012-0000000003.checkpoint"), storage.files());
    }

    @Test
    void aPartIsReadWithoutTheRest() throws IOException {
        byte[] bytes = new byte[KafkaRaftClient.MAX_BATCH_SIZE_BYTES + 100];
        new Random(5).nextBytes(bytes);
        var snapshots = new SnapshotFiles(storage);
        begun(snapshots, bytes).freeze();

        assertArrayEquals(Arrays.copyOfRange(bytes, 50, 80), slice(snapshots, 50, 30));
        assertArrayEquals(
                Arrays.copyOfRange(bytes, bytes.length - 10, bytes.length),
                slice(snapshots, bytes.length - 10, 1_000));
        byte[] most = slice(snapshots, 0, Integer.MAX_VALUE);
        assertTrue(most.length > 0 && most.length <= KafkaRaftClient.MAX_BATCH_SIZE_BYTES);
    }

    /// All the memory that the part takes.
    private static byte[] slice(SnapshotFiles snapshots, long position, int size) {
        var part = (UnalignedMemoryRecords) snapshots.read(ID).orElseThrow().slice(position, size);
        return part.buffer().array();
    }
}
