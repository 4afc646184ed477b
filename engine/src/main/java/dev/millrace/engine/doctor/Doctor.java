package dev.millrace.engine.doctor;

import dev.millrace.engine.doctor.Diagnosis.Entry;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.KeptAside;
import dev.millrace.engine.log.LogFacts;
import dev.millrace.engine.log.LogInspection;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.LostLog;
import dev.millrace.engine.log.Mend;
import dev.millrace.engine.log.PartitionMetadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.quorum.QuorumFormat;
import dev.millrace.engine.quorum.QuorumInspection;
import dev.millrace.engine.replica.CheckpointInspection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// Examines data directories of one node while no broker has them, and puts right what can be.
///
/// ```
/// metadata log --> every partition's folder --> what is kept of many logs
/// ```
/// What was read once and not changed since is not read again.
///
/// **Owner.** One thread.
public final class Doctor {
    /// (The last one is Kafka's, of when a directory was formatted.)
    private static final Set<String> OTHERS =
            Set.of(".lock", Identity.FILE, "bootstrap.checkpoint", QuorumFormat.BEGINNING);

    private final List<DataDir> directories;
    private final Watcher watcher;

    /// By path and folder, since the last repair there.
    private final Map<String, Examined> examined = new HashMap<>();

    private final List<Entry> entries = new ArrayList<>();
    private final Map<DataDir, Identity> identities = new HashMap<>();
    private final Map<DataDir, CheckpointInspection> checkpoints = new HashMap<>();

    /// Of all directories.
    private final Set<String> folders = new HashSet<>();

    private @Nullable MetadataImage image;
    private int partitions;
    private long bytes;

    private record Examined(LogFacts facts, LogInspection log) {}

    public Doctor(List<DataDir> directories, Watcher watcher) {
        this.directories = directories;
        this.watcher = watcher;
    }

    /// Looks at everything. Changes nothing.
    public Diagnosis examine() throws IOException {
        entries.clear();
        partitions = 0;
        bytes = 0;
        watcher.total(segmentBytes());
        for (DataDir directory : directories) {
            identities.put(directory, Identity.of(directory.storage()));
        }
        metadata();
        folders.clear();
        for (DataDir directory : directories) {
            folders.addAll(directory.storage().directories());
            checkpoints.put(directory, CheckpointInspection.of(directory.storage()));
        }
        for (DataDir directory : directories) {
            logs(directory);
        }
        away();
        for (DataDir directory : directories) {
            identity(directory);
        }
        return new Diagnosis(List.copyOf(entries), partitions, bytes);
    }

    /// Is told of each repair.
    public interface Done {
        /// @param failed why it was not done; null when it was
        void done(Mend mend, List<Entry> entries, @Nullable IOException failed);
    }

    /// Does what a diagnosis says that it would.
    ///
    /// @param quarantine take out what is lost, instead of what can be repaired
    public void mend(Diagnosis diagnosis, boolean quarantine, Done told) {
        Map<Mend, List<Entry>> mends = new LinkedHashMap<>();
        for (Entry entry : diagnosis.entries()) {
            Mend mend = mendOf(entry, quarantine);
            if (mend != null) {
                mends.computeIfAbsent(mend, _ -> new ArrayList<>()).add(entry);
            }
        }
        mends.forEach((mend, of) -> {
            try {
                mend.step().run();
                told.done(mend, of, null);
            } catch (IOException failed) {
                told.done(mend, of, failed);
            }
            of.forEach(entry -> examined.remove(key(entry.directory(), entry.folder())));
        });
    }

    private static @Nullable Mend mendOf(Entry entry, boolean quarantine) {
        return quarantine ? entry.finding().quarantine() : entry.finding().mend();
    }

    private static String key(String path, String folder) {
        return path + "\n" + folder;
    }

    private void add(
            DataDir directory,
            String folder,
            @Nullable TopicPartition name,
            Collection<Finding> findings) {
        findings.forEach(f -> entries.add(new Entry(directory.path(), folder, name, f)));
    }

    private long segmentBytes() throws IOException {
        long all = 0;
        for (DataDir directory : directories) {
            for (String name : directory.storage().directories()) {
                if (examined.containsKey(key(directory.path(), name))) {
                    continue;
                }
                Storage folder = directory.storage().directory(name);
                for (String file : folder.files()) {
                    if (file.endsWith(".log")) {
                        all += folder.size(file);
                    }
                }
            }
        }
        return all;
    }

    // ---- metadata

    private void metadata() throws IOException {
        image = null;
        for (DataDir directory : directories) {
            if (directory.storage().directories().contains(QuorumInspection.FOLDER)) {
                metadata(directory);
                return;
            }
        }
        add(
                directories.getFirst(),
                "",
                null,
                List.of(
                        Finding.note(
                                QuorumInspection.FOLDER,
                                "is not in any of the directories that were named: what the cluster knows of its topics was not compared")));
    }

    private void metadata(DataDir directory) throws IOException {
        watcher.at(QuorumInspection.FOLDER);
        var replayed = new ReplayedMetadata();
        QuorumInspection quorum =
                QuorumInspection.of(
                        directory.storage().directory(QuorumInspection.FOLDER),
                        this::seen,
                        replayed::record);
        MetadataImage known = replayed.image();
        if (quorum.complete() && replayed.findings().isEmpty()) {
            image = known;
        }
        Identity identity = identities.get(directory);
        Set<Integer> controllers = known.cluster().controllers().keySet();
        boolean alone = false;
        if (identity != null && identity.nodeId() >= 0) {
            if (image != null) {
                quorum.who(identity.nodeId(), identity.directoryId(), controllers);
            }
            alone = Set.of(identity.nodeId()).containsAll(controllers) && isTold(known);
        }
        add(
                directory,
                QuorumInspection.FOLDER,
                null,
                alone ? quorum.findings() : quorum.amongOthers());
        add(directory, QuorumInspection.FOLDER, null, replayed.findings());
    }

    /// Whether who the controllers are stands in the metadata: before 3.7 they do not register, and of what cannot be read nobody knows.
    private boolean isTold(MetadataImage known) {
        return !known.cluster().controllers().isEmpty()
                || (image != null
                        && known.features().metadataVersion().isControllerRegistrationSupported());
    }

    private void seen(long read) {
        bytes += read;
        watcher.seen(read);
    }

    // ---- partitions

    private void logs(DataDir directory) throws IOException {
        Storage storage = directory.storage();
        CheckpointInspection checkpoints = checkpoints(directory);
        var is = new TreeMap<TopicPartition, CheckpointInspection.Is>(Doctor::byName);
        for (String folder : storage.directories()) {
            TopicPartition name = Folders.partition(folder);
            if (folder.endsWith(Folders.DELETED)) {
                add(
                        directory,
                        folder,
                        null,
                        List.of(
                                Finding.note(
                                        "", "was being deleted: the next start goes on with it")));
            } else if (name == null) {
                add(
                        directory,
                        folder,
                        null,
                        List.of(Finding.note("", "is no folder of a partition: nobody reads it")));
            } else if (!folder.equals(QuorumInspection.FOLDER)) {
                is.put(name, log(directory, folder, name, checkpoints));
            }
        }
        add(directory, "", null, checkpoints.compare(is, missing(directory)));
        others(directory);
    }

    /// Files beside the folders that are not looked at.
    private void others(DataDir directory) throws IOException {
        for (String file : directory.storage().files()) {
            if (file.endsWith(".tmp")) {
                note(directory, file, "was being written when the broker stopped: nobody reads it");
            } else if (KeptAside.is(file)) {
                note(
                        directory,
                        file,
                        "was kept by an earlier repair: delete it when nobody needs it");
            } else if (!OTHERS.contains(file) && !CheckpointInspection.knows(file)) {
                note(directory, file, "is no file of a broker: nobody reads it");
            }
        }
    }

    private void note(DataDir directory, String file, String what) {
        add(directory, "", null, List.of(Finding.note(file, what)));
    }

    private static int byName(TopicPartition a, TopicPartition b) {
        int byTopic = a.topic().compareTo(b.topic());
        return byTopic != 0 ? byTopic : Integer.compare(a.partition(), b.partition());
    }

    private CheckpointInspection.Is log(
            DataDir directory, String folder, TopicPartition name, CheckpointInspection known)
            throws IOException {
        watcher.at(folder);
        partitions++;
        Storage storage = directory.storage().directory(folder);
        LogFacts facts = facts(name, known);
        Examined before = examined.get(key(directory.path(), folder));
        LogInspection log;
        if (before != null && before.facts().equals(facts)) {
            log = before.log();
        } else {
            log = LogInspection.of(storage, facts, this::seen, null);
            examined.put(key(directory.path(), folder), new Examined(facts, log));
        }
        if (!log.empty() || isKnown(name)) {
            boolean elsewhere = log.empty() && isElsewhere(directory, name);
            add(directory, folder, name, elsewhere ? withoutLoss(log) : log.findings());
        }
        int nodeId = nodeId(directory);
        if (!log.empty() || storage.exists(PartitionMetadata.FILE)) {
            add(directory, folder, name, PartitionFolder.check(storage, name, image, nodeId));
        }
        return new CheckpointInspection.Is(
                log.logStart(),
                log.logEnd(),
                log.firstEpochStart(),
                log.boundary(),
                log.incomplete());
    }

    private int nodeId(DataDir directory) {
        Identity identity = identities.get(directory);
        return identity == null ? -1 : identity.nodeId();
    }

    /// Whether other replicas of a partition are in sync, as the metadata here say: where nothing of it is left a start gets everything from
    /// them.
    private boolean isElsewhere(DataDir directory, TopicPartition name) {
        TopicImage topic = image == null ? null : image.topics().byName(name.topic());
        int nodeId = nodeId(directory);
        return nodeId >= 0
                && topic != null
                && name.partition() < topic.partitions().size()
                && topic.partitions().get(name.partition()).isr().stream()
                        .anyMatch(id -> id != nodeId);
    }

    private static List<Finding> withoutLoss(LogInspection log) {
        return log.findings().stream()
                .map(each ->
                        each.lost() == null ? each : LostLog.findingElsewhere("holds no segment"))
                .toList();
    }

    /// False of one that the metadata do not have: what was in it is not missed.
    private boolean isKnown(TopicPartition name) {
        TopicImage topic = image == null ? null : image.topics().byName(name.topic());
        return image == null || (topic != null && name.partition() < topic.partitions().size());
    }

    private LogFacts facts(TopicPartition name, CheckpointInspection checkpoints) {
        CheckpointInspection.Known known = checkpoints.known(name);
        TopicImage topic = image == null ? null : image.topics().byName(name.topic());
        int epoch =
                topic == null || topic.partitions().size() <= name.partition()
                        ? Integer.MAX_VALUE
                        : topic.partitions().get(name.partition()).leaderEpoch();
        return new LogFacts(
                name,
                settings(name.topic()),
                checkpoints.closed(name),
                known.closedEnd(),
                known.recoveryPoint(),
                known.logStart(),
                epoch,
                known.cleanedTo(),
                known.checkpointed());
    }

    /// Of what a topic sets, only this matters here.
    private LogSettings settings(String topic) {
        String key = "index.interval.bytes";
        String value =
                image == null
                        ? null
                        : image.configs()
                                .of(new ConfigResource(ConfigResource.Type.TOPIC, topic))
                                .get(key);
        try {
            return value == null ? LogSettings.DEFAULTS : LogSettings.from(Map.of(key, value));
        } catch (NumberFormatException wrong) {
            return LogSettings.DEFAULTS;
        }
    }

    /// Partitions that had records in this directory, and have no folder in any.
    private List<TopicPartition> missing(DataDir directory) throws IOException {
        List<TopicPartition> missing = new ArrayList<>();
        for (TopicPartition name : checkpoints(directory).told()) {
            LogRest missed = missed(directory, name);
            if (missed == null || !tellsMost(directory, name, missed)) {
                continue;
            }
            missing.add(name);
            String folder = Folders.of(name);
            add(
                    directory,
                    folder,
                    name,
                    List.of(
                            isElsewhere(directory, name)
                                    ? LostLog.findingElsewhere("is not there")
                                    : LostLog.finding(
                                            () -> directory.storage().directory(folder),
                                            "is not there",
                                            missed.logStart(),
                                            missed.logEnd())));
        }
        return missing;
    }

    /// Partitions whose whole directory is not there. One that is given up begins in the first.
    private void away() throws IOException {
        DataDir first = directories.getFirst();
        Identity identity = identities.get(first);
        MetadataImage known = image;
        if (known == null || identity == null) {
            return;
        }
        Set<Uuid> named = new HashSet<>();
        identities.values().forEach(each -> named.add(each.directoryId()));
        for (TopicPartition name : AwayLogs.of(known, identity.nodeId(), named, folders)) {
            boolean told = false;
            for (DataDir directory : directories) {
                told |= missed(directory, name) != null;
            }
            if (!told) {
                Uuid topicId = Objects.requireNonNull(known.topics().byName(name.topic())).id();
                String folder = Folders.of(name);
                Storage storage = first.storage();
                add(
                        first,
                        folder,
                        name,
                        List.of(
                                LostLog.findingInNoDirectory(
                                        () -> storage.directory(folder),
                                        () ->
                                                PartitionFolder.claim(
                                                        storage.directory(folder), topicId))));
            }
        }
    }

    /// Null when nothing is known to be lost of a log that this broker should have.
    private @Nullable LogRest missed(DataDir directory, TopicPartition name) throws IOException {
        TopicImage topic = image == null ? null : image.topics().byName(name.topic());
        if (topic == null || topic.partitions().size() <= name.partition()) {
            return null;
        }
        int nodeId = nodeId(directory);
        boolean others =
                nodeId >= 0
                        && !topic.partitions().get(name.partition()).replicas().contains(nodeId);
        boolean deleted =
                directory.storage().directories().stream()
                        .anyMatch(each ->
                                each.endsWith(Folders.DELETED)
                                        && each.startsWith(Folders.of(name) + "."));
        LogRest missed =
                others || deleted || folders.contains(Folders.of(name))
                        ? null
                        : checkpoints(directory).missed(name, topic.id());
        return missed == null || missed.logEnd() <= missed.logStart() ? null : missed;
    }

    /// A move that was cut off is known to two directories: the log is told of once, and begun anew in one of them.
    private boolean tellsMost(DataDir directory, TopicPartition name, LogRest missed)
            throws IOException {
        boolean later = false;
        for (DataDir other : directories) {
            later |= other.equals(directory);
            LogRest there = other.equals(directory) ? null : missed(other, name);
            if (there != null
                    && (later
                            ? there.logEnd() > missed.logEnd()
                            : there.logEnd() >= missed.logEnd())) {
                return false;
            }
        }
        return true;
    }

    private CheckpointInspection checkpoints(DataDir directory) {
        return Objects.requireNonNull(checkpoints.get(directory));
    }

    // ---- whose it is

    private void identity(DataDir directory) {
        Identity identity = identities.get(directory);
        if (identity == null) {
            return;
        }
        if (image != null) {
            identity.registered(image, directories.size() == 1);
        }
        DataDir first = directories.getFirst();
        if (!directory.equals(first)) {
            identity.sameAs(first.path(), identities.get(first));
        }
        add(directory, "", null, identity.findings());
    }
}
