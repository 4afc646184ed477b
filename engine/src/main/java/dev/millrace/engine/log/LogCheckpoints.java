package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is kept of many logs in the directory that holds them, in Kafka's files.
///
/// A checkpoint is text: version 0, the number of entries, then `topic partition offset` line by line. One that is missing or
/// damaged counts as empty: recovery then checks whole logs, which is slow and right.
///
/// `.kafka_cleanshutdown` is there while every log in the directory was closed cleanly and none has been opened since. It names the
/// broker epoch of the process that closed them (KIP-966).
public final class LogCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(LogCheckpoints.class);

    /// Below these offsets everything was synced: what [Log#checkpoint()] returns.
    public static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";

    /// Below these offsets logs were compacted: [Log#cleanedTo()].
    public static final String CLEANED = "cleaner-offset-checkpoint";

    public static final String LOG_STARTS = "log-start-offset-checkpoint";
    public static final String HIGH_WATERMARKS = "replication-offset-checkpoint";
    public static final String CLEAN_SHUTDOWN = ".kafka_cleanshutdown";

    private static final String EPOCH_KEY = "\"brokerEpoch\":";

    // Written out: the JDK's combined comparators are serializable, and no start-up cache holds
    // those.
    private static final Comparator<TopicPartition> BY_NAME =
            (a, b) -> {
                int byTopic = a.topic().compareTo(b.topic());
                return byTopic != 0 ? byTopic : Integer.compare(a.partition(), b.partition());
            };

    private LogCheckpoints() {}

    /// @return in the order of their names
    public static Map<TopicPartition, Long> read(Storage directory, String checkpoint)
            throws IOException {
        byte[] bytes = directory.readAll(checkpoint);
        if (bytes == null) {
            return new TreeMap<>(BY_NAME);
        }
        Map<TopicPartition, Long> offsets = decode(new String(bytes, StandardCharsets.UTF_8));
        if (offsets == null) {
            LOG.warn("{} is damaged and counts as empty", checkpoint);
            return new TreeMap<>(BY_NAME);
        }
        return offsets;
    }

    private static @org.jspecify.annotations.Nullable Map<TopicPartition, Long> decode(
            String text) {
        String[] lines = text.lines().toArray(String[]::new);
        var offsets = new TreeMap<TopicPartition, Long>(BY_NAME);
        try {
            if (lines.length < 2
                    || !lines[0].equals("0")
                    || Integer.parseInt(lines[1]) != lines.length - 2) {
                return null;
            }
            for (int i = 2; i < lines.length; i++) {
                String[] fields = lines[i].split(" ", -1);
                if (fields.length != 3) {
                    return null;
                }
                offsets.put(
                        new TopicPartition(fields[0], Integer.parseInt(fields[1])),
                        Long.parseLong(fields[2]));
            }
            return offsets;
        } catch (NumberFormatException damaged) {
            return null;
        }
    }

    /// Replaces a checkpoint, durably.
    public static void write(
            Storage directory, String checkpoint, Map<TopicPartition, Long> offsets)
            throws IOException {
        directory.writeAtomically(checkpoint, ByteBuffer.wrap(encode(offsets)));
    }

    /// The bytes of such a file.
    public static byte[] encode(Map<TopicPartition, Long> offsets) {
        var text = new StringBuilder("0\n").append(offsets.size()).append('\n');
        offsets.forEach((partition, offset) ->
                text.append(partition.topic())
                        .append(' ')
                        .append(partition.partition())
                        .append(' ')
                        .append(offset)
                        .append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// The broker epoch of the process that has closed every log, as the mark says; -1 when there is no mark, it names none, or cannot be read.
    /// To be asked before the mark is taken away.
    public static long cleanShutdownEpoch(Storage directory) throws IOException {
        byte[] mark = directory.readAll(CLEAN_SHUTDOWN);
        String text = mark == null ? "" : new String(mark, StandardCharsets.UTF_8);
        int key = text.indexOf(EPOCH_KEY);
        int end = text.indexOf('}', Math.max(0, key));
        if (key < 0 || end < 0) {
            return -1;
        }
        try {
            return Long.parseLong(text.substring(key + EPOCH_KEY.length(), end).strip());
        } catch (NumberFormatException damaged) {
            return -1;
        }
    }

    /// Whether the last process closed every log; from now on it does not count as such. To be called before any log is opened.
    public static boolean takeCleanShutdown(Storage directory) throws IOException {
        if (!directory.exists(CLEAN_SHUTDOWN)) {
            return false;
        }
        directory.delete(CLEAN_SHUTDOWN);
        directory.syncDirectory();
        return true;
    }

    /// As [#markCleanShutdown(Storage, long)], by somebody without an epoch.
    public static void markCleanShutdown(Storage directory) throws IOException {
        markCleanShutdown(directory, -1);
    }

    /// Every log here has been closed cleanly, and every checkpoint written.
    ///
    /// @param brokerEpoch of the process that has closed them; -1 when it was not registered
    public static void markCleanShutdown(Storage directory, long brokerEpoch) throws IOException {
        try (StoredFile mark = directory.open(CLEAN_SHUTDOWN)) {
            mark.truncate(0);
            mark.append(
                    ByteBuffer.wrap(
                            ("{\"version\":0," + EPOCH_KEY + brokerEpoch + "}")
                                    .getBytes(StandardCharsets.UTF_8)));
            mark.sync();
        }
        directory.syncDirectory();
    }
}
