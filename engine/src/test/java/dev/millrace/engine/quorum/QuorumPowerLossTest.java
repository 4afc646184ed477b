package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.quorum.CrashStorage.Power;
import dev.millrace.engine.quorum.CrashStorage.PowerLoss;
import dev.millrace.engine.quorum.QuorumContract.Heard;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// M4, M6: the power fails before every single thing that the quorum does to its disk, formatting and snapshots included. What was
/// committed is heard again after the restart, and what was not is heard whole or not at all.
final class QuorumPowerLossTest {
    private static final int PAIRS = 12;

    /// More than the workload does to the disk.
    private static final int MOST_OPERATIONS = 2_000;

    @Test
    void committedRecordsSurviveAtEveryPoint() throws IOException {
        int points = 0;
        while (points < MOST_OPERATIONS && !survives(points)) {
            points++;
        }
        assertTrue(points > 50 && points < MOST_OPERATIONS, points + " crash points were tried");
    }

    /// @return true when the workload ended before the power did
    private static boolean survives(int operations) throws IOException {
        var random = new Random(operations);
        var disk = new CrashStorage(new Power(operations));
        var committed = new ArrayList<String>();
        boolean ended = work(disk, committed, operations);

        var found = disk.afterPowerLoss(random, new Power(random.nextInt(40)));
        // The power fails during some restarts too.
        work(found, new ArrayList<>(), operations + 1);
        found = found.afterPowerLoss(random, new Power(Integer.MAX_VALUE));
        KraftQuorum quorum = KraftQuorumTest.open(found, new ManualEnv(1, operations));
        var heard = new Heard();
        quorum.listen(heard);
        QuorumContract.settle(quorum);
        List<String> names = heard.names();
        assertEquals(
                committed,
                names.subList(0, Math.min(committed.size(), names.size())),
                () -> "M4, power lost before operation " + operations);
        assertEquals(0, names.size() % 2, () -> "M6, operation " + operations + ": " + names);
        assertEquals(1, quorum.leader().id());
        return ended;
    }

    /// Adds pairs of topics, one batch each, with a snapshot now and then. A node that finds topics adds none.
    private static boolean work(CrashStorage disk, List<String> committed, long seed)
            throws IOException {
        try {
            var env = new ManualEnv(1, seed);
            KraftQuorum quorum = KraftQuorumTest.open(disk, env);
            var heard = new Heard();
            quorum.listen(heard);
            QuorumContract.settle(quorum);
            for (int pair = 0; pair < PAIRS && heard.names().size() == 2 * pair; pair++) {
                quorum.propose(
                        quorum.leader().epoch(),
                        List.of(
                                QuorumContract.topic("a" + pair),
                                QuorumContract.topic("b" + pair)));
                quorum.schedule();
                QuorumContract.settle(quorum);
                committed.clear();
                committed.addAll(heard.names());
                if (pair % 4 == 3) {
                    KraftQuorumTest.snapshot(quorum, heard, committed);
                    env.advance(KraftQuorumTest.CLEANING_MS);
                    QuorumContract.settle(quorum);
                }
            }
            return true;
        } catch (PowerLoss lost) {
            return false;
        }
    }
}
