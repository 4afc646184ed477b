package dev.millrace.engine.coordinator.group;

import java.util.ArrayList;
import java.util.List;

/// How the sentences about rebalances say times, lists and what clients said.
final class PlainWords {
    /// Of a longer list only so many are named.
    static final int MOST_NAMED = 10;

    /// Of anything that a client wrote only so much is kept.
    static final int MOST_CHARS = 255;

    private static final long SECOND_MS = 1_000;
    private static final long MINUTE_MS = 60 * SECOND_MS;
    private static final long HOUR_MS = 60 * MINUTE_MS;

    private PlainWords() {}

    /// "500 ms", "45 s", "2 min 3 s", "1 h 5 min": two units at most.
    static String duration(long ms) {
        if (ms < SECOND_MS) {
            return ms + " ms";
        }
        if (ms < MINUTE_MS) {
            return ms % SECOND_MS == 0 || ms >= 10 * SECOND_MS
                    ? ms / SECOND_MS + " s"
                    : Math.round(ms / 100.0) / 10.0 + " s";
        }
        return ms < HOUR_MS
                ? two(ms, MINUTE_MS, "min", SECOND_MS, "s")
                : two(ms, HOUR_MS, "h", MINUTE_MS, "min");
    }

    private static String two(long ms, long big, String bigUnit, long small, String smallUnit) {
        long rest = ms % big / small;
        return ms / big + " " + bigUnit + (rest == 0 ? "" : " " + rest + " " + smallUnit);
    }

    /// What a client gave as its reason.
    static String said(String reason) {
        return reason.isBlank() ? "" : "; it said \"" + reason.strip() + "\"";
    }

    static String cut(String text) {
        return text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS);
    }

    /// The first of them, and how many more there are.
    static List<String> few(List<String> names) {
        var few = new ArrayList<String>();
        for (String name : names.subList(0, Math.min(names.size(), MOST_NAMED))) {
            few.add(cut(name));
        }
        if (names.size() > MOST_NAMED) {
            few.add((names.size() - MOST_NAMED) + " more");
        }
        return List.copyOf(few);
    }

    static String list(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    /// "1 member", "2 members".
    static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    static String difference(List<String> added, List<String> removed) {
        return (added.isEmpty() ? "" : "; added: " + list(added))
                + (removed.isEmpty() ? "" : "; removed: " + list(removed));
    }
}
