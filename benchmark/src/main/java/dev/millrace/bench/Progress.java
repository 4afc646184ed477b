package dev.millrace.bench;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// What runs now, the how-manieth of how many, and about how long it will take still.
///
/// On a terminal the running cell is one line that is overwritten; elsewhere only finished cells are printed.
final class Progress {
    private static final double GUESS_SECONDS = 5;

    private final PrintStream out;
    private final boolean terminal;
    private final int cells;
    private final Map<String, Double> lastSeconds = new HashMap<>();
    private int done;

    Progress(PrintStream out, boolean terminal, int cells) {
        this.out = out;
        this.terminal = terminal;
        this.cells = cells;
    }

    void say(String line) {
        out.print(clear() + line + "\n");
        out.flush();
    }

    /// A cell begins.
    void begin(int pair, int pairs, String side, String what) {
        if (terminal) {
            out.printf(
                    "%s[%d/%d] pair %d of %d, %s: %s; about %s left",
                    clear(), done + 1, cells, pair, pairs, side, what, minutes(secondsLeft()));
            out.flush();
        }
    }

    /// A cell ended, well or not.
    void end(String side, String workload, double seconds, String outcome) {
        done++;
        lastSeconds.merge(side + " " + workload, seconds, (a, b) -> (a + b) / 2);
        say(
                String.format(
                        Locale.ROOT,
                        "[%d/%d] %s %s: %s%s",
                        done,
                        cells,
                        side,
                        workload,
                        outcome,
                        terminal ? "" : " (about " + minutes(secondsLeft()) + " left)"));
    }

    /// The mean of the cells so far for those to come; the first cells are few and guessed.
    private double secondsLeft() {
        double mean =
                lastSeconds.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElse(GUESS_SECONDS);
        return mean * (cells - done);
    }

    static String minutes(double seconds) {
        return seconds < 90 ? Math.round(seconds) + " s" : Math.round(seconds / 60) + " min";
    }

    private String clear() {
        return terminal ? "\r\033[K" : "";
    }
}
