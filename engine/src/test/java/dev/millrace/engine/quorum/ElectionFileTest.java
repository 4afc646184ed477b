package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.HeapStorage;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.raft.ReplicaKey;
import org.apache.kafka.server.common.KRaftVersion;
import org.junit.jupiter.api.Test;

/// M9: a vote is given once in an epoch, and never forgotten.
final class ElectionFileTest {
    private final HeapStorage storage = new HeapStorage();
    private final ElectionFile file = new ElectionFile(storage);

    @Test
    void aVoteIsReadAgain() {
        assertEquals(Optional.empty(), file.readElectionState());
        var vote =
                ElectionState.withVotedCandidate(
                        7, ReplicaKey.of(2, new Uuid(2, 2)), java.util.Set.of());
        file.writeElectionState(vote, KRaftVersion.KRAFT_VERSION_1);
        assertEquals(Optional.of(vote), file.readElectionState());
    }

    @Test
    void anEmptyFileIsNotTakenForNoVote() {
        storage.put(ElectionFile.NAME, new byte[0]);
        String said =
                String.valueOf(
                        assertThrows(IllegalStateException.class, file::readElectionState)
                                .getMessage());
        assertTrue(said.contains("quorum-state") && said.contains("damaged"), said);
    }
}
