package dev.millrace.cli;

/// Keeps the client library's log off the terminal: what a person must know, a command says itself, in one sentence.
///
/// Only settings that nobody has made are made here, before the first logger exists. `MILLRACE_LOG=warn` (or info, debug)
/// brings the log back, on standard error.
public final class QuietLogging {
    private QuietLogging() {}

    /// To be called first in a process that runs one command.
    public static void install() {
        String level = System.getenv("MILLRACE_LOG");
        set("millrace.log", level == null || level.isBlank() ? "off" : level.strip());
        set("slf4j.internal.verbosity", "ERROR");
    }

    private static void set(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
