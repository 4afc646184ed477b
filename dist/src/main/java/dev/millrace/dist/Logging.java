package dev.millrace.dist;

import java.util.ArrayList;
import java.util.List;

/// The log of a broker: one line per event on standard error, warnings and worse.
final class Logging {
    private Logging() {}

    /// To be called before the first logger exists. `MILLRACE_LOG=debug` (or info, error, off) shows more or less.
    static void forBroker() {
        String level = System.getenv("MILLRACE_LOG");
        set("millrace.log", level == null || level.isBlank() ? "warn" : level);
        set("slf4j.internal.verbosity", "ERROR");
        set("slf4j.provider", "dev.millrace.dist.log.LogProvider");
    }

    private static void set(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /// The options this JVM was started with, as far as can be seen without loading its management classes.
    static List<String> jvmOptions() {
        var options = new ArrayList<String>();
        ProcessHandle.current()
                .info()
                .arguments()
                .ifPresent(words -> options.addAll(List.of(words)));
        for (String variable : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
            String value = System.getenv(variable);
            if (value != null) {
                options.addAll(List.of(value.strip().split("\\s+")));
            }
        }
        return options;
    }
}
