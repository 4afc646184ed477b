package dev.millrace.engine.replica;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A checkpoint of many logs, read for a check: what can be understood of it, and whether that is all.
///
/// @param offsets the lines that can be understood
/// @param problem what cannot; null when nothing
record CheckpointText(Map<TopicPartition, Long> offsets, @Nullable String problem) {
    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    static CheckpointText read(byte @Nullable [] bytes) {
        var offsets = new TreeMap<TopicPartition, Long>(LogDirectories.BY_NAME);
        if (bytes == null) {
            return new CheckpointText(offsets, null);
        }
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
        String problem = null;
        if (lines.length < 3 || !lines[0].equals("0") || !lines[lines.length - 1].isEmpty()) {
            problem = "does not begin or end as it should";
        } else if (!lines[1].equals(Integer.toString(lines.length - 3))) {
            problem =
                    "has %d entries and says that it has %s".formatted(lines.length - 3, lines[1]);
        }
        for (int i = 2; i < lines.length - 1; i++) {
            if (!read(lines[i], offsets)) {
                problem = "cannot be read in line " + (i + 1);
            }
        }
        return new CheckpointText(offsets, problem);
    }

    private static boolean read(String line, Map<TopicPartition, Long> into) {
        String[] fields = line.split(" ", -1);
        if (fields.length != 3 || !TOPIC.matcher(fields[0]).matches()) {
            return false;
        }
        try {
            var name = new TopicPartition(fields[0], Integer.parseInt(fields[1]));
            long offset = Long.parseLong(fields[2]);
            boolean asWritten =
                    line.equals(name.topic() + " " + name.partition() + " " + offset)
                            && name.partition() >= 0
                            && offset >= 0;
            return asWritten && into.putIfAbsent(name, offset) == null;
        } catch (NumberFormatException damaged) {
            return false;
        }
    }
}
