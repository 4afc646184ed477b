package dev.millrace.engine.replica;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogRest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// `millrace-closed-logs`: what a clean stop knew of every log in the directory, so that the next start need not look at each.
///
/// Ours, not Kafka's. Big-endian: version 0 (2), CRC-32C of what follows (4), CRC-32C of the recovery points' and the log starts'
/// files (4), number of logs (4), then for each log: topic id (16), length of the topic's name (2), name (UTF-8), partition (4),
/// log start (8), log end (8), bytes (8), oldest timestamp (8), first unstable offset (8).
///
/// It counts only beside `.kafka_cleanshutdown`, and only while the checkpoints are those that it was written with: after another
/// program has run on the directory, it says nothing.
final class ClosedLogs {
    static final String FILE = "millrace-closed-logs";
    private static final short VERSION = 0;
    private static final int CRC = 2;
    private static final int BODY = 6;
    private static final int ENTRIES = 14;
    private static final int ENTRY = 16 + 2 + 4 + 5 * 8;

    /// One log.
    record Closed(Uuid topicId, TopicPartition name, LogRest rest) {
        /// What is missed when it has no folder; null when it is of another topic, or was never written to.
        @Nullable LogRest missed(Uuid wanted) {
            return topicId.equals(wanted) && rest.logEnd() > 0 ? rest : null;
        }
    }

    private ClosedLogs() {}

    /// To be called when the checkpoints are written.
    static void write(Storage directory, Collection<Closed> logs) throws IOException {
        int size = ENTRIES;
        for (Closed log : logs) {
            size += ENTRY + utf8(log).length;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.putShort(VERSION).putInt(0).putInt(checkpoints(directory)).putInt(logs.size());
        for (Closed log : logs) {
            put(out, log);
        }
        out.putInt(CRC, crc(out.flip()));
        directory.writeAtomically(FILE, out);
    }

    private static byte[] utf8(Closed log) {
        return log.name.topic().getBytes(StandardCharsets.UTF_8);
    }

    private static void put(ByteBuffer out, Closed log) {
        byte[] topic = utf8(log);
        LogRest rest = log.rest;
        out.putLong(log.topicId.getMostSignificantBits())
                .putLong(log.topicId.getLeastSignificantBits())
                .putShort((short) topic.length)
                .put(topic)
                .putInt(log.name.partition())
                .putLong(rest.logStart())
                .putLong(rest.logEnd())
                .putLong(rest.bytes())
                .putLong(rest.oldestMs())
                .putLong(rest.firstUnstable());
    }

    private static int crc(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes.slice(BODY, bytes.limit() - BODY));
        return (int) crc.getValue();
    }

    private static int checkpoints(Storage directory) throws IOException {
        return checkpoints(
                directory.readAll(LogCheckpoints.RECOVERY_POINTS),
                directory.readAll(LogCheckpoints.LOG_STARTS));
    }

    private static int checkpoints(byte @Nullable [] recoveryPoints, byte @Nullable [] logStarts) {
        var crc = new CRC32C();
        if (recoveryPoints != null) {
            crc.update(recoveryPoints);
        }
        if (logStarts != null) {
            crc.update(logStarts);
        }
        return (int) crc.getValue();
    }

    /// A file that is whole, whatever it was written beside.
    ///
    /// @param checkpoints the checksum of the checkpoints that it was written beside
    record Whole(Map<TopicPartition, Closed> logs, int checkpoints) {
        boolean fits(byte @Nullable [] recoveryPoints, byte @Nullable [] logStarts) {
            return checkpoints == ClosedLogs.checkpoints(recoveryPoints, logStarts);
        }
    }

    /// @return null when it is damaged
    static @Nullable Whole whole(byte[] bytes) {
        if (bytes.length < ENTRIES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return in.getShort() == VERSION && in.getInt() == crc(in)
                ? new Whole(entries(in.position(ENTRIES - Integer.BYTES)), in.getInt(BODY))
                : null;
    }

    /// @return null when there is none that counts
    static @Nullable Map<TopicPartition, Closed> read(Storage directory) throws IOException {
        byte[] bytes = directory.readAll(FILE);
        if (bytes == null || bytes.length < ENTRIES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        boolean whole = in.getShort() == VERSION && in.getInt() == crc(in);
        return whole && in.getInt() == checkpoints(directory) ? entries(in) : null;
    }

    private static Map<TopicPartition, Closed> entries(ByteBuffer in) {
        int count = in.getInt();
        Map<TopicPartition, Closed> logs = HashMap.newHashMap(count);
        String topic = "";
        for (int i = 0; i < count; i++) {
            var id = new Uuid(in.getLong(), in.getLong());
            byte[] utf8 = new byte[in.getShort()];
            in.get(utf8);
            String next = new String(utf8, StandardCharsets.UTF_8);
            topic = next.equals(topic) ? topic : next; // one object for all partitions of a topic
            var name = new TopicPartition(topic, in.getInt());
            var rest =
                    new LogRest(
                            in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
            logs.put(name, new Closed(id, name, rest));
        }
        return logs;
    }
}
