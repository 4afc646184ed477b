package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.Mend;
import dev.millrace.engine.testing.HeapStorage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.server.common.KRaftVersion;
import org.junit.jupiter.api.Test;

final class QuorumInspectionTest {
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
        Finding found = QuorumInspection.amongOthers(ledByThree(Set.of(1, 2))).getFirst();
        assertEquals(Finding.Weight.ODD, found.weight());
        assertNull(found.mend());
        assertTrue(found.what().contains("Other controllers have"), found.what());
    }

    @Test
    void amongOthersNothingIsTakenOutOfTheLog() {
        var lost = new Finding.Lost(5, 6, 100, 50, -1, -1);
        var cut = new Mend("cuts it", () -> {});
        Finding found =
                QuorumInspection.amongOthers(
                                List.of(Finding.lost("the metadata log", "is gone", lost, cut)))
                        .getFirst();
        assertEquals(Finding.Weight.LOST, found.weight());
        assertEquals(lost, found.lost());
        assertNull(found.quarantine());
    }
}
