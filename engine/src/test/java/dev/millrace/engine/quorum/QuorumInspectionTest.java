package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.server.common.KRaftVersion;
import org.junit.jupiter.api.Test;

final class QuorumInspectionTest {
    private static final long NOW = 1_700_000_000_000L;

    private final HeapStorage folder = new HeapStorage();

    /// What is found of an election file by which node 3 leads.
    private List<Finding> ledByThree(Set<Integer> controllers) throws IOException {
        new ElectionFile(folder)
                .writeElectionState(
                        ElectionState.withElectedLeader(7, 3, Optional.empty(), Set.of()),
                        KRaftVersion.KRAFT_VERSION_1);
        var inspection = QuorumInspection.of(folder, _ -> {}, (_, _, _) -> {});
        inspection.who(1, new Uuid(1, 1), controllers);
        return inspection.findings();
    }

    @Test
    void aLeaderThatIsAControllerIsRight() throws IOException {
        assertEquals(List.of(), ledByThree(Set.of(3, 4)));
    }

    @Test
    void whereNobodyKnowsTheControllersAnyLeaderIsRight() throws IOException {
        assertEquals(List.of(), ledByThree(Set.of()));
    }

    @Test
    void anotherLeaderIsWrong() throws IOException {
        Finding found = ledByThree(Set.of(1)).getFirst();
        assertEquals("names a leader (3) that is no controller", found.what());
        assertNotNull(found.mend());
    }

    /// It may have voted in that epoch, and would vote again.
    @Test
    void amongOthersNoVoteIsForgotten() throws IOException {
        new ElectionFile(folder)
                .writeElectionState(
                        ElectionState.withElectedLeader(7, 3, Optional.empty(), Set.of()),
                        KRaftVersion.KRAFT_VERSION_1);
        var inspection = QuorumInspection.of(folder, _ -> {}, (_, _, _) -> {});
        inspection.who(1, new Uuid(1, 1), Set.of(1, 2));
        Finding found = inspection.amongOthers().getFirst();
        assertEquals(Finding.Weight.ODD, found.weight());
        assertNull(found.mend());
        assertTrue(found.what().contains("Other controllers have"), found.what());
    }

    /// A follower that has not come to the snapshot's end would fetch the hole.
    @Test
    void amongOthersNothingIsTakenOutOfTheLogAlsoIfASnapshotHoldsIt() throws IOException {
        damagedBelowASnapshot();
        var inspection = QuorumInspection.of(folder, _ -> {}, (_, _, _) -> {});
        Finding alone = inspection.findings().getFirst();
        assertEquals(Finding.Weight.WRONG, alone.weight());
        assertTrue(
                alone.what().contains("which the snapshot as of offset 3 holds too"), alone.what());
        assertNotNull(alone.mend());

        Finding found = inspection.amongOthers().getFirst();
        assertEquals(Finding.Weight.ODD, found.weight());
        assertNull(found.mend());
        assertNull(found.quarantine());
    }

    private void damagedBelowASnapshot() throws IOException {
        var name = new TopicPartition("__cluster_metadata", 0);
        Log log =
                Log.open(new ManualEnv(NOW, 1), folder, name, LogSettings.DEFAULTS, OpenMode.CLEAN);
        for (String value : List.of("a", "b", "c")) {
            log.append(Batches.plain().of(NOW, value), 1, Origin.CLIENT);
        }
        log.close();
        byte[] bytes = Objects.requireNonNull(folder.readAll("00000000000000000000.log"));
        Arrays.fill(bytes, bytes.length / 2 - 10, bytes.length / 2 + 10, (byte) 7);
        folder.writeAtomically("00000000000000000000.log", ByteBuffer.wrap(bytes));

        ByteBuffer snapshot = ByteBuffer.allocate(1_000);
        snapshot.put(
                MemoryRecords.withSnapshotHeaderRecord(
                                0, NOW, 1, ByteBuffer.allocate(500), new SnapshotHeaderRecord())
                        .buffer());
        snapshot.put(
                MemoryRecords.withSnapshotFooterRecord(
                                1, NOW, 1, ByteBuffer.allocate(500), new SnapshotFooterRecord())
                        .buffer());
        folder.writeAtomically("00000000000000000003-0000000001.checkpoint", snapshot.flip());
    }
}
