package dev.millrace.broker.doctor;

import static dev.millrace.broker.doctor.Damage.cut;
import static dev.millrace.broker.doctor.Damage.cutBy;
import static dev.millrace.broker.doctor.Damage.emptyFolder;
import static dev.millrace.broker.doctor.Damage.filled;
import static dev.millrace.broker.doctor.Damage.gone;
import static dev.millrace.broker.doctor.Damage.goneFiles;
import static dev.millrace.broker.doctor.Damage.goneFolder;
import static dev.millrace.broker.doctor.Damage.goneSegment;
import static dev.millrace.broker.doctor.Damage.goneSegments;
import static dev.millrace.broker.doctor.Damage.halfBatch;
import static dev.millrace.broker.doctor.Damage.log;
import static dev.millrace.broker.doctor.Damage.more;
import static dev.millrace.broker.doctor.Damage.nodeId;
import static dev.millrace.broker.doctor.Damage.overwritten;
import static dev.millrace.broker.doctor.Damage.tail;
import static dev.millrace.broker.doctor.Damage.text;
import static dev.millrace.broker.doctor.Damage.withoutLastBatch;
import static dev.millrace.broker.doctor.DoctorFlipsTest.doctor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.Broker;
import dev.millrace.broker.doctor.DoctorFlipsTest.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.FileLogInputStream;
import org.apache.kafka.common.record.internal.FileRecords;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Damage of every kind in a real data directory: what the doctor says of it, and what is left after a repair.
@Timeout(300)
final class DoctorTest {
    @TempDir static Path folder;

    private static Path clean;
    private static Path killed;
    private static Map<TopicPartition, List<String>> records;
    private Path directory = Path.of("");

    @BeforeAll
    static void live() throws Exception {
        clean = folder.resolve("clean");
        killed = folder.resolve("killed");
        LivedIn.make(clean, killed);
        Path copy = folder.resolve("read");
        LivedIn.copy(clean, copy);
        records = readAll(copy);
    }

    private static Map<TopicPartition, List<String>> readAll(Path from) throws Exception {
        Broker broker = LivedIn.start(from);
        try {
            return LivedIn.read(broker);
        } finally {
            broker.stop();
        }
    }

    /// @param says what the report has to contain
    /// @param afterRepair the exit code of `--repair`
    record Case(
            String name, boolean afterAKill, Damage damage, int afterRepair, List<String> says) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                stopped(
                        "an index cut within an entry",
                        0,
                        cut("none-0/" + log(0, "index"), 13),
                        "none-0/" + log(0, "index"),
                        "at its end belong to no batch",
                        "--repair: makes both indexes anew"),
                stopped(
                        "a time index that lacks its last entry",
                        0,
                        cutBy("none-0/" + log(0, "timeindex"), 12),
                        "does not reach to the newest record"),
                stopped(
                        "a time index that is empty",
                        0,
                        cut("none-0/" + log(0, "timeindex"), 0),
                        "none-0/" + log(0, "timeindex") + " is empty: it is made anew"),
                stopped(
                        "an index that is gone",
                        0,
                        gone("none-0/" + log(0, "index")),
                        "none-0/" + log(0, "index") + " is not there: it is made anew"),
                stopped(
                        "an index that is empty",
                        0,
                        cut("none-0/" + log(0, "index"), 0),
                        "none-0/" + log(0, "index") + " is empty: it is made anew"),
                stopped(
                        "an index that ends behind its first entry",
                        0,
                        cut("none-0/" + log(0, "index"), 8),
                        "WRONG  none-0/" + log(0, "index") + " has no entry for the last",
                        "--repair: makes both indexes anew"),
                stopped(
                        "snapshots that are gone",
                        0,
                        goneFiles("none-0", ".snapshot"),
                        ".snapshot is not there: it is made anew"),
                stopped(
                        "an index of aborted transactions that is gone",
                        0,
                        gone("transactions-0/" + log(0, "txnindex")),
                        "is not there, although",
                        "their records would be read"),
                stopped(
                        "a snapshot full of something else",
                        0,
                        filled("none-0", ".snapshot"),
                        ".snapshot its checksum does not match"),
                stopped(
                        "a leader epoch checkpoint that is gone",
                        0,
                        gone("none-0/leader-epoch-checkpoint"),
                        "none-0/leader-epoch-checkpoint is not there"),
                stopped(
                        "a leader epoch checkpoint with other epochs",
                        0,
                        text("none-0/leader-epoch-checkpoint", "0\n1\n0 0\n"),
                        "of epoch"),
                stopped(
                        "a partition.metadata that is gone",
                        0,
                        gone("none-0/partition.metadata"),
                        "none-0/partition.metadata is not there, or empty"),
                stopped(
                        "a folder of an earlier topic",
                        1,
                        text(
                                "none-0/partition.metadata",
                                "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n"),
                        "ODD    none-0/partition.metadata",
                        "The next start puts this folder aside"),
                stopped(
                        "recovery points that are not text",
                        0,
                        text("recovery-point-offset-checkpoint", "\0\0\0"),
                        "recovery-point-offset-checkpoint is not what the stop wrote"),
                stopped(
                        "a log start beyond the log",
                        0,
                        text("log-start-offset-checkpoint", "0\n1\ndeleted 0 9999\n"),
                        "log-start-offset-checkpoint is not what the stop wrote"),
                stopped(
                        "high watermarks beyond the logs",
                        0,
                        text("replication-offset-checkpoint", "0\n1\nnone 0 9999\n"),
                        "says 9999 of none-0, which ends at"),
                stopped(
                        "a cleaner checkpoint beyond the logs",
                        0,
                        text("cleaner-offset-checkpoint", "0\n1\nnone 0 9999\n"),
                        "cleaner-offset-checkpoint says 9999 of none-0"),
                stopped(
                        "what the stop knew is torn",
                        0,
                        cut("millrace-closed-logs", 100),
                        "millrace-closed-logs its checksum does not match"),
                stopped(
                        "no meta.properties",
                        1,
                        gone("meta.properties"),
                        "ODD    meta.properties is not there"),
                stopped(
                        "another node's meta.properties",
                        0,
                        nodeId("7"),
                        "says node.id=7, and no node has registered with it: 1"),
                stopped(
                        "an election file that is no JSON",
                        0,
                        text("__cluster_metadata-0/quorum-state", "{"),
                        "__cluster_metadata-0/quorum-state cannot be read"),
                stopped(
                        "a metadata log with a hole",
                        1,
                        overwritten("__cluster_metadata-0/" + log(0, "log"), -1000, 120),
                        "LOST   the metadata log:"),
                stopped(
                        "a segment with a hole",
                        1,
                        overwritten("none-0/" + log(0, "log"), 2000, 300),
                        "LOST   topic none, partition 0: the",
                        "none-0/" + log(0, "log") + " bytes",
                        "are damaged (",
                        "written between",
                        "--quarantine"),
                stopped(
                        "a segment that is gone",
                        1,
                        goneSegment("none-0"),
                        "LOST   topic none, partition 0: the",
                        "and the segment before it ends at"),
                stopped(
                        "a log that ends early",
                        1,
                        tail("none-0"),
                        "LOST   topic none, partition 0: the"),
                stopped(
                        "a partition's folder that is gone",
                        1,
                        goneFolder("none-0"),
                        "LOST   topic none, partition 0: the",
                        "none-0 is not there; it held records up to offset"),
                killed(
                        "a partition's folder that is gone, after a kill",
                        1,
                        goneFolder("none-0"),
                        "LOST   topic none, partition 0: the",
                        "none-0 is not there; it held records up to offset",
                        "--quarantine"),
                stopped(
                        "a log of which every segment is gone",
                        1,
                        goneSegments("none-0"),
                        "LOST   topic none, partition 0: the",
                        "none-0 holds no segment; it held records up to offset",
                        "--quarantine"),
                stopped(
                        "a partition's folder that is empty",
                        1,
                        emptyFolder("none-0"),
                        "LOST   topic none, partition 0: the",
                        "none-0 holds no segment; it held records up to offset"),
                killed(
                        "a log of which every segment is gone, after a kill",
                        1,
                        goneSegments("none-0"),
                        "LOST   topic none, partition 0: the",
                        "none-0 holds no segment; it held records up to offset"),
                stopped(
                        "a strange file",
                        0,
                        text("none-0/notes.txt", "hello"),
                        "Nothing has to be done about:",
                        "none-0/notes.txt is no file of a log"),
                stopped(
                        "a folder of a topic that nobody knows",
                        0,
                        to -> LivedIn.copy(to.resolve("none-0"), to.resolve("unknown-0")),
                        "unknown-0/partition.metadata is of a topic that the cluster does not have"),
                killed(
                        "a write that the kill cut off",
                        0,
                        halfBatch("none-0"),
                        "Nothing has to be done about:",
                        "behind offset",
                        "are a write that the stop cut off"),
                killed(
                        "a recovery point beyond the log",
                        0,
                        more("recovery-point-offset-checkpoint", "none 0 ", "99"),
                        "recovery-point-offset-checkpoint says"),
                killed(
                        "a log start that is not the epochs'",
                        0,
                        text("log-start-offset-checkpoint", "0\n1\ndeleted 0 39\n"),
                        "says 39 of deleted-0, and its leader-epoch-checkpoint says 37"),
                killed(
                        "a segment with a hole, after a kill",
                        1,
                        overwritten("none-0/" + log(0, "log"), 2000, 300),
                        "LOST   topic none, partition 0: the"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void saysWhatIsWrongAndRepairsIt(Case c) throws Exception {
        Path original = c.afterAKill ? killed : clean;
        directory = folder.resolve("damaged");
        LivedIn.copy(original, directory);
        c.damage.to(directory);
        Map<String, String> before = contents(directory);
        Answer found = doctor(directory);
        for (String wanted : c.says) {
            assertTrue(found.out().contains(wanted), () -> wanted + "\n" + found);
        }
        assertEquals(before, contents(directory), "a look changes nothing");
        assertEquals(
                found.out().contains(" is healthy") ? 0 : 1, found.exitCode(), found::toString);
        Answer repaired = doctor(directory, "--repair");
        assertEquals(c.afterRepair, repaired.exitCode(), repaired::toString);
        if (c.afterRepair == 0) {
            String again = doctor(directory).out();
            assertFalse(again.contains("--repair"), () -> "nothing is left to repair: " + again);
            assertEquals(records, readAll(directory), "everything is served");
        }
    }

    /// Of every file.
    private static Map<String, String> contents(Path directory) throws IOException {
        var contents = new TreeMap<String, String>();
        for (Path file : LivedIn.files(directory)) {
            contents.put(
                    directory.relativize(file).toString(),
                    Files.getLastModifiedTime(file)
                            + " "
                            + Arrays.hashCode(Files.readAllBytes(file)));
        }
        return contents;
    }

    @Test
    void quarantineServesTheRest() throws Exception {
        for (Path original : List.of(clean, killed)) {
            directory = folder.resolve("quarantined");
            LivedIn.copy(original, directory);
            overwritten("none-0/" + log(0, "log"), 2000, 300).to(directory);
            tail("zstd-0").to(directory);
            Answer done = doctor(directory, "--quarantine");
            assertEquals(0, done.exitCode(), done::toString);
            assertTrue(done.out().contains("done   none-0/"), done::toString);
            Map<TopicPartition, List<String>> served = readAll(directory);
            for (var partition : records.entrySet()) {
                List<String> is =
                        new ArrayList<>(served.getOrDefault(partition.getKey(), List.of()));
                String name = partition.getKey().toString();
                boolean damaged = List.of("none-0", "zstd-0").contains(name);
                int lost = partition.getValue().size() - is.size();
                assertTrue(lost >= 0 && lost < (damaged ? 12 : 1), name + " lost " + lost);
                is.removeAll(partition.getValue());
                assertEquals(List.of(), is, "nothing that was not there: " + name);
            }
            try (Stream<Path> kept = Files.list(directory.resolve("none-0"))) {
                assertTrue(kept.anyMatch(f -> f.toString().endsWith(".damaged")), "kept aside");
            }
            Answer again = doctor(directory);
            assertEquals(0, again.exitCode(), again::toString);
        }
    }

    /// However a log was lost, once it is given up its partition is served, and no offset is given twice.
    @Test
    void aLostLogThatIsGivenUpGoesOnBehindWhatIsLost() throws Exception {
        var none = new TopicPartition("none", 0);
        for (Path original : List.of(clean, killed)) {
            directory = folder.resolve("end");
            LivedIn.copy(original, directory);
            long end = append(directory, none);
            for (Damage loss :
                    List.of(
                            goneSegments("none-0"),
                            emptyFolder("none-0"),
                            goneFolder("none-0"),
                            withoutLastBatch("none-0"))) {
                directory = folder.resolve("given-up");
                LivedIn.copy(original, directory);
                loss.to(directory);
                Answer repaired = doctor(directory, "--repair");
                assertEquals(1, repaired.exitCode(), "a repair gives nothing up");
                Answer done = doctor(directory, "--quarantine");
                assertEquals(0, done.exitCode(), done::toString);
                assertEquals(0, doctor(directory).exitCode());
                assertEquals(end, append(directory, none), done::toString);
            }
        }
    }

    @Test
    void aFolderInAnotherOfItsDirectoriesIsNotMissed() throws Exception {
        for (Path original : List.of(clean, killed)) {
            directory = folder.resolve("one");
            Path other = folder.resolve("other");
            LivedIn.copy(original, directory);
            LivedIn.copy(directory.resolve("none-0"), other.resolve("none-0"));
            goneFolder("none-0").to(directory);

            Answer found = doctor(directory, other.toString());

            assertFalse(found.out().contains("LOST"), found::toString);
            assertTrue(doctor(directory).out().contains("LOST"), "without the other it is missed");
        }
    }

    /// The offset that the next record gets.
    private static long append(Path from, TopicPartition to) throws Exception {
        Broker broker = LivedIn.start(from);
        try {
            return LivedIn.append(broker, to);
        } finally {
            broker.stop();
        }
    }

    @Test
    void whatWasKeptOnceIsNeverOverwritten() throws Exception {
        directory = folder.resolve("twice");
        LivedIn.copy(clean, directory);
        Path log = directory.resolve("none-0/" + log(0, "log"));
        List<byte[]> damaged = new ArrayList<>();
        for (int times = 1; times <= 2; times++) {
            overwritten("none-0/" + log(0, "log"), 40 + times, 10).to(directory);
            damaged.add(Files.readAllBytes(log));
            Answer done = doctor(directory, "--quarantine");
            assertEquals(0, done.exitCode(), done::toString);
        }

        for (int times = 1; times <= 2; times++) {
            Path kept =
                    directory.resolve(
                            "none-0/" + log(0, "log") + ".0.damaged" + (times == 1 ? "" : ".2"));
            byte[] bytes = Files.readAllBytes(kept);
            assertArrayEquals(Arrays.copyOf(damaged.get(times - 1), bytes.length), bytes);
        }
        Answer again = doctor(directory);
        assertTrue(again.out().contains("damaged.2 was kept by an earlier repair"), again.out());
    }

    /// What was aborted would be shown, or what was committed hidden.
    @Test
    void anUndecidedTransactionIsNotQuarantined() throws Exception {
        directory = folder.resolve("undecided");
        LivedIn.copy(clean, directory);
        Path log = directory.resolve("transactions-0/" + log(0, "log"));
        overwritten("transactions-0/" + log(0, "log"), marker(log) + 30, 30).to(directory);
        byte[] damaged = Files.readAllBytes(log);
        Answer done = doctor(directory, "--quarantine");
        assertEquals(1, done.exitCode(), done::toString);
        assertTrue(done.out().contains("a transaction was open there"), done::toString);
        assertArrayEquals(damaged, Files.readAllBytes(log), "left as it is");
    }

    /// Where some transaction's marker begins.
    private static int marker(Path log) throws IOException {
        try (FileRecords all = FileRecords.open(log.toFile())) {
            int found = 0;
            for (FileLogInputStream.FileChannelRecordBatch batch : all.batches()) {
                if (batch.isControlBatch() && ++found == 4) {
                    return batch.position();
                }
            }
        }
        throw new IllegalStateException("no marker");
    }

    @Test
    void aDirectoryThatIsInUseIsLeftAlone() throws Exception {
        directory = folder.resolve("used");
        LivedIn.copy(clean, directory);
        Broker broker = LivedIn.start(directory);
        for (String[] options : new String[][] {{}, {"--repair"}}) {
            Answer refused = doctor(directory, options);
            assertEquals(2, refused.exitCode(), refused::toString);
            assertTrue(refused.err().contains("is in use: a broker runs on it"), refused::toString);
        }
        broker.stop();
        assertEquals(0, doctor(directory).exitCode(), "afterwards it can be looked at");
    }

    @Test
    void whatIsNoDataDirectoryIsSaid() throws Exception {
        Answer none = doctor(folder.resolve("nowhere"));
        assertEquals(2, none.exitCode());
        assertTrue(none.err().contains("there is no directory"), none::toString);
        assertFalse(Files.exists(folder.resolve("nowhere")), "nothing is made");
        Path other = Files.createDirectories(folder.resolve("other"));
        Answer empty = doctor(other);
        assertEquals(2, empty.exitCode());
        assertTrue(empty.err().contains("is no data directory"), empty::toString);
        Answer both = doctor(other, "--repair", "--quarantine");
        assertEquals(2, both.exitCode());
        assertTrue(both.err().contains("use one of --repair and --quarantine"), both::toString);
        Answer unknown = doctor(other, "--fix");
        assertEquals(2, unknown.exitCode());
        assertTrue(unknown.err().contains("doctor does not know --fix"), unknown::toString);
    }

    @Test
    void theFoldersOfSeveralBrokersAreNotOneBrokers() throws Exception {
        Path cluster = folder.resolve("cluster");
        LivedIn.copy(clean, cluster.resolve("broker1"));
        LivedIn.copy(clean, cluster.resolve("broker2"));
        nodeId("2").to(cluster.resolve("broker2"));
        Answer all = doctor(cluster);
        assertEquals(2, all.exitCode());
        assertTrue(
                all.err().contains("`millrace doctor " + cluster.resolve("broker2") + "`"),
                all::toString);
        Answer two = doctor(cluster.resolve("broker1"), cluster.resolve("broker2").toString());
        assertEquals(2, two.exitCode());
        assertTrue(two.err().contains("broker1 is of node 1 and "), two::toString);
        assertTrue(two.err().contains("broker2 of node 2: "), two::toString);
    }

    // ---- damages

    private static Case stopped(String name, int afterRepair, Damage damage, String... says) {
        return new Case(name, false, damage, afterRepair, List.of(says));
    }

    private static Case killed(String name, int afterRepair, Damage damage, String... says) {
        return new Case(name, true, damage, afterRepair, List.of(says));
    }
}
