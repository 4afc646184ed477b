package dev.millrace.broker.adopt;

import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.CorruptLogException;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogCheck;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/// The partitions' logs of one directory of Kafka's on their way: copied or moved, checked, and made what a clean stop leaves.
///
/// **Owner.** One adoption.
final class Logs {
    private final Env env;
    private final KafkaDirectory source;
    private final AdoptTarget target;
    private final Map<TopicPartition, Long> recoveryPoints;
    private final Map<TopicPartition, Long> logStarts;
    private final Map<TopicPartition, Long> watermarks;
    private final Map<TopicPartition, Long> cleanedTo;
    private final Map<TopicPartition, LogCheck.Found> checked = new TreeMap<>(AdoptPlan.BY_NAME);
    private final List<String> faults = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private long records;
    private long bytes;

    Logs(Env env, KafkaDirectory source, AdoptTarget target) throws IOException {
        this.env = env;
        this.source = source;
        this.target = target;
        this.recoveryPoints = sorted(source.checkpoint(LogCheckpoints.RECOVERY_POINTS));
        this.logStarts = sorted(source.checkpoint(LogCheckpoints.LOG_STARTS));
        this.watermarks = sorted(source.checkpoint(LogCheckpoints.HIGH_WATERMARKS));
        this.cleanedTo = sorted(source.cleanedTo());
    }

    private static Map<TopicPartition, Long> sorted(Map<TopicPartition, Long> offsets) {
        var sorted = new TreeMap<TopicPartition, Long>(AdoptPlan.BY_NAME);
        sorted.putAll(offsets);
        return sorted;
    }

    /// Copies a partition's folder, and checks the copy.
    void copy(AdoptPlan.Folder folder, Meter meter) throws IOException {
        Path to = target.storage().path().resolve(folder.folder());
        LogFolder.copy(source.path().resolve(folder.folder()), to, source.clean());
        check(folder, target.storage(), meter);
    }

    /// Checks a partition's folder where it is.
    void checkInPlace(AdoptPlan.Folder folder, Meter meter) throws IOException {
        check(folder, folder.moved() ? target.storage() : source.storage(), meter);
    }

    private void check(AdoptPlan.Folder folder, DiskStorage in, Meter meter) throws IOException {
        TopicPartition name = folder.name();
        LogCheck.Found found = LogCheck.read(in.directory(folder.folder()), meter::add);
        checked.put(name, found);
        records += found.records();
        bytes += found.bytes();
        LogCheck.Fault fault = found.fault();
        if (fault != null && !isTail(name, fault)) {
            faults.add(sentence(in.path().resolve(folder.folder()), fault));
        }
    }

    /// What a crash may leave behind what was synced: recovery decides about it.
    private boolean isTail(TopicPartition name, LogCheck.Fault fault) {
        return fault.kind() == LogCheck.Kind.DAMAGED
                && !source.clean()
                && fault.nextOffset() >= recoveryPoints.getOrDefault(name, 0L);
    }

    private static String sentence(Path folder, LogCheck.Fault fault) {
        String what =
                switch (fault.kind()) {
                    case OLD_FORMAT ->
                            "is in message format 0 or 1, which Millrace does not read: copy the topic into a new one, with Kafka, and delete it";
                    case DAMAGED ->
                            "is not a whole batch, or not with its checksum. Kafka had synced it: the file is damaged";
                    case DISORDERED ->
                            "begins at an offset that another batch has: the file is damaged";
                };
        return "%s/%s: what stands at byte %d, after offset %d, %s."
                .formatted(folder, fault.file(), fault.position(), fault.nextOffset() - 1, what);
    }

    /// Renames a partition's folder to its new place.
    void move(AdoptPlan.Folder folder) throws IOException {
        if (!folder.moved()) {
            Files.move(
                    source.path().resolve(folder.folder()),
                    target.storage().path().resolve(folder.folder()),
                    StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /// Makes a folder that is at its new place what a clean stop of ours leaves.
    void settle(AdoptPlan.Folder folder) throws IOException {
        var storage = (DiskStorage) target.storage().directory(folder.folder());
        LogFolder.name(storage, folder.topicId());
        LogCheck.Found found = checked.get(folder.name());
        if (!source.clean() && found != null) {
            try {
                recover(folder.name(), storage, found);
            } catch (CorruptLogException e) {
                faults.add(e.getMessage() + ".");
            }
        }
    }

    private void recover(TopicPartition name, Storage folder, LogCheck.Found found)
            throws IOException {
        LogCheck.Fault fault = found.fault();
        long point = recoveryPoints.getOrDefault(name, 0L);
        // Where all batches are whole, holes are those of compaction: only the last segment is read
        // again.
        boolean whole = fault == null || fault.lastSegment();
        long from = whole ? Math.max(point, found.lastBase()) : point;
        var mode = OpenMode.recover(from).withLogStart(logStarts.getOrDefault(name, 0L));
        Log log = Log.open(env, folder, name, LogSettings.DEFAULTS, mode);
        long cut = found.end() - log.logEnd();
        if (fault != null) {
            notes.add(
                    "%s: what Kafka had not written whole at its end was cut, after offset %d%s."
                            .formatted(
                                    name,
                                    log.logEnd() - 1,
                                    cut > 0 ? " (" + cut + " offsets)" : ""));
        }
        recoveryPoints.put(name, log.logEnd());
        watermarks.put(name, Math.min(watermarks.getOrDefault(name, log.logEnd()), log.logEnd()));
        log.close();
    }

    /// What is wrong with the logs, sentence by sentence.
    List<String> faults() {
        return faults;
    }

    List<String> notes() {
        return notes;
    }

    long records() {
        return records;
    }

    long bytes() {
        return bytes;
    }

    /// Adds what is known of these logs to what the target will know.
    void addTo(Checkpoints checkpoints) {
        checkpoints.add(recoveryPoints, logStarts, watermarks, cleanedTo, checked.keySet());
    }
}
