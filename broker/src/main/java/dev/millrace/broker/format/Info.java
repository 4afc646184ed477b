package dev.millrace.broker.format;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `kafka-storage info`: which directories there are, whose they are, and what is wrong with them.
final class Info {
    /// Tells whose a directory is.
    static final String META = "meta.properties";

    private final PrintStream out;
    private final List<String> found = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private @Nullable Map<String, String> first;

    Info(PrintStream out) {
        this.out = out;
    }

    /// @return the exit code: 1 when there are problems
    int print(SortedSet<String> directories) {
        directories.forEach(directory -> look(Path.of(directory)));
        list("Found log director", found, "y:", "ies:");
        if (first != null) {
            out.println("Found metadata: " + first);
            out.println();
        }
        list("Found problem", problems, ":", "s:");
        return problems.isEmpty() ? 0 : 1;
    }

    private void list(String what, List<String> lines, String one, String several) {
        if (!lines.isEmpty()) {
            out.println(what + (lines.size() == 1 ? one : several));
            lines.forEach(line -> out.println("  " + line));
            out.println();
        }
    }

    private void look(Path directory) {
        if (!Files.isDirectory(directory)) {
            problems.add(
                    directory
                            + (Files.exists(directory)
                                    ? " is not a directory"
                                    : " does not exist"));
            return;
        }
        found.add(directory.toString());
        Path file = directory.resolve(META);
        if (!Files.exists(file)) {
            problems.add(directory + " is not formatted.");
            return;
        }
        try {
            compare(read(file));
        } catch (IOException e) {
            problems.add("Error loading " + file + ": " + e.getMessage());
        }
    }

    /// @throws IOException also when it is no file of properties
    static Properties read(Path file) throws IOException {
        var meta = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            meta.load(in);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
        return meta;
    }

    private void compare(Properties meta) {
        var values = new TreeMap<String, String>();
        meta.stringPropertyNames().forEach(name -> values.put(name, meta.getProperty(name)));
        if (first == null) {
            first = values;
        } else if (!same("cluster.id", values)) {
            problems.add("Mismatched cluster IDs between storage directories.");
        } else if (!same("node.id", values)) {
            problems.add("Mismatched node IDs between storage directories.");
        }
    }

    private boolean same(String key, Map<String, String> values) {
        return first != null && String.valueOf(first.get(key)).equals(values.get(key));
    }
}
