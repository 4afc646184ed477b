package dev.millrace.broker.adopt;

import java.util.Locale;

/// Bytes for people: `3.2 GB`.
public final class Sizes {
    private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};

    private Sizes() {}

    public static String text(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1000) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }
}
