package dev.millrace.broker.adopt;

import dev.millrace.broker.DataDirectory;
import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One directory of a stopped Apache Kafka, kept from starting while this is open ([KafkaLock]). Only read, but by [#surrender()].
final class KafkaDirectory implements AutoCloseable {
    static final String META = "meta.properties";

    /// The name of [#META] in an original whose folders are being moved away.

    private static final String CLEANER_POINTS = "cleaner-offset-checkpoint";

    private static final List<String> CHECKPOINTS =
            List.of(
                    LogCheckpoints.RECOVERY_POINTS,
                    LogCheckpoints.LOG_STARTS,
                    LogCheckpoints.HIGH_WATERMARKS,
                    CLEANER_POINTS);

    /// `topic-7`; whatever else is a folder has another ending.
    private static final Pattern PARTITION = Pattern.compile("([a-zA-Z0-9._-]+)-(\\d+)");

    private final Path path;
    private final DiskStorage storage;
    private final @Nullable KafkaLock lock;
    private final Stopped stopped;
    private final String clusterId;
    private final int nodeId;
    private final @Nullable Uuid id;
    private final boolean surrendered;
    private final boolean clean;
    private final Map<TopicPartition, String> folders = new TreeMap<>(AdoptPlan.BY_NAME);
    private final List<String> others = new ArrayList<>();
    private @Nullable Set<TopicPartition> known;

    private KafkaDirectory(
            Path path, DiskStorage storage, @Nullable KafkaLock lock, Properties meta)
            throws IOException, AdoptRefused {
        this.path = path;
        this.storage = storage;
        this.lock = lock;
        this.stopped = Stopped.of(storage);
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
        KafkaLock lock = KafkaLock.take(path);
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
        String name = storage.exists(META) ? META : DataDirectory.ADOPTED;
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

    /// Whether a checkpoint of Kafka's names that partition.
    boolean knows(TopicPartition name) throws IOException {
        if (known == null) {
            known = new HashSet<>();
            for (String file : CHECKPOINTS) {
                known.addAll(checkpoint(file).keySet());
            }
        }
        return known.contains(name);
    }

    /// Whether a Kafka has run on it since it was taken, as it can where no lock could be had.
    boolean hasChanged() throws IOException {
        return !stopped.equals(Stopped.of(storage));
    }

    /// What a Kafka changes when it starts.
    ///
    /// @param clean what `.kafka_cleanshutdown` says
    private record Stopped(String clean, long metadataBytes) {
        static Stopped of(DiskStorage storage) throws IOException {
            byte[] clean = storage.readAll(LogCheckpoints.CLEAN_SHUTDOWN);
            Path metadata = storage.path().resolve(StoppedQuorum.FOLDER);
            return new Stopped(
                    clean == null ? "" : new String(clean, StandardCharsets.UTF_8),
                    Files.isDirectory(metadata) ? LogFolder.bytes(metadata) : 0);
        }
    }

    /// From here on Kafka does not start on what is left: it would make empty folders in place of those that are gone.
    void surrender() throws IOException {
        if (!surrendered) {
            storage.publish(META, DataDirectory.ADOPTED);
        }
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}
