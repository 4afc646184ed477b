package dev.millrace.cli;

import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Where a command reads and writes. Tests pass their own streams; `system` is the process's.
///
/// `out` is buffered and not flushed line by line: a command that prints while it waits flushes by itself, and the
/// program's rim flushes at the end. Text is UTF-8 whatever the locale says, since record values are bytes.
///
/// @param interactive a person types into `in`: prompts are welcome
public record Terminal(InputStream in, PrintStream out, PrintStream err, boolean interactive) {
    private static final int OUT_BUFFER_BYTES = 64 * 1024;

    /// The process's own streams.
    public static Terminal system() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new PrintStream(
                        new BufferedOutputStream(
                                new FileOutputStream(FileDescriptor.out), OUT_BUFFER_BYTES),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                isTerminal(System.console()));
    }

    /// Since Java 22 there is a console even when input and output are redirected: it has to be asked.
    private static boolean isTerminal(@Nullable Console console) {
        return console != null && console.isTerminal();
    }

    /// Prints one line and a newline, `\n` on every system.
    public void line(String text) {
        out.print(text);
        out.print('\n');
    }

    /// True when nobody reads the output any more, as in `millrace consume t | head -1`: time to stop quietly.
    public boolean readerGone() {
        return out.checkError();
    }
}
