package dev.millrace.cli;

import java.time.Duration;

/// Durations as people say them: two units at most.
final class TimeSpan {
    private TimeSpan() {}

    /// `0 s`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
    static String text(Duration span) {
        long seconds = span.toSeconds();
        if (span.isZero()) {
            return "0 s";
        }
        if (seconds < 10) {
            long tenths = Math.max(1, Math.round(span.toMillis() / 100.0));
            return tenths % 10 == 0 ? tenths / 10 + " s" : tenths / 10 + "." + tenths % 10 + " s";
        }
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3_600) {
            return two(seconds / 60, "min", seconds % 60, "s");
        }
        if (seconds < 86_400) {
            return two(seconds / 3_600, "h", seconds / 60 % 60, "min");
        }
        return two(seconds / 86_400, "d", seconds / 3_600 % 24, "h");
    }

    private static String two(long whole, String unit, long rest, String smaller) {
        String text = whole + " " + unit;
        return rest == 0 ? text : text + " " + rest + " " + smaller;
    }
}
