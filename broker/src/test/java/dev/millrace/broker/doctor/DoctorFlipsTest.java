package dev.millrace.broker.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.Broker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// One bit of a data directory is turned, again and again: the doctor finds each, says in which file, and puts right what follows from something
/// else. A bit that it does not find is in [#MEANINGLESS], with the reason.
///
/// `-Dmillrace.doctor.flips=1000 -Dmillrace.doctor.seed=7` for more or others.
@Timeout(600)
final class DoctorFlipsTest {
    private static final int FLIPS = Integer.getInteger("millrace.doctor.flips", 80);
    private static final long SEED = Long.getLong("millrace.doctor.seed", 1);

    /// After so many flips a broker is started on the repaired directory, and everything is read.
    private static final int STARTS = 40;

    @TempDir static Path folder;

    private static Path clean;
    private static Path killed;

    /// What the doctor says of a directory.
    record Answer(int exitCode, String out, String err) {
        @Override
        public String toString() {
            return exitCode + "\n" + out + err;
        }
    }

    @BeforeAll
    static void live() throws Exception {
        clean = folder.resolve("clean");
        killed = folder.resolve("killed");
        LivedIn.make(clean, killed);
    }

    static Answer doctor(Path directory, String... options) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        List<String> words = new ArrayList<>(List.of(directory.toString()));
        words.addAll(Arrays.asList(options));
        int exitCode =
                DoctorRun.run(
                        words,
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        false);
        return new Answer(exitCode, out.toString(UTF_8), err.toString(UTF_8));
    }

    @Test
    void aDirectoryThatABrokerHasLeftIsHealthy() {
        for (Path directory : List.of(clean, killed)) {
            Answer answer = doctor(directory);
            assertEquals(0, answer.exitCode, answer::toString);
            assertTrue(answer.out.contains(" is healthy: "), answer::toString);
        }
    }

    @Test
    void afterACleanStop() throws Exception {
        flip(clean, new Random(SEED));
    }

    @Test
    void afterAKill() throws Exception {
        flip(killed, new Random(SEED + 1));
    }

    private static void flip(Path original, Random random) throws Exception {
        Path directory = folder.resolve(original.getFileName() + "-flipped");
        LivedIn.copy(original, directory);
        Map<TopicPartition, List<String>> records = served(directory);
        LivedIn.copy(original, directory);
        List<Path> files =
                LivedIn.files(original).stream().filter(f -> f.toFile().length() > 0).toList();
        List<String> silent = new ArrayList<>();
        List<String> left = new ArrayList<>();
        var counts = new TreeMap<String, Integer>();
        for (int i = 0; i < FLIPS; i++) {
            // Every other one weighs files equally, so that small ones have their turn too.
            Path file =
                    i % 2 == 0 ? files.get(random.nextInt(files.size())) : byBytes(files, random);
            String name = original.relativize(file).toString();
            Path damaged = directory.resolve(name);
            byte[] bytes = Files.readAllBytes(file);
            int bit = random.nextInt(bytes.length * 8);
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(damaged, flipped);
            String what = name + ", bit " + bit % 8 + " of byte " + bit / 8 + " of " + bytes.length;
            Answer found = doctor(directory);
            String kind = kind(name);
            if (isMeaningless(name, original.equals(killed))) {
                counts.merge(kind + " without meaning", 1, Integer::sum);
                assertEquals(0, found.exitCode, found::toString);
            } else if (found.exitCode == 0 && original.equals(killed) && isAsGood(name)) {
                counts.merge(kind + " as good as before", 1, Integer::sum);
                assertEquals(records, served(directory), what);
            } else if (!found.out.contains(file.getFileName().toString())) {
                silent.add(what + "\n" + found);
                counts.merge(kind + " silent", 1, Integer::sum);
            } else {
                Answer repaired = doctor(directory, "--repair");
                boolean whole =
                        repaired.exitCode == 0
                                && doctor(directory).exitCode == 0
                                && (!isTruth(name) || Arrays.equals(bytes, read(damaged)));
                counts.merge(kind + (whole ? " repaired" : " left"), 1, Integer::sum);
                if (!whole) {
                    left.add(what + "\n" + found + repaired);
                }
            }
            if (i % STARTS == 0) {
                assertEquals(records, served(directory), what);
            }
            LivedIn.copy(original, directory);
        }
        System.out.println(original.getFileName() + ": " + counts);
        assertEquals(List.of(), silent);
        assertEquals(List.of(), left);
    }

    private static Map<TopicPartition, List<String>> served(Path from) throws Exception {
        Broker broker = LivedIn.start(from);
        try {
            return LivedIn.read(broker);
        } finally {
            broker.stop();
        }
    }

    private static byte[] read(Path file) throws IOException {
        return Files.readAllBytes(file);
    }

    /// Whether a repair has to bring back the very bytes.
    private static boolean isTruth(String name) {
        return name.endsWith(".log")
                || name.endsWith(".checkpoint")
                || name.endsWith("partition.metadata")
                || name.equals("meta.properties")
                || name.endsWith(".txnindex");
    }

    /// Whether nobody reads the bytes.
    private static boolean isMeaningless(String name, boolean afterAKill) {
        return name.contains("-delete/") // deleted at the next start, unread
                || name.endsWith(".deleted") // as above
                || name.endsWith(".tmp") // was being written, and was not put into its place
                // counts only beside .kafka_cleanshutdown
                || (afterAKill && name.equals("millrace-closed-logs"));
    }

    /// After a kill: another offset of the log is as good as the one that was there, where it is between two batches of a log that was
    /// checked whole, or where only Kafka would read it.
    private static boolean isAsGood(String name) {
        return name.equals("recovery-point-offset-checkpoint")
                || name.equals("replication-offset-checkpoint");
    }

    private static String kind(String name) {
        String file = name.substring(name.lastIndexOf('/') + 1);
        String suffix = file.matches("\\d{20}.*") ? file.substring(file.lastIndexOf('.')) : file;
        return name.startsWith("__cluster_metadata") ? "metadata " + suffix : suffix;
    }

    private static Path byBytes(List<Path> files, Random random) throws IOException {
        long all = 0;
        for (Path file : files) {
            all += Files.size(file);
        }
        long at = random.nextLong(all);
        for (Path file : files) {
            at -= Files.size(file);
            if (at < 0) {
                return file;
            }
        }
        throw new IllegalStateException("no file");
    }
}
