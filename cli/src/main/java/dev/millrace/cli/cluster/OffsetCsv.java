package dev.millrace.cli.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/// The CSV of `--export` and `--from-file`: `topic,partition,offset` lines for one group, `group,topic,partition,offset` for several.
public final class OffsetCsv {
    /// Kafka's tool puts longer cells in quotes, whatever they hold; so do we, to write the same file.
    private static final int UNQUOTED_CHARS = 24;

    private OffsetCsv() {}

    /// One line without its end. Numbers are never quoted.
    public static String line(List<String> names, int partition, long offset) {
        var line = new StringBuilder();
        names.forEach(name -> line.append(quoted(name)).append(','));
        return line.append(partition).append(',').append(offset).toString();
    }

    private static String quoted(String cell) {
        boolean plain =
                cell.length() <= UNQUOTED_CHARS
                        && cell.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
        return plain ? cell : "\"" + cell.replace("\"", "\"\"") + "\"";
    }

    /// Reads a file.
    ///
    /// @throws CommandFailed when it cannot be read, or naming the line that is wrong
    public static Map<String, Map<TopicPartition, Long>> read(String file, String onlyGroup) {
        try {
            return parse(Files.readAllLines(Path.of(file)), onlyGroup);
        } catch (IOException unreadable) {
            throw CommandFailed.unreadable(file, unreadable);
        }
    }

    /// Offsets by group; lines without a group belong to `onlyGroup`.
    ///
    /// @throws CommandFailed naming the line that is wrong
    public static Map<String, Map<TopicPartition, Long>> parse(
            List<String> lines, String onlyGroup) {
        var offsets = new TreeMap<String, Map<TopicPartition, Long>>();
        int number = 0;
        for (String line : lines) {
            number++;
            if (!line.isBlank()) {
                var cells = cells(line);
                boolean withGroup = cells.size() == 4;
                if (!withGroup && cells.size() != 3) {
                    throw wrong(number, line);
                }
                String group = withGroup ? cells.removeFirst() : onlyGroup;
                offsets.computeIfAbsent(group, _ -> new TreeMap<>(Groups.BY_TOPIC))
                        .put(partition(cells, number, line), number(cells.get(2), number, line));
            }
        }
        return offsets;
    }

    private static TopicPartition partition(List<String> cells, int number, String line) {
        return new TopicPartition(cells.get(0), (int) number(cells.get(1), number, line));
    }

    private static long number(String cell, int number, String line) {
        try {
            return Long.parseLong(cell.strip());
        } catch (NumberFormatException notANumber) {
            throw wrong(number, line);
        }
    }

    private static CommandFailed wrong(int number, String line) {
        return CommandFailed.because(
                "line "
                        + number
                        + " of the file is not topic,partition,offset nor group,topic,partition,offset: "
                        + line);
    }

    /// Cells of a line; a doubled quote inside quotes is one quote.
    static List<String> cells(String line) {
        var cells = new ArrayList<String>();
        var cell = new StringBuilder();
        boolean quoted = false;
        for (int at = 0; at < line.length(); at++) {
            char c = line.charAt(at);
            if (c == '"' && quoted && at + 1 < line.length() && line.charAt(at + 1) == '"') {
                cell.append('"');
                at++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString().strip());
        return cells;
    }
}
