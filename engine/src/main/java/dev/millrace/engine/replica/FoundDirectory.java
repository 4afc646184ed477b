package dev.millrace.engine.replica;

import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.OpenMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one log directory was when this run began. What a partition has claimed is forgotten, so that a large node does not
/// remember its start.
///
/// **Owner.** `Replicas`, in its turn; [#lookWhose] any thread, while the owner waits.
final class FoundDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(FoundDirectory.class);
    private static final List<String> BY_NAME_ONLY =
            List.of(
                    LogCheckpoints.RECOVERY_POINTS,
                    LogCheckpoints.LOG_STARTS,
                    LogCheckpoints.HIGH_WATERMARKS);
    private static final Pattern PARTITION_FOLDER = Pattern.compile("[a-zA-Z0-9._-]+-[0-9]+");

    /// The quorum's, of which a partition is never made, whatever its name.
    private static final String METADATA_LOG =
            Place.folderOf(new TopicPartition(Topic.CLUSTER_METADATA_TOPIC_NAME, 0));

    private final LogDirectory directory;
    private final DiskReserve reserve;
    private final boolean clean;
    private final long epoch;

    /// Every log that the stop has named still has its folder.
    private final boolean complete;

    /// Nobody has claimed them yet.
    private final Set<String> folders;

    /// Names whose folders were put aside, and of which the checkpoints still tell.
    private final Set<TopicPartition> disowned = new HashSet<>();

    /// What folders say of their topic, read ahead and not yet asked for.
    private final Map<TopicPartition, String> seen = new ConcurrentHashMap<>();

    /// By folder, the topic ids of partitions that were on their way here.
    private final Map<String, String> interrupted;

    /// Folders that were being deleted, by the names under which that was to happen.
    private final List<String> deleted;

    /// Of a clean stop of ours; null when each log has to be looked at.
    private final @Nullable Map<TopicPartition, ClosedLogs.Closed> closed;

    private @Nullable Map<TopicPartition, Long> recoveryPoints;
    private @Nullable Map<TopicPartition, Long> logStarts;
    private @Nullable Map<TopicPartition, Long> cleaned;
    private @Nullable Map<TopicPartition, Long> highWatermarks;

    /// What the checkpoints said of a log when this run began.
    private record Said(
            Uuid topicId, long recoveryPoint, long logStart, long highWatermark, long cleanedTo) {}

    /// Of logs that cannot be opened.
    private volatile PMap<TopicPartition, Said> kept = HashTreePMap.empty();

    /// What the file says of how far logs were compacted, as far as anybody has asked.
    private Map<TopicPartition, Long> savedCleaned = Map.of();

    /// Its disk has failed in this run.
    private volatile boolean failed;

    /// How many partitions lie here, or are to.
    int placed;

    private FoundDirectory(
            LogDirectory directory,
            DiskReserve reserve,
            boolean clean,
            long epoch,
            Set<String> folders,
            List<String> deleted,
            Map<String, String> interrupted,
            @Nullable Map<TopicPartition, ClosedLogs.Closed> closed) {
        this.directory = directory;
        this.reserve = reserve;
        this.clean = clean;
        this.epoch = epoch;
        this.folders = folders;
        this.deleted = deleted;
        this.interrupted = interrupted;
        this.closed = closed;
        this.placed = folders.size();
        this.complete = closed == null || closed.values().stream().allMatch(this::hasFolder);
    }

    /// Looks, removes what was being deleted, and takes the mark of a clean stop away.
    static FoundDirectory look(LogDirectory directory, DiskReserve reserve) throws IOException {
        Storage storage = directory.storage();
        Set<String> folders = new HashSet<>();
        List<String> deleted = new ArrayList<>();
        Map<String, String> interrupted = new HashMap<>();
        for (String folder : storage.directories()) {
            if (folder.endsWith(Place.DELETED)) {
                storage.deleteDirectory(folder);
                deleted.add(folder);
            } else if (folder.endsWith(Place.FUTURE) && folder.indexOf('.') > 0) {
                String topic = Place.topicOf(storage, folder);
                storage.deleteDirectory(folder);
                if (topic != null) {
                    interrupted.put(folder.substring(0, folder.lastIndexOf('.')), topic);
                }
            } else if (!folder.equals(METADATA_LOG)) {
                folders.add(folder);
            }
        }
        long epoch = LogCheckpoints.cleanShutdownEpoch(storage);
        boolean clean = LogCheckpoints.takeCleanShutdown(storage);
        return new FoundDirectory(
                directory,
                reserve,
                clean,
                epoch,
                folders,
                deleted,
                interrupted,
                clean ? ClosedLogs.read(storage) : null);
    }

    /// Puts the mark of a clean stop back, if there was one.
    void leave() throws IOException {
        if (clean) {
            LogCheckpoints.markCleanShutdown(storage(), epoch);
        }
    }

    /// The broker epoch of the process that has stopped cleanly, as this directory says; -1 when it says none, or lacks a log that was here then.
    long epoch() {
        return complete ? epoch : -1;
    }

    private boolean hasFolder(ClosedLogs.Closed log) {
        return folders.contains(Place.folderOf(log.name()));
    }

    LogDirectory directory() {
        return directory;
    }

    DiskReserve reserve() {
        return reserve;
    }

    boolean failed() {
        return failed;
    }

    void fail() {
        failed = true;
    }

    /// See [LogDirectories#asLeft()].
    boolean asLeft() {
        return closed != null && epoch() >= 0;
    }

    /// Whether there is a folder of that partition's name; true once.
    boolean claim(TopicPartition name) {
        return folders.remove(Place.folderOf(name));
    }

    /// Whether only the folder of that name, if it is claimed, can say whose it is.
    boolean asksWhose(TopicPartition name, Uuid topicId) {
        return folders.contains(Place.folderOf(name)) && !isClosed(name, topicId);
    }

    /// On any thread: reads ahead what [#topicOf] will ask for.
    void lookWhose(TopicPartition name) {
        try {
            String text = Place.topicOf(storage(), Place.folderOf(name));
            if (text != null) {
                seen.put(name, text);
            }
        } catch (IOException unread) {
            // Who asks reads it again, and tells what it met.
        }
    }

    /// What the folder says of its topic; null when it says nothing.
    @Nullable String topicOf(Place place) throws IOException {
        String known = seen.remove(place.name());
        return known != null ? known : place.topic();
    }

    /// See [LogDirectories#putStraysAside].
    ///
    /// @return whether there were any
    boolean putStraysAside(Entropy entropy) {
        boolean some = false;
        try {
            for (String folder : takeUnclaimed()) {
                String renamed = Place.aside(folder, Place.STRAY, entropy);
                Place.rename(storage(), folder, renamed);
                some = true;
                LOG.warn(
                        "{}/{} is of a partition that is not this broker's (any more): kept as {};"
                                + " delete it when nothing in it is missed",
                        directory.path(),
                        folder,
                        renamed);
            }
        } catch (IOException e) {
            LOG.warn(
                    "{}: what is not this broker's cannot be put aside: {}",
                    directory.path(),
                    e.toString());
        }
        return some;
    }

    /// Folders of partitions that nobody has claimed; each once.
    private List<String> takeUnclaimed() throws IOException {
        var unclaimed = new ArrayList<String>();
        for (String folder : folders) {
            boolean ofPartition =
                    PARTITION_FOLDER.matcher(folder).matches()
                            && Place.topicOf(storage(), folder) != null;
            if (ofPartition) {
                unclaimed.add(folder);
            }
        }
        unclaimed.forEach(folders::remove);
        Collections.sort(unclaimed);
        return unclaimed;
    }

    /// Whether that partition was on its way here when the last run ended; true once.
    boolean takeInterrupted(String folder, Uuid topicId) {
        String topic = interrupted.remove(folder);
        return topic != null && topic.contains("topic_id: " + topicId);
    }

    /// Whether a clean stop has left that partition of that very topic here.
    boolean isClosed(TopicPartition name, Uuid topicId) {
        ClosedLogs.Closed log = closed == null ? null : closed.get(name);
        return log != null && log.topicId().equals(topicId);
    }

    /// What a clean stop knew of it; null when its files have to be looked at.
    @Nullable LogRest takeClosed(TopicPartition name, Uuid topicId) {
        ClosedLogs.Closed log =
                closed == null || !isClosed(name, topicId) ? null : closed.remove(name);
        return log == null ? null : log.rest();
    }

    /// What the last run knew of the log of a partition that has no folder here; null when nothing of it is missed.
    ///
    /// A clean stop names each log with its topic's id. After anything else there are the checkpoints, which know names only: they say
    /// nothing of a log whose folder was being deleted. A recovery point counts when the high watermarks know that log, too, so that no
    /// wrong bit in a name makes a log be missed that there never was.
    @Nullable LogRest missed(TopicPartition name, Uuid topicId) throws IOException {
        ClosedLogs.Closed log = closed == null ? null : closed.get(name);
        if (log != null) {
            return log.missed(topicId);
        }
        boolean allNamed = closed != null && epoch >= 0;
        return allNamed || wasBeingDeleted(name) ? null : checkpointed(name);
    }

    private boolean wasBeingDeleted(TopicPartition name) {
        return deleted.stream().anyMatch(each -> Place.isAside(each, Place.folderOf(name)));
    }

    private @Nullable LogRest checkpointed(TopicPartition name) throws IOException {
        return MissedLog.of(name, recoveryPoints(), logStarts(), highWatermarks());
    }

    /// The folder of that name was another topic's, and is put aside: so were the checkpoints' offsets.
    void disown(TopicPartition name) {
        disowned.add(name);
    }

    /// Has the checkpoints say nothing of folders that were put aside, before anything that takes long: should this run end now, the next
    /// one would take them for logs that are missed.
    void forgetDisowned() {
        try {
            for (String file : disowned.isEmpty() ? List.<String>of() : BY_NAME_ONLY) {
                Map<TopicPartition, Long> offsets = LogCheckpoints.read(storage(), file);
                if (offsets.keySet().removeAll(disowned)) {
                    LogCheckpoints.write(storage(), file, offsets);
                }
            }
        } catch (IOException e) {
            LOG.warn("{}: {}", directory.path(), e.toString());
        }
        disowned.clear();
    }

    /// After a stop that was not clean, a partition whose folder is gone, perhaps of a topic that was deleted just before.
    boolean knowsByName(TopicPartition name) throws IOException {
        return !clean && hasRecoveryPoint(name);
    }

    boolean hasRecoveryPoint(TopicPartition name) throws IOException {
        return recoveryPoints().containsKey(name);
    }

    /// How much of a log is believed that no clean stop of ours has left. One that such a stop does not name was not closed by it.
    OpenMode mode(TopicPartition name) throws IOException {
        long recoveryPoint = recoveryPoints().getOrDefault(name, 0L);
        OpenMode mode = clean && closed == null ? OpenMode.CLEAN : OpenMode.recover(recoveryPoint);
        return mode.withHeld(recoveryPoint)
                .withLogStart(logStarts().getOrDefault(name, 0L))
                .withCleanedTo(cleaned().getOrDefault(name, 0L));
    }

    /// The log is open: what the checkpoints said of it is of no more use.
    void opened(TopicPartition name) throws IOException {
        recoveryPoints().remove(name);
        logStarts().remove(name);
        cleaned().remove(name);
    }

    /// The log cannot be opened in this run, and the checkpoints of this run go on saying of it what they said: by less, the next
    /// start would take for a torn tail what was flushed, and bring back what was deleted.
    void keep(TopicPartition name, Uuid topicId) throws IOException {
        var said =
                new Said(
                        topicId,
                        recoveryPoints().getOrDefault(name, 0L),
                        logStarts().getOrDefault(name, 0L),
                        highWatermark(name),
                        cleaned().getOrDefault(name, 0L));
        opened(name);
        kept = kept.plus(name, said);
    }

    /// The partition is not here any more; null when nothing was kept of it.
    @Nullable TopicPartition forget(Uuid topicId, int partition) {
        for (var each : kept.entrySet()) {
            if (each.getKey().partition() == partition && each.getValue().topicId.equals(topicId)) {
                kept = kept.minus(each.getKey());
                return each.getKey();
            }
        }
        return null;
    }

    /// Adds to new checkpoints what is kept from the former ones; any thread.
    void addKept(
            Map<TopicPartition, Long> recoveryPoints,
            Map<TopicPartition, Long> logStarts,
            Map<TopicPartition, Long> highWatermarks,
            Map<TopicPartition, Long> cleanedTo) {
        kept.forEach((name, said) -> {
            putIfAny(recoveryPoints, name, said.recoveryPoint);
            putIfAny(logStarts, name, said.logStart);
            putIfAny(highWatermarks, name, said.highWatermark);
            putIfAny(cleanedTo, name, said.cleanedTo);
        });
    }

    private static void putIfAny(
            Map<TopicPartition, Long> offsets, TopicPartition name, long offset) {
        if (offset > 0) {
            offsets.putIfAbsent(name, offset);
        }
    }

    /// The high watermark that the last run knew; 0 when it knew none. Asked once for each.
    long highWatermark(TopicPartition name) throws IOException {
        Long offset = highWatermarks().remove(name);
        return offset == null ? 0 : offset;
    }

    private Map<TopicPartition, Long> highWatermarks() throws IOException {
        Map<TopicPartition, Long> known = highWatermarks;
        if (known == null) {
            known = LogCheckpoints.read(storage(), LogCheckpoints.HIGH_WATERMARKS);
            highWatermarks = known;
        }
        return known;
    }

    /// Below it a log was compacted; 0 when it was not.
    long cleanedTo(TopicPartition name) throws IOException {
        Long offset = cleaned().remove(name);
        return offset == null ? 0 : offset;
    }

    private Map<TopicPartition, Long> cleaned() throws IOException {
        Map<TopicPartition, Long> known = cleaned;
        if (known == null) {
            known = LogCheckpoints.read(storage(), LogCheckpoints.CLEANED);
            cleaned = known;
            savedCleaned = Map.copyOf(known);
        }
        return known;
    }

    /// Writes how far logs were compacted, if the file does not say so. One checkpoint at a time.
    void saveCleaned(Map<TopicPartition, Long> now) throws IOException {
        if (!now.equals(savedCleaned)) {
            LogCheckpoints.write(storage(), LogCheckpoints.CLEANED, now);
            savedCleaned = now;
        }
    }

    /// Read when the first asks: after a clean stop of ours nobody does.
    private Map<TopicPartition, Long> recoveryPoints() throws IOException {
        Map<TopicPartition, Long> known = recoveryPoints;
        if (known == null) {
            known = LogCheckpoints.read(storage(), LogCheckpoints.RECOVERY_POINTS);
            recoveryPoints = known;
        }
        return known;
    }

    private Map<TopicPartition, Long> logStarts() throws IOException {
        Map<TopicPartition, Long> known = logStarts;
        if (known == null) {
            known = LogCheckpoints.read(storage(), LogCheckpoints.LOG_STARTS);
            logStarts = known;
        }
        return known;
    }

    private Storage storage() {
        return directory.storage();
    }
}
