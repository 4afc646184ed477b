package dev.millrace.engine.replica;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogRest;
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
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the partitions' logs lie: which directory holds which, and what is known of each from the last run.
///
/// A topic's deletion survives a crash at any step: the folder is renamed to `<name>.<random>-delete` before anything in it is
/// removed, and folders so named are removed at the next start. A folder whose `partition.metadata` names another topic id
/// belongs to an earlier topic of the same name, and is put aside as `<name>.<random>-stray` (R13).
///
/// What was never written to has no folder, and what a clean stop has left is not looked at before it is needed: a start costs
/// what has changed.
///
/// **Owner.** `Replicas`, in its turn; `checkpoint` and `remove` run on workers and touch only the disk.
public final class LogDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirectories.class);
    static final String DELETED = "-delete";
    static final String STRAY = "-stray";
    private static final String PARTITION_METADATA = "partition.metadata";
    private static final int SHORTEST_PARTITION_METADATA =
            "version: 0\ntopic_id: ".length() + Uuid.ZERO_UUID.toString().length();

    /// Where one partition lies, or will lie once it is written to.
    static final class Place {
        private final LogDirectory directory;
        private final TopicPartition name;
        private final Uuid topicId;

        /// Its folder is on the disk. Changes in the partition's turn.
        private boolean made;

        Place(LogDirectory directory, TopicPartition name, Uuid topicId, boolean made) {
            this.directory = directory;
            this.name = name;
            this.topicId = topicId;
            this.made = made;
        }

        LogDirectory directory() {
            return directory;
        }

        boolean made() {
            return made;
        }

        String folder() {
            return name.topic() + "-" + name.partition();
        }

        @Override
        public String toString() {
            return directory.path() + "/" + folder();
        }
    }

    private final List<FoundDirectory> found = new ArrayList<>();
    private boolean staleNames;
    private final Env env;

    /// Looks at the directories, and takes their marks of a clean stop away.
    ///
    /// @param reserveBytes of each disk that producers do not get (`millrace.disk.reserve.bytes`)
    /// @throws IOException when one cannot be read
    public LogDirectories(List<LogDirectory> directories, long reserveBytes, Env env)
            throws IOException {
        this.env = env;
        for (LogDirectory directory : directories) {
            var reserve = new DiskReserve(directory, reserveBytes, env);
            found.add(FoundDirectory.look(directory, reserve));
        }
    }

    /// Of the disk on which that place is.
    DiskReserve reserve(Place place) {
        return of(place.directory).reserve();
    }

    /// Every log is as a clean stop of this broker has left it: no record was lost since.
    public boolean asLeft() {
        return found.stream().allMatch(FoundDirectory::asLeft);
    }

    /// (Not made with `Comparator.comparing`: its serializable lambdas do not fit into a start-up cache.)
    static final Comparator<TopicPartition> BY_NAME = LogDirectories::compare;

    private static int compare(TopicPartition a, TopicPartition b) {
        int byTopic = a.topic().compareTo(b.topic());
        return byTopic != 0 ? byTopic : Integer.compare(a.partition(), b.partition());
    }

    public Collection<LogDirectory> all() {
        return found.stream().map(FoundDirectory::directory).toList();
    }

    /// Finds the place of a partition: where it lies already, else in the directory that the quorum assigned, else where the
    /// fewest are. Nothing is made on disk.
    Place place(TopicPartition name, Uuid topicId, Uuid assigned) throws IOException {
        for (FoundDirectory each : found) {
            if (each.claim(name)) {
                var place = new Place(each.directory(), name, topicId, true);
                if (each.isClosed(name, topicId) || belongs(place)) {
                    return place;
                }
                putAside(place);
            }
        }
        for (FoundDirectory each : found) {
            staleNames |= each.knowsByName(name);
        }
        FoundDirectory chosen = choose(assigned);
        chosen.placed++;
        return new Place(chosen.directory(), name, topicId, false);
    }

    /// Whether checkpoints know partitions that have no folder, from before the start; once.
    boolean takeStaleNames() {
        boolean stale = staleNames;
        staleNames = false;
        return stale;
    }

    private FoundDirectory choose(Uuid assigned) {
        return found.stream()
                .filter(each -> each.directory().id().equals(assigned))
                .findFirst()
                .orElseGet(() ->
                        found.stream()
                                .min(Comparator.comparingInt(each -> each.placed))
                                .orElseThrow());
    }

    /// What names another topic is kept, as by Kafka: it may be this one's, and the name wrong. One whose name was never written
    /// whole held nothing.
    private void putAside(Place place) throws IOException {
        String text = topicOf(place);
        if (text == null
                || text.replaceAll("[\\s\0]+$", "").length() < SHORTEST_PARTITION_METADATA) {
            remove(place, retire(place, DELETED));
        } else {
            LOG.warn(
                    "{} names another topic id than the metadata: kept as {}; delete it when the topic"
                            + " was deleted and made again, run `millrace doctor` when it was not",
                    place,
                    retire(place, STRAY));
        }
    }

    /// Whether a folder is this topic's. One that does not say whose it is belongs to whom the checkpoints name, as in
    /// directories of old; without that, its first flush was never done, and nothing in it was promised.
    private boolean belongs(Place place) throws IOException {
        String text = topicOf(place);
        return text == null
                ? of(place.directory).hasRecoveryPoint(place.name)
                : text.contains("topic_id: " + place.topicId);
    }

    private static @Nullable String topicOf(Place place) throws IOException {
        byte[] text =
                place.directory.storage().directory(place.folder()).readAll(PARTITION_METADATA);
        return text == null ? null : new String(text, StandardCharsets.UTF_8);
    }

    /// The high watermark that the last run knew; 0 when it knew none.
    long highWatermark(Place place) throws IOException {
        return of(place.directory).highWatermark(place.name);
    }

    /// The log at that place: opened now if something has to be checked, otherwise when it is first touched.
    LazyLog log(Place place, LogSettings settings) throws IOException {
        FoundDirectory from = of(place.directory);
        LogRest rest = place.made ? from.takeClosed(place.name, place.topicId) : LogRest.EMPTY;
        if (rest == null) {
            Log log = open(place, settings, from.mode(place.name));
            log.beforeFlush(() -> sync(place)); // a process that was killed may not have done it
            return LazyLog.open(log);
        }
        long cleanedTo = place.made ? from.cleanedTo(place.name) : 0;
        OpenMode mode = OpenMode.CLEAN.withLogStart(rest.logStart()).withCleanedTo(cleanedTo);
        boolean isNew = !place.made;
        return LazyLog.resting(
                place.name,
                rest,
                settings,
                cleanedTo,
                current -> {
                    if (!place.made) {
                        make(place);
                    }
                    Log log = open(place, current, mode);
                    if (isNew) {
                        log.beforeFlush(() -> sync(place));
                    }
                    return log;
                });
    }

    private Log open(Place place, LogSettings settings, OpenMode mode) throws IOException {
        return Log.open(
                env,
                place.directory.storage().directory(place.folder()),
                place.name,
                settings,
                mode);
    }

    /// Not durable yet: a folder that a power loss leaves without a whole `partition.metadata` holds nothing that was flushed.
    private static void make(Place place) throws IOException {
        Storage folder = place.directory.storage().directory(place.folder());
        try (StoredFile file = folder.open(PARTITION_METADATA)) {
            file.truncate(0);
            file.append(
                    ByteBuffer.wrap(
                            "version: 0\ntopic_id: %s\n"
                                    .formatted(place.topicId)
                                    .getBytes(StandardCharsets.UTF_8)));
        }
        place.made = true;
    }

    private static void sync(Place place) throws IOException {
        Storage parent = place.directory.storage();
        Storage folder = parent.directory(place.folder());
        try (StoredFile file = folder.open(PARTITION_METADATA)) {
            file.sync();
        }
        folder.syncDirectory();
        parent.syncDirectory();
    }

    private FoundDirectory of(LogDirectory directory) {
        return found.stream()
                .filter(f -> f.directory().equals(directory))
                .findFirst()
                .orElseThrow();
    }

    /// Puts a folder aside, for [#remove]; returns its new name.
    String retire(Place place) throws IOException {
        return retire(place, DELETED);
    }

    private String retire(Place place, String ending) throws IOException {
        // Kafka's shape of the name, cut so that it stays a valid file name.
        String suffix = "." + env.entropy().uuid().toString().replace("-", "_") + ending;
        String folder = place.folder();
        String renamed =
                folder.substring(0, Math.min(folder.length(), 255 - suffix.length())) + suffix;
        Storage storage = place.directory.storage();
        storage.renameDirectory(folder, renamed);
        storage.syncDirectory();
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
        Map<TopicPartition, Long> cleaned = new TreeMap<>(BY_NAME);
        for (Partition partition : partitions) {
            partition.reportTo(recovery, starts, watermarks, cleaned);
        }
        try {
            LogCheckpoints.write(directory.storage(), LogCheckpoints.RECOVERY_POINTS, recovery);
            LogCheckpoints.write(directory.storage(), LogCheckpoints.LOG_STARTS, starts);
            LogCheckpoints.write(directory.storage(), LogCheckpoints.HIGH_WATERMARKS, watermarks);
            of(directory).saveCleaned(cleaned);
            partitions.forEach(each -> each.cleanedSaved(cleaned.getOrDefault(each.name(), 0L)));
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

    /// No log was opened: what a clean stop has left is still so, and what a crash has left is to be recovered by the next start.
    void leaveAsFound() {
        for (FoundDirectory each : found) {
            try {
                each.leave();
            } catch (IOException e) {
                LOG.warn("{}: {}", each.directory().path(), e.toString());
            }
        }
    }

    /// Every log of the directory was closed cleanly, and the checkpoints are written.
    void markClean(LogDirectory directory, Collection<ClosedLogs.Closed> logs) {
        try {
            ClosedLogs.write(directory.storage(), logs);
            LogCheckpoints.markCleanShutdown(directory.storage());
        } catch (IOException e) {
            LOG.warn("{}: {}", directory.path(), e.toString());
        }
    }
}
