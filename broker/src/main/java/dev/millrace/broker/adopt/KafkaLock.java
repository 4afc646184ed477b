package dev.millrace.broker.adopt;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// The `.lock` in a directory of Kafka's, locked in shared mode: that needs no right to write, and keeps Kafka, which wants it alone, from
/// starting. Kafka deletes the file when it stops in good order; then one is made, and goes at the end.
///
/// @param made the file that was not there; null when it was
record KafkaLock(FileChannel channel, @Nullable Path made) implements AutoCloseable {
    private static final String FILE = ".lock";

    /// Null where there is none, and none can be made.
    static @Nullable KafkaLock take(Path directory) throws IOException, AdoptRefused {
        Path file = directory.resolve(FILE);
        if (Files.exists(file)) {
            return locked(FileChannel.open(file, StandardOpenOption.READ), directory, null);
        }
        if (!Files.isWritable(directory)) {
            return null;
        }
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        return locked(channel, directory, file);
    }

    private static KafkaLock locked(FileChannel channel, Path directory, @Nullable Path made)
            throws IOException, AdoptRefused {
        FileLock lock = null;
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, true);
        } catch (OverlappingFileLockException ourOwn) {
            // Given twice, or a broker in this process: refused as any other.
        }
        if (lock == null) {
            channel.close();
            throw AdoptRefused.because(
                    "A broker runs on " + directory + " (its .lock is held): stop it first.");
        }
        return new KafkaLock(channel, made);
    }

    /// Kafka may start again.
    @Override
    public void close() throws IOException {
        if (made != null) {
            Files.deleteIfExists(made);
        }
        channel.close();
    }
}
