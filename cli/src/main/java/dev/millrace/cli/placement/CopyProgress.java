package dev.millrace.cli.placement;

import java.util.ArrayDeque;
import java.util.Locale;

/// How far moves have come, how fast they go, and how long it will take: in one line.
///
/// ```
/// 12 of 100 moved, 8 on their way, 3.2 GB of 10.0 GB copied, 48.0 MB/s, about 2 min left
/// ```
final class CopyProgress {
    /// The rate is taken over so much time at most.
    private static final long WINDOW_NANOS = 20_000_000_000L;

    private static final double NANOS = 1e9;

    private final int moves;
    private final long bytes;
    private final ArrayDeque<Seen> seen = new ArrayDeque<>();

    private record Seen(long atNanos, long copied) {}

    /// @param bytes to copy in all
    CopyProgress(int moves, long bytes) {
        this.moves = moves;
        this.bytes = bytes;
    }

    /// What there is to say now.
    ///
    /// @param copied bytes so far
    String line(long nowNanos, int done, int underWay, long copied) {
        seen.add(new Seen(nowNanos, copied));
        while (seen.size() > 2 && nowNanos - seen.getFirst().atNanos > WINDOW_NANOS) {
            seen.removeFirst();
        }
        var line = new StringBuilder("%d of %d moved".formatted(done, moves));
        if (underWay > 0) {
            line.append(", ").append(underWay).append(" on their way");
        }
        if (bytes > 0) {
            line.append(", ").append(Sizes.text(copied)).append(" of ").append(Sizes.text(bytes));
            line.append(" copied");
        }
        double rate = rate();
        if (rate >= 1) {
            line.append(", ").append(Sizes.text((long) rate)).append("/s");
            line.append(", about ").append(time((bytes - copied) / rate)).append(" left");
        }
        return line.toString();
    }

    /// Bytes a second; 0 when nothing can be said.
    private double rate() {
        Seen first = seen.getFirst();
        Seen last = seen.getLast();
        double seconds = (last.atNanos - first.atNanos) / NANOS;
        return seconds < 1 ? 0 : Math.max(0, last.copied - first.copied) / seconds;
    }

    static String time(double seconds) {
        if (seconds < 100) {
            return String.format(Locale.ROOT, "%.0f s", Math.max(0, seconds));
        }
        double minutes = seconds / 60;
        return minutes < 100
                ? String.format(Locale.ROOT, "%.0f min", minutes)
                : String.format(Locale.ROOT, "%.1f h", minutes / 60);
    }
}
