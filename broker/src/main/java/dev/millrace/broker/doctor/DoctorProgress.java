package dev.millrace.broker.doctor;

import dev.millrace.engine.doctor.Watcher;
import java.io.PrintStream;

/// One line on a terminal that says how far the check has come, written over itself at most ten times a second.
final class DoctorProgress implements Watcher {
    private static final long PAUSE_NS = 100_000_000;
    private static final String BEGIN = "\r";
    private static final String CLEAR = "\033[K";

    private final PrintStream err;
    private final boolean shown;
    private long total;
    private long seen;
    private String folder = "";
    private long lastNs = System.nanoTime();
    private boolean drawn;

    DoctorProgress(PrintStream err, boolean shown) {
        this.err = err;
        this.shown = shown;
    }

    @Override
    public void total(long bytes) {
        total = bytes;
        seen = 0;
    }

    @Override
    public void at(String name) {
        folder = name;
        draw();
    }

    @Override
    public void seen(long bytes) {
        seen += bytes;
        draw();
    }

    private void draw() {
        long now = System.nanoTime();
        if (shown && now - lastNs >= PAUSE_NS) {
            lastNs = now;
            drawn = true;
            err.print(
                    BEGIN
                            + "checking "
                            + folder
                            + ": "
                            + Bytes.text(seen)
                            + " of "
                            + Bytes.text(Math.max(total, seen))
                            + CLEAR);
            err.flush();
        }
    }

    /// Takes the line away.
    void end() {
        if (drawn) {
            drawn = false;
            err.print(BEGIN + CLEAR);
            err.flush();
        }
    }
}
