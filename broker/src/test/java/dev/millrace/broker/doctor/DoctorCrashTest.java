package dev.millrace.broker.doctor;

import static dev.millrace.broker.doctor.DoctorFlipsTest.doctor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.doctor.DoctorFlipsTest.Answer;
import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.doctor.DataDir;
import dev.millrace.engine.doctor.Doctor;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A repair that stops between any two steps on the disk: nothing is worse than before, and the next repair goes on.
@Timeout(300)
final class DoctorCrashTest {
    @TempDir Path folder;

    /// The process is gone.
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /// Counts what changes the disk, and stops at one of them: what an append has written by then is half of it.
    private static final class StoppingStorage implements Storage {
        private final Storage disk;
        private final int[] left;

        StoppingStorage(Storage disk, int[] left) {
            this.disk = disk;
            this.left = left;
        }

        private void step() {
            if (left[0]-- <= 0) {
                throw new Stopped();
            }
        }

        @Override
        public List<String> files() throws IOException {
            return disk.files();
        }

        @Override
        public List<String> directories() throws IOException {
            return disk.directories();
        }

        @Override
        public Storage directory(String name) throws IOException {
            return new StoppingStorage(disk.directory(name), left);
        }

        @Override
        public StoredFile open(String name) throws IOException {
            if (!disk.exists(name)) {
                step();
            }
            StoredFile file = disk.open(name);
            return new StoredFile() {
                @Override
                public String name() {
                    return file.name();
                }

                @Override
                public long size() {
                    return file.size();
                }

                @Override
                public void append(ByteBuffer bytes) throws IOException {
                    if (left[0] <= 0) {
                        file.append(bytes.slice(bytes.position(), bytes.remaining() / 2));
                    }
                    step();
                    file.append(bytes);
                }

                @Override
                public int read(long position, ByteBuffer into) throws IOException {
                    return file.read(position, into);
                }

                @Override
                public void truncate(long size) throws IOException {
                    step();
                    file.truncate(size);
                }

                @Override
                public void sync() throws IOException {
                    step();
                    file.sync();
                }

                @Override
                public void close() throws IOException {
                    file.close();
                }
            };
        }

        @Override
        public void rename(String from, String to) throws IOException {
            step();
            disk.rename(from, to);
        }

        @Override
        public void delete(String name) throws IOException {
            step();
            disk.delete(name);
        }

        @Override
        public void renameDirectory(String from, String to) throws IOException {
            step();
            disk.renameDirectory(from, to);
        }

        @Override
        public void deleteDirectory(String name) throws IOException {
            step();
            disk.deleteDirectory(name);
        }

        @Override
        public void syncDirectory() throws IOException {
            disk.syncDirectory();
        }

        @Override
        public long usableBytes() throws IOException {
            return disk.usableBytes();
        }
    }

    private static void damage(Path directory, String file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(directory.resolve(file));
        bytes[at < 0 ? bytes.length + at : at] ^= 4;
        Files.write(directory.resolve(file), bytes);
    }

    @Test
    void goesOnWhereItWasStopped() throws Exception {
        Path clean = folder.resolve("clean");
        LivedIn.make(clean, folder.resolve("killed"));
        List<String> truths =
                List.of(
                        "none-0/00000000000000000000.log",
                        "transactions-0/00000000000000000000.log",
                        "zstd-0/partition.metadata");
        Path damaged = folder.resolve("damaged");
        LivedIn.copy(clean, damaged);
        damage(damaged, truths.get(0), 700);
        damage(damaged, truths.get(0), -90);
        damage(damaged, truths.get(1), 300);
        damage(damaged, truths.get(2), 30);
        damage(damaged, "none-0/00000000000000000000.index", 3);
        damage(damaged, "transactions-0/00000000000000000000.txnindex", 3);
        damage(damaged, "recovery-point-offset-checkpoint", 5);
        damage(damaged, "meta.properties", 20);
        Path directory = folder.resolve("stopped");
        int stops = 0;
        for (boolean stopped = true; stopped; stops++) {
            LivedIn.copy(damaged, directory);
            stopped = repairUntil(directory, stops);
            Answer rest = doctor(directory, "--repair");
            int at = stops;
            assertEquals(0, rest.exitCode(), () -> "stopped at step " + at + ": " + rest);
            for (String truth : truths) {
                assertArrayEquals(
                        Files.readAllBytes(clean.resolve(truth)),
                        Files.readAllBytes(directory.resolve(truth)),
                        "stopped at step " + at + ": " + truth);
            }
        }
        assertTrue(stops > 30, "it has " + stops + " steps");
    }

    /// @return whether it was stopped before the end
    private static boolean repairUntil(Path directory, int step) throws IOException {
        var storage = new StoppingStorage(DiskStorage.open(directory), new int[] {step});
        var doctor =
                new Doctor(
                        List.of(new DataDir("", storage)), new DoctorProgress(System.err, false));
        try {
            doctor.mend(doctor.examine(), false, (_, _, _) -> {});
            return false;
        } catch (Stopped stopped) {
            return true;
        }
    }
}
