package dev.millrace.engine.replica;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the partitions' logs lie: which directory holds which, and what is known of each from the last run.
///
/// A topic's deletion survives a crash at any step: the folder is renamed to `<name>.<random>-delete` before anything in it is
/// removed, and folders so named are removed at the next start. A folder whose `partition.metadata` names another topic id
/// belongs to an earlier topic of the same name, and is put aside the same way (R13).
///
/// **Owner.** `Replicas`, in its turn; `checkpoint` and `remove` run on workers and touch only the disk.
public final class LogDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirectories.class);
    private static final String DELETED = "-delete";
    private static final String PARTITION_METADATA = "partition.metadata";

    /// Where one partition lies.
    record Place(LogDirectory directory, TopicPartition name) {
        String folder() {
            return name.topic() + "-" + name.partition();
        }

        @Override
        public String toString() {
            return directory.path() + "/" + folder();
        }
    }

    /// What one directory was when this run began.
    private record Found(
            LogDirectory directory,
            boolean clean,
            Map<TopicPartition, Long> recoveryPoints,
            Map<TopicPartition, Long> logStarts,
            Set<String> folders) {}

    private final List<Found> found = new ArrayList<>();
    private final Env env;

    /// Looks at the directories, and takes their marks of a clean stop away.
    ///
    /// @throws IOException when one cannot be read
    public LogDirectories(List<LogDirectory> directories, Env env) throws IOException {
        this.env = env;
        for (LogDirectory directory : directories) {
            Storage storage = directory.storage();
            Set<String> folders = new TreeSet<>();
            for (String folder : storage.directories()) {
                if (folder.endsWith(DELETED)) {
                    storage.deleteDirectory(folder);
                } else {
                    folders.add(folder);
                }
            }
            found.add(
                    new Found(
                            directory,
                            LogCheckpoints.takeCleanShutdown(storage),
                            new TreeMap<>(BY_NAME),
                            new TreeMap<>(BY_NAME),
                            folders));
            Found last = found.getLast();
            last.recoveryPoints.putAll(
                    LogCheckpoints.read(storage, LogCheckpoints.RECOVERY_POINTS));
            last.logStarts.putAll(LogCheckpoints.read(storage, LogCheckpoints.LOG_STARTS));
        }
    }

    /// (Not made with `Comparator.comparing`: its serializable lambdas do not fit into a start-up cache.)
    static final Comparator<TopicPartition> BY_NAME = LogDirectories::compare;

    private static int compare(TopicPartition a, TopicPartition b) {
        int byTopic = a.topic().compareTo(b.topic());
        return byTopic != 0 ? byTopic : Integer.compare(a.partition(), b.partition());
    }

    public Collection<LogDirectory> all() {
        return found.stream().map(Found::directory).toList();
    }

    /// Finds or makes the folder of a partition: where it lies already, else in the directory that the quorum assigned, else
    /// where the fewest are.
    Place place(TopicPartition name, Uuid topicId, Uuid assigned) throws IOException {
        String folder = name.topic() + "-" + name.partition();
        for (Found each : found) {
            if (each.folders.contains(folder)) {
                var place = new Place(each.directory, name);
                if (belongs(place, topicId)) {
                    return place;
                }
                LOG.info("{} belonged to an earlier topic of that name: removed", place);
                remove(place, retire(place));
            }
        }
        Found chosen =
                found.stream()
                        .filter(each -> each.directory.id().equals(assigned))
                        .findFirst()
                        .orElseGet(() ->
                                found.stream()
                                        .min(Comparator.comparingInt(f -> f.folders.size()))
                                        .orElseThrow());
        chosen.folders.add(folder);
        var place = new Place(chosen.directory, name);
        Storage storage = chosen.directory.storage().directory(folder);
        storage.writeAtomically(
                PARTITION_METADATA,
                ByteBuffer.wrap(
                        "version: 0\ntopic_id: %s\n"
                                .formatted(topicId)
                                .getBytes(StandardCharsets.UTF_8)));
        chosen.directory.storage().syncDirectory();
        return place;
    }

    private static boolean belongs(Place place, Uuid topicId) throws IOException {
        byte[] text =
                place.directory.storage().directory(place.folder()).readAll(PARTITION_METADATA);
        return text == null
                || new String(text, StandardCharsets.UTF_8).contains("topic_id: " + topicId);
    }

    Log open(Place place, Env env, LogSettings settings) throws IOException {
        Found from = of(place.directory);
        OpenMode mode =
                from.clean
                        ? OpenMode.CLEAN
                        : OpenMode.recover(from.recoveryPoints.getOrDefault(place.name, 0L));
        return Log.open(
                env,
                place.directory.storage().directory(place.folder()),
                place.name,
                settings,
                mode.withLogStart(from.logStarts.getOrDefault(place.name, 0L)));
    }

    private Found of(LogDirectory directory) {
        return found.stream().filter(f -> f.directory.equals(directory)).findFirst().orElseThrow();
    }

    /// Puts a folder aside, for [#remove]; returns its new name.
    String retire(Place place) throws IOException {
        // Kafka's shape of the name, cut so that it stays a valid file name.
        String suffix = "." + env.entropy().uuid().toString().replace("-", "_") + DELETED;
        String folder = place.folder();
        String renamed =
                folder.substring(0, Math.min(folder.length(), 255 - suffix.length())) + suffix;
        Storage storage = place.directory.storage();
        storage.renameDirectory(folder, renamed);
        storage.syncDirectory();
        of(place.directory).folders.remove(folder);
        of(place.directory).recoveryPoints.remove(place.name);
        of(place.directory).logStarts.remove(place.name);
        return renamed;
    }

    void remove(Place place, String renamed) {
        try {
            place.directory.storage().deleteDirectory(renamed);
        } catch (IOException e) {
            LOG.warn("{}/{} cannot be deleted: {}", place.directory.path(), renamed, e.toString());
        }
    }

    /// Writes the checkpoints of one directory, if they changed.
    void checkpoint(LogDirectory directory, List<Partition> partitions) {
        Map<TopicPartition, Long> recovery = new TreeMap<>(BY_NAME);
        Map<TopicPartition, Long> starts = new TreeMap<>(BY_NAME);
        Map<TopicPartition, Long> watermarks = new TreeMap<>(BY_NAME);
        for (Partition partition : partitions) {
            partition.reportTo(recovery, starts, watermarks);
        }
        try {
            LogCheckpoints.write(directory.storage(), LogCheckpoints.RECOVERY_POINTS, recovery);
            LogCheckpoints.write(directory.storage(), LogCheckpoints.LOG_STARTS, starts);
            LogCheckpoints.write(directory.storage(), LogCheckpoints.HIGH_WATERMARKS, watermarks);
        } catch (IOException e) {
            LOG.warn("checkpoints of {} cannot be written: {}", directory.path(), e.toString());
        }
    }

    /// A question about a disk.
    interface Figure {
        long of(Storage storage) throws IOException;
    }

    /// The answer, or -1 when the disk does not give one.
    static long ask(LogDirectory directory, Figure figure) {
        try {
            return figure.of(directory.storage());
        } catch (IOException e) {
            LOG.warn("{}: {}", directory.path(), e.toString());
            return -1;
        }
    }

    void markClean() {
        for (Found each : found) {
            try {
                LogCheckpoints.markCleanShutdown(each.directory.storage());
            } catch (IOException e) {
                LOG.warn("{}: {}", each.directory.path(), e.toString());
            }
        }
    }
}
