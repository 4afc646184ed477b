package dev.millrace.broker;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One folder of `log.dirs`, taken for this process alone. Holds what Kafka keeps there: `.lock`, which is locked while a broker
/// runs, and `meta.properties`, which says whose the folder is:
/// ```
/// version=1
/// cluster.id=4L6g3nShT-eMCtK--X86sw
/// node.id=1
/// directory.id=sAbBEqYTxSm5NTCvCWyLog
/// ```
/// **Owner.** The thread that starts and stops the broker.
final class DataDirectory implements AutoCloseable {
    private static final String LOCK = ".lock";
    private static final String META = "meta.properties";

    private final Path path;
    private final FileChannel lockFile;

    private DataDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /// What `meta.properties` says.
    record Identity(String clusterId, int nodeId, Uuid directoryId) {}

    /// Takes the folder, created when missing.
    static DataDirectory take(Path path) throws StartFailed {
        FileChannel lockFile = null;
        try {
            Files.createDirectories(path);
            lockFile =
                    FileChannel.open(
                            path.resolve(LOCK),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            FileLock lock = tryLock(lockFile);
            if (lock == null) {
                lockFile.close();
                throw new StartFailed(
                        "The data directory "
                                + path.toAbsolutePath().normalize()
                                + " is in use by another broker; stop it, or choose another with --data DIR.");
            }
            return new DataDirectory(path, lockFile);
        } catch (IOException e) {
            closeQuietly(lockFile);
            throw new StartFailed(
                    "Cannot use the data directory "
                            + path.toAbsolutePath().normalize()
                            + ": "
                            + reason(e)
                            + ".",
                    e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // another broker of this very process
        }
    }

    private static void closeQuietly(@Nullable FileChannel file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            // it was only being opened
        }
    }

    static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.AccessDeniedException denied ->
                    "no permission for " + denied.getFile();
            case java.nio.file.FileAlreadyExistsException file ->
                    file.getFile() + " is not a folder";
            default -> String.valueOf(e.getMessage());
        };
    }

    Path path() {
        return path;
    }

    /// Whose the folder is; null when it has not been used yet.
    @Nullable Identity identity() throws StartFailed {
        Path file = path.resolve(META);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            var properties = new Properties();
            properties.load(new ByteArrayInputStream(Files.readAllBytes(file)));
            return new Identity(
                    wanted(properties, "cluster.id"),
                    Integer.parseInt(wanted(properties, "node.id")),
                    Uuid.fromString(wanted(properties, "directory.id")));
        } catch (IOException | IllegalArgumentException e) {
            throw new StartFailed("Cannot understand " + file + ": " + e.getMessage() + ".", e);
        }
    }

    private static String wanted(Properties properties, String key) {
        String value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value;
    }

    /// Writes whose the folder is, so that a crash leaves no half of it.
    void format(Identity identity) throws StartFailed {
        String text =
                "version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n"
                        .formatted(identity.clusterId(), identity.nodeId(), identity.directoryId());
        Path temporary = path.resolve(META + ".tmp");
        try {
            Files.write(temporary, text.getBytes(StandardCharsets.UTF_8));
            sync(temporary);
            Files.move(temporary, path.resolve(META), StandardCopyOption.ATOMIC_MOVE);
            sync(path);
        } catch (IOException e) {
            throw new StartFailed("Cannot write " + path.resolve(META) + ": " + reason(e) + ".", e);
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Gives the folder back.
    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
