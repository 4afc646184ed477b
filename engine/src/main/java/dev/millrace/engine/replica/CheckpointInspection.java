package dev.millrace.engine.replica;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.KeptAside;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.Mend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// Checks what is kept of many logs in the directory that holds them, while nobody has it open: first it says what is known of each log, then,
/// once these are read, it is compared with them. Changes nothing; what it finds says how it can be put right.
public final class CheckpointInspection {
    private static final String CLEANED = "cleaner-offset-checkpoint";
    private static final String MARK = LogCheckpoints.CLEAN_SHUTDOWN;

    /// (Whatever the broker epoch: nobody reads it.)
    private static final Pattern MARK_TEXT =
            Pattern.compile("\\{\"version\":0,\"brokerEpoch\":-?\\d+\\}\\s*");

    private final Storage directory;
    private final boolean clean;
    private final List<Finding> findings = new ArrayList<>();
    private final CheckpointText recoveryPoints;
    private final CheckpointText logStarts;
    private final CheckpointText watermarks;
    private final CheckpointText cleaned;
    private ClosedLogs.@Nullable Whole closed;

    /// What is known of one log before it is read.
    ///
    /// @param recoveryPoint up to there it was synced
    /// @param logStart 0 where the first segment begins
    /// @param closedEnd where it ended at a clean stop; -1 when unknown
    /// @param cleanedTo up to there it was compacted
    /// @param checkpointed the recovery point as its checkpoint has it
    public record Known(
            long recoveryPoint, long logStart, long closedEnd, long cleanedTo, long checkpointed) {}

    /// What one log turned out to be.
    ///
    /// @param start where its first segment begins
    /// @param firstEpochStart where its first leader epoch begins, as saved; -1 when unknown
    /// @param boundary its recovery point is where a batch begins, or its end
    /// @param incomplete some of it could not be read
    public record Is(
            long start, long end, long firstEpochStart, boolean boundary, boolean incomplete) {}

    private CheckpointInspection(Storage directory) throws IOException {
        this.directory = directory;
        this.clean = directory.exists(MARK);
        byte[] recovery = directory.readAll(LogCheckpoints.RECOVERY_POINTS);
        byte[] starts = directory.readAll(LogCheckpoints.LOG_STARTS);
        this.recoveryPoints = CheckpointText.read(recovery);
        this.logStarts = CheckpointText.read(starts);
        this.watermarks = CheckpointText.read(directory.readAll(LogCheckpoints.HIGH_WATERMARKS));
        byte[] compacted = directory.readAll(CLEANED);
        // Kafka makes it empty.
        this.cleaned =
                CheckpointText.read(compacted == null || compacted.length == 0 ? null : compacted);
        if (clean) {
            mark();
            closedLogs(recovery, starts);
        }
    }

    /// Whether a file of that name is one of those that are looked at here.
    public static boolean knows(String file) {
        return List.of(
                        MARK,
                        LogCheckpoints.RECOVERY_POINTS,
                        LogCheckpoints.LOG_STARTS,
                        LogCheckpoints.HIGH_WATERMARKS,
                        CLEANED,
                        ClosedLogs.FILE)
                .contains(file);
    }

    /// Reads the files of that directory.
    public static CheckpointInspection of(Storage directory) throws IOException {
        return new CheckpointInspection(directory);
    }

    /// The last process that had the directory closed that log.
    public boolean closed(TopicPartition name) {
        return clean && (closed == null || closed.logs().containsKey(name));
    }

    private void mark() throws IOException {
        byte[] bytes = directory.readAll(MARK);
        String text = bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
        if (!text.isEmpty() && !MARK_TEXT.matcher(text).matches()) {
            findings.add(
                    Finding.wrong(
                            MARK,
                            "is not what a stop writes (the controller will take that stop for a crash)",
                            new Mend(
                                    "writes it anew",
                                    () ->
                                            replace(
                                                    MARK,
                                                    "{\"version\":0,\"brokerEpoch\":-1}"
                                                            .getBytes(StandardCharsets.UTF_8)))));
        }
    }

    private void replace(String file, byte[] bytes) throws IOException {
        directory.writeAtomically(file, ByteBuffer.wrap(bytes));
    }

    /// What the stop knew of every log, and whether the checkpoints are still those that it wrote.
    private void closedLogs(byte @Nullable [] recovery, byte @Nullable [] starts)
            throws IOException {
        byte[] bytes = directory.readAll(ClosedLogs.FILE);
        if (bytes == null) {
            return;
        }
        ClosedLogs.Whole whole = ClosedLogs.whole(bytes);
        if (whole == null) {
            String aside = KeptAside.free(directory, ClosedLogs.FILE);
            findings.add(
                    Finding.wrong(
                            ClosedLogs.FILE,
                            "its checksum does not match",
                            new Mend(
                                    "puts it aside as %s: the next start looks at each log"
                                            .formatted(aside),
                                    () -> directory.publish(ClosedLogs.FILE, aside))));
            return;
        }
        if (whole.fits(recovery, starts)) {
            closed = whole;
            return;
        }
        byte[] rightRecovery = text(whole, false);
        byte[] rightStarts = text(whole, true);
        if (whole.fits(rightRecovery, rightStarts)) {
            closed = whole;
            differs(LogCheckpoints.RECOVERY_POINTS, recovery, rightRecovery);
            differs(LogCheckpoints.LOG_STARTS, starts, rightStarts);
        } else {
            findings.add(
                    Finding.note(
                            ClosedLogs.FILE,
                            "was written beside other checkpoints: another program has run on the directory since, and nobody believes it"));
        }
    }

    private static byte[] text(ClosedLogs.Whole whole, boolean starts) {
        Map<TopicPartition, Long> offsets = new TreeMap<>(LogDirectories.BY_NAME);
        whole.logs()
                .forEach((name, log) -> {
                    long offset = starts ? log.rest().logStart() : log.rest().logEnd();
                    if (offset > 0) {
                        offsets.put(name, offset);
                    }
                });
        return LogCheckpoints.encode(offsets);
    }

    private void differs(String file, byte @Nullable [] is, byte[] right) {
        if (!Arrays.equals(is, right)) {
            findings.add(
                    Finding.wrong(
                            file,
                            "is not what the stop wrote",
                            new Mend(
                                    "writes it as it was, from " + ClosedLogs.FILE,
                                    () -> replace(file, right))));
        }
    }

    /// What is known of that log.
    public Known known(TopicPartition name) {
        long cleanedTo = cleaned.offsets().getOrDefault(name, 0L);
        ClosedLogs.Closed log = closed == null ? null : closed.logs().get(name);
        if (log != null) {
            long end = log.rest().logEnd();
            return new Known(end, log.rest().logStart(), end, cleanedTo, end);
        }
        long recoveryPoint = recoveryPoints.offsets().getOrDefault(name, 0L);
        // One that is above the high watermark of the same moment is in doubt.
        long watermark = watermarks.offsets().getOrDefault(name, recoveryPoint);
        return new Known(
                Math.min(recoveryPoint, watermark),
                logStarts.offsets().getOrDefault(name, 0L),
                -1,
                cleanedTo,
                recoveryPoint);
    }

    /// Logs that are told of, in the order of their names.
    public List<TopicPartition> told() {
        var told = new TreeSet<TopicPartition>(LogDirectories.BY_NAME);
        told.addAll(recoveryPoints.offsets().keySet());
        if (closed != null) {
            told.addAll(closed.logs().keySet());
        }
        return List.copyOf(told);
    }

    /// What is known of a log that has no folder, as the next start judges it; null when nothing is missed.
    ///
    /// @param topicId of the topic that has the name in the metadata
    public @Nullable LogRest missed(TopicPartition name, Uuid topicId) throws IOException {
        ClosedLogs.Closed log = closed == null ? null : closed.logs().get(name);
        if (log != null) {
            return log.missed(topicId);
        }
        return closed != null && LogCheckpoints.cleanShutdownEpoch(directory) >= 0
                ? null
                : MissedLog.of(
                        name, recoveryPoints.offsets(), logStarts.offsets(), watermarks.offsets());
    }

    /// Compares the files with the logs that there are.
    ///
    /// @param missing logs that are known to be lost: they are told of elsewhere
    public List<Finding> compare(Map<TopicPartition, Is> logs, List<TopicPartition> missing) {
        if (closed == null) {
            compare(
                    LogCheckpoints.RECOVERY_POINTS,
                    recoveryPoints,
                    logs,
                    missing,
                    "leaves out what is wrong: the next start checks those logs whole",
                    (is, offset) -> is.boundary ? null : "which is within a batch");
            compare(
                    LogCheckpoints.LOG_STARTS,
                    logStarts,
                    logs,
                    missing,
                    "puts right what is wrong, from the logs' epochs; of two offsets the lower one counts, so that no record is hidden",
                    CheckpointInspection::logStart);
        }
        compare(
                LogCheckpoints.HIGH_WATERMARKS,
                watermarks,
                logs,
                missing,
                "leaves out what is wrong",
                (_, _) -> null);
        compare(
                CLEANED,
                cleaned,
                logs,
                missing,
                "leaves out what is wrong: those logs are compacted from their beginning",
                (_, _) -> null);
        return findings;
    }

    private interface Rule {
        @Nullable String problem(Is is, long offset);
    }

    private void compare(
            String file,
            CheckpointText text,
            Map<TopicPartition, Is> logs,
            List<TopicPartition> missing,
            String does,
            Rule rule) {
        List<String> problems = new ArrayList<>();
        if (text.problem() != null) {
            problems.add(text.problem());
        }
        Map<TopicPartition, Long> right = new TreeMap<>(LogDirectories.BY_NAME);
        List<TopicPartition> without =
                logs.keySet().stream().filter(log -> !text.offsets().containsKey(log)).toList();
        text.offsets()
                .forEach((name, offset) -> {
                    Is is = logs.get(name);
                    String problem = is == null ? null : problem(is, offset, rule);
                    if (is == null && !missing.contains(name)) {
                        TopicPartition meant = meant(name, without);
                        if (meant != null) {
                            problems.add(
                                    "names %s, which is not here, instead of %s"
                                            .formatted(name, meant));
                            right.put(meant, offset);
                        }
                        // Otherwise it is of a topic that was deleted since: nobody asks for it.
                    } else if (is != null && problem != null) {
                        problems.add("says %d of %s, %s".formatted(offset, name, problem));
                    } else {
                        right.put(name, offset);
                    }
                });
        if (!problems.isEmpty()) {
            if (file.equals(LogCheckpoints.LOG_STARTS)) {
                fromEpochs(logs, right);
            }
            byte[] bytes = LogCheckpoints.encode(right);
            findings.add(
                    Finding.wrong(
                            file,
                            String.join("; ", problems),
                            new Mend(does, () -> replace(file, bytes))));
        }
    }

    /// A log that has no entry, and whose name is one bit apart from one that does not exist.
    private static @Nullable TopicPartition meant(
            TopicPartition name, List<TopicPartition> without) {
        return without.stream()
                .filter(log ->
                        oneBitApart(
                                log.topic() + " " + log.partition(),
                                name.topic() + " " + name.partition()))
                .findFirst()
                .orElse(null);
    }

    /// Adds the log starts that are left in the leader epochs.
    private static void fromEpochs(Map<TopicPartition, Is> logs, Map<TopicPartition, Long> right) {
        logs.forEach((name, is) -> {
            if (is.firstEpochStart > is.start && is.firstEpochStart <= is.end) {
                right.putIfAbsent(name, is.firstEpochStart);
            }
        });
    }

    private static @Nullable String problem(Is is, long offset, Rule rule) {
        if (is.incomplete) {
            return null;
        }
        return offset > is.end ? "which ends at %d".formatted(is.end) : rule.problem(is, offset);
    }

    /// A log start within a segment is where the first leader epoch begins, which is saved first.
    private static @Nullable String logStart(Is is, long offset) {
        boolean within = offset > is.start && is.firstEpochStart >= 0;
        boolean later =
                is.firstEpochStart > offset
                        && oneBitApart(Long.toString(offset), Long.toString(is.firstEpochStart));
        return within && (is.firstEpochStart < offset || later)
                ? "and its leader-epoch-checkpoint says %d".formatted(is.firstEpochStart)
                : null;
    }

    private static boolean oneBitApart(String a, String b) {
        int bits = 0;
        for (int i = 0; i < a.length() && a.length() == b.length(); i++) {
            bits += Integer.bitCount(a.charAt(i) ^ b.charAt(i));
        }
        return a.length() == b.length() && bits == 1;
    }
}
