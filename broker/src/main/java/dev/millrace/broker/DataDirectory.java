package dev.millrace.broker;

import dev.millrace.broker.storage.DirectoryInUse;
import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.PartitionMetadata;
import dev.millrace.engine.quorum.QuorumFormat;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
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
/// and a comment with its checksum, for the doctor ([dev.millrace.engine.doctor.Identity]).
/// **Owner.** The thread that starts and stops the broker.
public final class DataDirectory implements AutoCloseable {
    private static final String META = "meta.properties";

    /// The file that is here while `millrace adopt` has not finished (docs/adopt.md).
    public static final String ADOPTING = "millrace-adopting";

    /// What `millrace adopt --move` leaves of Kafka's `meta.properties`.
    public static final String ADOPTED = "meta.properties.adopted";

    /// What only the formatting of Kafka 4.3 and before writes, and what `millrace adopt` leaves behind.
    private static final String KAFKAS = "bootstrap.checkpoint";

    /// What files that only Millrace writes begin with.
    private static final String OURS = "millrace-";

    /// What formatting leaves of the metadata log, at most.
    private static final Set<String> FORMATTED =
            Set.of("00000000000000000000-0000000000.checkpoint");

    private static final Pattern PARTITION = Pattern.compile(".+-\\d+");

    private final DiskStorage storage;
    private final AutoCloseable lock;

    private DataDirectory(DiskStorage storage, AutoCloseable lock) {
        this.storage = storage;
        this.lock = lock;
    }

    /// What `meta.properties` says.
    public record Identity(String clusterId, int nodeId, Uuid directoryId) {}

    /// Takes the folder, created when missing.
    public static DataDirectory take(Path path) throws StartFailed {
        try {
            return takeIfServed(path);
        } catch (IOException e) {
            throw cannotUse(e);
        }
    }

    /// As [#take].
    ///
    /// @throws IOException when its disk does not serve
    static DataDirectory takeIfServed(Path path) throws StartFailed, IOException {
        DiskStorage storage = DiskStorage.open(path.normalize());
        AutoCloseable lock;
        try {
            lock = storage.lock();
        } catch (DirectoryInUse e) {
            throw cannotUse(e);
        }
        var directory = new DataDirectory(storage, lock);
        try {
            storage.readAll(META);
        } catch (IOException e) {
            directory.close();
            throw e;
        }
        return directory;
    }

    private static StartFailed cannotUse(IOException e) {
        return new StartFailed(
                "Cannot use the data directory: " + reason(e) + "; choose another with --data DIR.",
                e);
    }

    /// What went wrong, in words; Java's own messages of these are a bare path.
    static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "no permission for " + denied.getFile();
            case NoSuchFileException missing ->
                    missing.getFile() + " is not there and cannot be made";
            case FileAlreadyExistsException file -> file.getFile() + " is not a folder";
            default -> String.valueOf(e.getMessage());
        };
    }

    public DiskStorage storage() {
        return storage;
    }

    /// Whose the folder is; null when it has not been used yet.
    @Nullable Identity identity() throws StartFailed {
        if (storage.exists(ADOPTING)) {
            throw new StartFailed(
                    "The adoption of a Kafka into %s was cut short: run `millrace adopt` again as it was run."
                            .formatted(storage.path()));
        }
        if (storage.exists(ADOPTED)) {
            throw new StartFailed(
                    "%s is what `millrace adopt --move` has left of a Kafka: start from the directory that it was taken over into, and remove this one."
                            .formatted(storage.path()));
        }
        if (isKafkas()) {
            throw new StartFailed(
                    "%s is Apache Kafka's own: run `millrace adopt %s --data DIR`, which leaves it as it is, and start from DIR."
                            .formatted(storage.path(), storage.path()));
        }
        try {
            byte[] text = storage.readAll(META);
            return text == null ? null : parse(text);
        } catch (IOException | IllegalArgumentException e) {
            throw new StartFailed(
                    "Cannot understand "
                            + storage.path().resolve(META)
                            + ": "
                            + e.getMessage()
                            + ".",
                    e);
        }
    }

    /// A directory that was formatted by Kafka's tool, and not used since, is as good as one of ours: what it names to begin with is
    /// kept, under a name that Kafka does not start with. One that is used is Kafka's, unless there is a mark of ours ([#mark]).
    private boolean isKafkas() throws StartFailed {
        try {
            if (!storage.exists(KAFKAS)) {
                return !isMarked() && isUsed();
            }
            if (isUsed()) {
                return true;
            }
            storage.publish(KAFKAS, QuorumFormat.BEGINNING);
            return false;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /// Whose it is was written by us, or not at all; or it is of an earlier build, known by a file that nobody else writes, or by the
    /// metadata log: in Kafka's there is a file with the topic's id.
    private boolean isMarked() throws StartFailed, IOException {
        byte[] text = storage.readAll(META);
        return text == null
                || dev.millrace.engine.doctor.Identity.isOurs(text)
                || storage.files().stream().anyMatch(name -> name.startsWith(OURS))
                || (holdsMetadata()
                        && !storage.directory(StoppedQuorum.FOLDER).exists(PartitionMetadata.FILE));
    }

    private boolean isUsed() throws StartFailed, IOException {
        return hasServed()
                || (holdsMetadata()
                        && !FORMATTED.containsAll(storage.directory(StoppedQuorum.FOLDER).files()));
    }

    private StartFailed unreadable(IOException e) {
        return new StartFailed("Cannot look at " + storage.path() + ": " + reason(e) + ".", e);
    }

    /// Whether the metadata log lies here.
    boolean holdsMetadata() throws StartFailed {
        try {
            return Files.isDirectory(storage.path().resolve(StoppedQuorum.FOLDER))
                    && !storage.directory(StoppedQuorum.FOLDER).files().isEmpty();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /// Whether a broker has run on it: partitions are here, or what is written beside them.
    boolean hasServed() throws StartFailed {
        try {
            return storage.exists(LogCheckpoints.RECOVERY_POINTS)
                    || storage.directories().stream()
                            .anyMatch(folder ->
                                    !folder.equals(StoppedQuorum.FOLDER)
                                            && PARTITION.matcher(folder).matches());
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static Identity parse(byte[] text) throws IOException {
        var properties = new Properties();
        properties.load(new ByteArrayInputStream(text));
        return new Identity(
                wanted(properties, "cluster.id"),
                Integer.parseInt(wanted(properties, "node.id")),
                Uuid.fromString(wanted(properties, "directory.id")));
    }

    private static String wanted(Properties properties, String key) {
        String value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value;
    }

    /// Leaves a mark of ours in one that Kafka's tool has formatted, before it is used: by what is in it later, it could be Kafka's own.
    void mark(Identity identity) throws StartFailed {
        try {
            byte[] text = storage.readAll(META);
            if (text == null || !dev.millrace.engine.doctor.Identity.isOurs(text)) {
                format(identity);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /// Writes whose the folder is, so that a crash leaves no half of it.
    public void format(Identity identity) throws StartFailed {
        byte[] text =
                dev.millrace.engine.doctor.Identity.encode(
                        identity.clusterId(), identity.nodeId(), identity.directoryId());
        try {
            storage.writeAtomically(META, ByteBuffer.wrap(text));
        } catch (IOException e) {
            throw new StartFailed(
                    "Cannot write " + storage.path().resolve(META) + ": " + reason(e) + ".", e);
        }
    }

    /// Gives the folder back.
    @Override
    public void close() throws IOException {
        try {
            lock.close();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot give back " + storage.path(), e);
        }
    }
}
