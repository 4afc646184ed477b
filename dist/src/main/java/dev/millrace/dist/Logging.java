package dev.millrace.dist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The log of a broker: one line per event on standard error, warnings and worse.
final class Logging {
    private Logging() {}

    /// To be called before the first logger exists. `MILLRACE_LOG=debug` (or info, error, off) shows more or less.
    static void forBroker() {
        KnownProviders.name();
        String level = System.getenv("MILLRACE_LOG");
        set("millrace.log", level == null || level.isBlank() ? "warn" : level);
        set("slf4j.internal.verbosity", "ERROR");
    }

    private static void set(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /// The options this JVM was started with, as far as can be seen without loading its management classes.
    static List<String> jvmOptions() {
        var options = new ArrayList<String>(commandLine());
        for (String variable : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
            String value = System.getenv(variable);
            if (value != null) {
                options.addAll(List.of(value.strip().split("\\s+")));
            }
        }
        return options;
    }

    /// Linux keeps it in a file, which is read faster than by way of the JDK.
    private static List<String> commandLine() {
        try {
            String words = Files.readString(Path.of("/proc/self/cmdline"), ISO_8859_1);
            return List.of(words.split("\0", -1));
        } catch (IOException e) {
            return ProcessHandle.current().info().arguments().map(List::of).orElse(List.of());
        }
    }
}
