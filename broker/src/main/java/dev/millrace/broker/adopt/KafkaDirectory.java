package dev.millrace.broker.adopt;

import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.io.IOException;
import java.io.Reader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One directory of a stopped Apache Kafka, kept from starting while this is open. Only read, but by [#surrender()].
///
/// Kafka's `.lock` is locked in shared mode: that needs no right to write, and keeps Kafka, which wants it alone, from starting.
final class KafkaDirectory implements AutoCloseable {
    static final String META = "meta.properties";

    /// The name of [#META] in an original whose folders are being moved away.
    static final String SURRENDERED = "meta.properties.adopted";

    private static final String CLEANER_POINTS = "cleaner-offset-checkpoint";
    private static final String LOCK = ".lock";

    /// `topic-7`; whatever else is a folder has another ending.
    private static final Pattern PARTITION = Pattern.compile("([a-zA-Z0-9._-]+)-(\\d+)");

    private final Path path;
    private final DiskStorage storage;
    private final @Nullable FileChannel lock;
    private final String clusterId;
    private final int nodeId;
    private final @Nullable Uuid id;
    private final boolean surrendered;
    private final boolean clean;
    private final Map<TopicPartition, String> folders = new TreeMap<>(AdoptPlan.BY_NAME);
    private final List<String> others = new ArrayList<>();

    private KafkaDirectory(
            Path path, DiskStorage storage, @Nullable FileChannel lock, Properties meta)
            throws IOException, AdoptRefused {
        this.path = path;
        this.storage = storage;
        this.lock = lock;
        this.clusterId = wanted(meta, "cluster.id");
        this.nodeId = Integer.parseInt(wanted(meta, "node.id"));
        String directoryId = meta.getProperty("directory.id");
        this.id = directoryId == null ? null : Uuid.fromString(directoryId);
        this.surrendered = !storage.exists(META);
        this.clean = storage.exists(LogCheckpoints.CLEAN_SHUTDOWN);
        for (String folder : storage.directories()) {
            var matcher = PARTITION.matcher(folder);
            if (folder.equals(StoppedQuorum.FOLDER)) {
                continue;
            }
            if (matcher.matches()) {
                folders.put(
                        new TopicPartition(matcher.group(1), Integer.parseInt(matcher.group(2))),
                        folder);
            } else if (!folder.equals("lost+found")) {
                others.add(folder);
            }
        }
    }

    /// Looks at a directory, and keeps Kafka from starting on it.
    static KafkaDirectory take(Path given) throws IOException, AdoptRefused {
        Path path = given.toAbsolutePath().normalize();
        if (!Files.isDirectory(path)) {
            throw AdoptRefused.because(path + " is not a directory.");
        }
        DiskStorage storage = DiskStorage.open(path);
        Properties meta = meta(path, storage);
        FileChannel lock = lock(path);
        try {
            return new KafkaDirectory(path, storage, lock, meta);
        } catch (IOException | AdoptRefused | RuntimeException e) {
            if (lock != null) {
                lock.close();
            }
            throw e;
        }
    }

    private static Properties meta(Path path, DiskStorage storage)
            throws IOException, AdoptRefused {
        for (String file : storage.files()) {
            if (file.startsWith("millrace-")) {
                throw AdoptRefused.because(
                        path
                                + " is a directory of Millrace already: `millrace up --data "
                                + path
                                + "` starts it.");
            }
        }
        String name = storage.exists(META) ? META : SURRENDERED;
        var meta = new Properties();
        try (Reader in = Files.newBufferedReader(path.resolve(name))) {
            meta.load(in);
        } catch (NoSuchFileException e) {
            throw AdoptRefused.because(
                    path
                            + " has no meta.properties: it is not a directory of Apache Kafka's log.dirs.");
        }
        if (!"1".equals(meta.getProperty("version"))) {
            throw AdoptRefused.because(
                    path
                            + " belongs to a Kafka that keeps its metadata in ZooKeeper: migrate it to KRaft with Kafka 3.9 first.");
        }
        return meta;
    }

    private static String wanted(Properties meta, String key) throws AdoptRefused {
        String value = meta.getProperty(key);
        if (value == null) {
            throw AdoptRefused.because("Its meta.properties has no " + key + ".");
        }
        return value;
    }

    /// Null where there is no `.lock`: no Kafka has ever run on this copy.
    private static @Nullable FileChannel lock(Path path) throws IOException, AdoptRefused {
        if (!Files.exists(path.resolve(LOCK))) {
            return null;
        }
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.READ);
        FileLock lock = null;
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, true);
        } catch (OverlappingFileLockException ourOwn) {
            // Given twice, or a broker in this process: refused as any other.
        }
        if (lock == null) {
            channel.close();
            throw AdoptRefused.because(
                    "A broker runs on " + path + " (its .lock is held): stop it first.");
        }
        return channel;
    }

    Path path() {
        return path;
    }

    DiskStorage storage() {
        return storage;
    }

    String clusterId() {
        return clusterId;
    }

    int nodeId() {
        return nodeId;
    }

    /// Null in directories from before they had one.
    @Nullable Uuid id() {
        return id;
    }

    /// Every log was closed when Kafka stopped.
    boolean clean() {
        return clean;
    }

    /// A move out of it has begun.
    boolean surrendered() {
        return surrendered;
    }

    /// The partitions here, and the names of their folders.
    Map<TopicPartition, String> folders() {
        return folders;
    }

    /// Folders that are no partition's, or not any more.
    List<String> others() {
        return others;
    }

    boolean hasMetadata() throws IOException {
        return storage.directories().contains(StoppedQuorum.FOLDER);
    }

    /// What a checkpoint of Kafka's says; empty when there is none.
    Map<TopicPartition, Long> checkpoint(String name) throws IOException {
        return storage.size(name) == 0 ? Map.of() : LogCheckpoints.read(storage, name);
    }

    Map<TopicPartition, Long> cleanedTo() throws IOException {
        return checkpoint(CLEANER_POINTS);
    }

    static String cleanerPoints() {
        return CLEANER_POINTS;
    }

    /// From here on Kafka does not start on what is left: it would make empty folders in place of those that are gone.
    void surrender() throws IOException {
        if (!surrendered) {
            storage.publish(META, SURRENDERED);
        }
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}
