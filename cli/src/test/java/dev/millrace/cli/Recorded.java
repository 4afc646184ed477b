package dev.millrace.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// A terminal whose output a test can read.
public final class Recorded {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /// What a command would see, with nothing to read.
    public final Terminal terminal =
            new Terminal(
                    new ByteArrayInputStream(new byte[0]),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    false);

    /// Standard output so far.
    public String out() {
        terminal.out().flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    /// Standard error so far.
    public String err() {
        terminal.err().flush();
        return err.toString(StandardCharsets.UTF_8);
    }
}
