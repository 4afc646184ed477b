package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.cli.perf.Meter;
import dev.millrace.cli.perf.Percentiles;
import org.junit.jupiter.api.Test;

/// The line that is drawn over itself while a test runs.
class PerfProgressTest {
    private static final Percentiles NONE = new Percentiles(0, 0, 0, 0, 0, 0);
    private static final Percentiles SOME = new Percentiles(1, 0.9, 1.5, 2.1, 8, 9);

    private static Recorded shown(boolean interactive, OutputForm output) {
        var recorded = new Recorded();
        var plain = recorded.terminal;
        var terminal = new Terminal(plain.in(), plain.out(), plain.err(), interactive);
        var progress = new PerfProgress(terminal, output);
        progress.accept(new Meter.Look(1, 2_000, 2_048_000, SOME));
        progress.accept(new Meter.Look(2, 500, 512_000, NONE));
        progress.end();
        return recorded;
    }

    @Test
    void aTerminalShowsTotalsAndWhatIsNow() {
        var recorded = shown(true, OutputForm.text);
        assertEquals(
                "\r1.00 s: 2,000 records, now 2,000 records/s, 1.95 MB/s, p50 0.90 ms, p99 2.10 ms\033[K"
                        + "\r3.00 s: 2,500 records, now 250 records/s, 0.24 MB/s\033[K"
                        + "\r\033[K",
                recorded.err());
        assertEquals("", recorded.out());
    }

    @Test
    void nothingIsShownElsewhere() {
        assertEquals("", shown(false, OutputForm.text).err());
        assertEquals("", shown(true, OutputForm.json).err());
    }
}
