package dev.millrace.cli;

import dev.millrace.cli.perf.Meter;
import java.util.function.Consumer;

/// The line that tells how a test is going, drawn over itself every second. On a terminal only, and never into JSON.
final class PerfProgress implements Consumer<Meter.Look> {
    private static final String BEGIN = "\r";
    private static final String CLEAR = "\033[K";

    private final Terminal terminal;
    private final boolean shown;
    private double seconds;
    private long records;

    PerfProgress(Terminal terminal, OutputForm output) {
        this.terminal = terminal;
        this.shown = terminal.interactive() && output == OutputForm.text;
    }

    @Override
    public void accept(Meter.Look look) {
        seconds += look.seconds();
        records += look.records();
        if (shown) {
            terminal.err().print(BEGIN + line(look) + CLEAR);
            terminal.err().flush();
        }
    }

    private String line(Meter.Look look) {
        String line =
                "%s: %s, now %s records/s, %s/s"
                        .formatted(
                                Quantity.seconds(seconds),
                                Quantity.counted(records, "record"),
                                Quantity.count(look.recordsPerSecond()),
                                Quantity.megabytes(look.bytesPerSecond()));
        return look.latency().max() == 0
                ? line
                : line
                        + ", p50 "
                        + Quantity.milliseconds(look.latency().p50())
                        + ", p99 "
                        + Quantity.milliseconds(look.latency().p99());
    }

    /// Takes the line away.
    void end() {
        if (shown) {
            terminal.err().print(BEGIN + CLEAR);
            terminal.err().flush();
        }
    }
}
