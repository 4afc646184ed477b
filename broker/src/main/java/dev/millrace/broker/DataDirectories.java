package dev.millrace.broker;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.quorum.StoppedQuorum;
import dev.millrace.engine.replica.LogDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All folders that this broker writes to, taken together: they belong to one node of one cluster, or the start is refused. New ones
/// are formatted. A node goes without one of `log.dirs` whose disk does not serve, as Kafka's does, unless it is the last one, or holds the
/// metadata log.
///
/// **Owner.** The thread that starts and stops the broker.
final class DataDirectories implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectories.class);

    private final Map<Path, DataDirectory> taken = new LinkedHashMap<>();
    private final Map<Path, LogDirectory> byPath = new LinkedHashMap<>();
    private final BrokerConfig config;
    private String clusterId = "";

    private DataDirectories(BrokerConfig config) {
        this.config = config;
    }

    /// Which cluster a node belongs to whose directories are all new.
    @FunctionalInterface
    interface NewClusterId {
        String get() throws StartFailed, IOException;
    }

    /// @param memory where everything is kept in memory; null for on disk
    static DataDirectories take(
            BrokerConfig config,
            @Nullable MemoryDirectories memory,
            Entropy entropy,
            NewClusterId newClusterId)
            throws StartFailed, IOException {
        var directories = new DataDirectories(config);
        boolean all = false;
        try {
            if (memory != null) {
                directories.inMemory(memory, entropy, newClusterId);
            } else {
                directories.onDisk(entropy, newClusterId);
            }
            all = true;
            return directories;
        } finally {
            if (!all) {
                directories.close();
            }
        }
    }

    /// All of them, each once.
    static List<Path> paths(BrokerConfig config) {
        var paths = new ArrayList<>(config.logDirs());
        if (!paths.contains(config.metadataDir())) {
            paths.add(config.metadataDir());
        }
        return paths;
    }

    private void inMemory(MemoryDirectories memory, Entropy entropy, NewClusterId newClusterId)
            throws StartFailed, IOException {
        clusterId = memory.clusterId(newClusterId);
        for (Path path : paths(config)) {
            byPath.put(path, memory.directory(path, entropy));
        }
    }

    private void onDisk(Entropy entropy, NewClusterId newClusterId)
            throws StartFailed, IOException {
        var identities = new LinkedHashMap<Path, DataDirectory.@Nullable Identity>();
        for (Path path : paths(config)) {
            DataDirectory directory = takeIfServed(path);
            if (directory == null) {
                continue;
            }
            taken.put(path, directory);
            var identity = directory.identity();
            identities.put(path, identity);
            if (identity != null) {
                belongsHere(path, identity);
            }
        }
        if (config.logDirs().stream().noneMatch(identities::containsKey)) {
            throw new StartFailed(
                    "log.dirs: none of the directories can be used; why is said above. Put one right, or choose another.");
        }
        boolean known = !clusterId.isEmpty();
        if (known) {
            metadataIsWhereItWas();
        } else {
            clusterId = newClusterId.get();
        }
        boolean alone = config.quorum().isAlone();
        if (known && config.roles().controller() && alone && isNew(identities)) {
            throw new StartFailed(
                    "metadata.log.dir = %s: it is new, but other directories of this node belong to the cluster %s, whose only metadata log would be lost."
                            .formatted(config.metadataDir(), clusterId));
        }
        // First of all: the others without this one would be taken for the loss of it, and a start
        // that is cut short could not be repeated.
        Path metadata = config.metadataDir();
        identities.put(metadata, formatted(metadata, identities.get(metadata), entropy));
        for (var entry : identities.entrySet()) {
            Path path = entry.getKey();
            var storage = Objects.requireNonNull(taken.get(path)).storage();
            Uuid id = formatted(path, entry.getValue(), entropy).directoryId();
            byPath.put(path, new LogDirectory(id, storage.path().toString(), storage));
        }
    }

    /// @return null for one that the node can do without
    private @Nullable DataDirectory takeIfServed(Path path) throws StartFailed {
        boolean needed = config.logDirs().size() == 1 || path.equals(config.metadataDir());
        if (needed) {
            return DataDirectory.take(path);
        }
        try {
            return DataDirectory.takeIfServed(path);
        } catch (IOException e) {
            LOG.error(
                    "log.dirs: {} cannot be used: {}. The broker goes on without it; what is in it is offline, or fetched from other"
                            + " brokers that have it. Put the disk right and start the broker again",
                    path,
                    DataDirectory.reason(e));
            return null;
        }
    }

    /// With another directory of this node as that of the metadata log, a new log would begin beside the topics of the old one: a new
    /// cluster, of which each of them is a stray; or, among several voters, a voter that has forgotten whom it voted for.
    private void metadataIsWhereItWas() throws StartFailed {
        Path metadata = config.metadataDir();
        DataDirectory home = Objects.requireNonNull(taken.get(metadata));
        boolean here = home.holdsMetadata();
        for (var other : taken.entrySet()) {
            if (!other.getKey().equals(metadata) && other.getValue().holdsMetadata()) {
                throw new StartFailed(
                        here
                                ? "%s and %s both hold a metadata log (%s): move away the one that is not this node's."
                                        .formatted(metadata, other.getKey(), StoppedQuorum.FOLDER)
                                : "metadata.log.dir = %s: the metadata log of this node is in %2$s; start with metadata.log.dir=%2$s, or with %2$s first in log.dirs."
                                        .formatted(metadata, other.getKey()));
            }
        }
        if (!here && hasVoted(home)) {
            throw new StartFailed(
                    "metadata.log.dir = %s: the node has served, and its metadata log (%s) is not here; start with the directory that holds it as metadata.log.dir, or first in log.dirs.%s"
                            .formatted(
                                    metadata,
                                    StoppedQuorum.FOLDER,
                                    config.quorum().isAlone()
                                            ? ""
                                            : " Where it is lost, move away all that is in this one: other nodes have it."));
        }
    }

    /// Whether a fixed voter, or a lone one, has run before. One of several may have lost the disk of its metadata log: a directory that
    /// is new says so. A voter that is kept in the metadata log comes back as another one.
    private boolean hasVoted(DataDirectory home) throws StartFailed {
        boolean alone = config.quorum().isAlone();
        if (!config.roles().controller() || (!alone && config.quorum().fixed().isEmpty())) {
            return false;
        }
        for (DataDirectory each : alone ? taken.values() : List.of(home)) {
            if (each.hasServed()) {
                return true;
            }
        }
        return false;
    }

    private boolean isNew(Map<Path, DataDirectory.@Nullable Identity> identities) {
        return identities.get(config.metadataDir()) == null;
    }

    private DataDirectory.Identity formatted(
            Path path, DataDirectory.@Nullable Identity found, Entropy entropy) throws StartFailed {
        if (found != null) {
            Objects.requireNonNull(taken.get(path)).mark(found);
            return found;
        }
        var identity = new DataDirectory.Identity(clusterId, config.nodeId(), entropy.uuid());
        Objects.requireNonNull(taken.get(path)).format(identity);
        return identity;
    }

    private void belongsHere(Path path, DataDirectory.Identity found) throws StartFailed {
        if (found.nodeId() != config.nodeId()) {
            throw new StartFailed(
                    "node.id = %d: the data directory %s belongs to node %d."
                            .formatted(config.nodeId(), path, found.nodeId()));
        }
        if (!clusterId.isEmpty() && !clusterId.equals(found.clusterId())) {
            throw new StartFailed(
                    "log.dirs: %s belongs to the cluster %s, the others to %s."
                            .formatted(path, found.clusterId(), clusterId));
        }
        clusterId = found.clusterId();
    }

    String clusterId() {
        return clusterId;
    }

    /// Those for the partitions that can be used, in the order of `log.dirs`.
    List<LogDirectory> logs() {
        return config.logDirs().stream()
                .filter(byPath::containsKey)
                .map(path -> Objects.requireNonNull(byPath.get(path)))
                .toList();
    }

    /// Absolute paths of those of `log.dirs` that cannot be used.
    List<String> unusable() {
        return config.logDirs().stream()
                .filter(path -> !byPath.containsKey(path))
                .map(path -> path.normalize().toAbsolutePath().toString())
                .toList();
    }

    /// Paths of all that can be used.
    List<Path> inUse() {
        return List.copyOf(byPath.keySet());
    }

    /// The one for the metadata log; may be one of [#logs()].
    LogDirectory metadata() {
        return Objects.requireNonNull(byPath.get(config.metadataDir()));
    }

    /// Gives them back.
    @Override
    public void close() throws IOException {
        for (DataDirectory directory : taken.values()) {
            directory.close();
        }
    }
}
