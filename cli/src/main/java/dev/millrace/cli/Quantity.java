package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes, times and rates as people write them on a command line, and as summaries show them. A KB is 1,024 bytes, a MB 1,024 KB.
final class Quantity {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,9})?) ?([a-zA-Z/]*)");
    private static final double KB = 1024;
    private static final double MB = 1024 * KB;
    private static final Map<String, Double> SIZES =
            Map.of("", 1.0, "b", 1.0, "kb", KB, "mb", MB, "gb", 1024 * MB);
    private static final Map<String, Double> SECONDS =
            Map.of("us", 1e-6, "ms", 1e-3, "s", 1.0, "m", 60.0, "min", 60.0, "h", 3_600.0);
    private static final Map<String, Double> RATES = Map.of("", 1.0, "/s", 1.0);

    private Quantity() {}

    /// `100`, `100B`, `1KB`, `1.5MB`, `1GB`.
    static int bytes(String option, String text) {
        double bytes = parse(text, SIZES);
        if (!(bytes >= 0 && bytes <= Integer.MAX_VALUE)) {
            throw CommandFailed.usage(
                    "%s takes a size below 2GB, for example 100B or 16KB, not '%s'"
                            .formatted(option, text));
        }
        return (int) bytes;
    }

    /// `500ms`, `30s`, `5m`, `1h`; a number without a unit is 0 or wrong.
    static Duration time(String option, String text) {
        double seconds = text.equals("0") ? 0 : parse(text, SECONDS);
        if (!(seconds >= 0 && seconds <= Duration.ofDays(30).toSeconds())) {
            throw CommandFailed.usage(
                    "%s takes a time with its unit, for example 500ms, 30s or 5m, not '%s'"
                            .formatted(option, text));
        }
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }

    /// `1000` or `1000/s`.
    static double rate(String option, String text) {
        double perSecond = parse(text, RATES);
        if (!(perSecond > 0)) {
            throw CommandFailed.usage(
                    "%s takes records a second, more than 0, for example 1000/s, not '%s'"
                            .formatted(option, text));
        }
        return perSecond;
    }

    /// Not a number when the form is not known.
    private static double parse(String text, Map<String, Double> units) {
        Matcher form = FORM.matcher(text.strip());
        Double unit = form.matches() ? units.get(form.group(2).toLowerCase(Locale.ROOT)) : null;
        return unit == null ? Double.NaN : Double.parseDouble(form.group(1)) * unit;
    }

    /// `1,234`.
    static String count(long amount) {
        return String.format(Locale.ROOT, "%,d", amount);
    }

    /// `1,234`, rounded.
    static String count(double amount) {
        return String.format(Locale.ROOT, "%,.0f", amount);
    }

    /// `1 record`, `2 records`.
    static String counted(long amount, String noun) {
        return count(amount) + " " + noun + (amount == 1 ? "" : "s");
    }

    /// `100 B`, `1 KB`, `1.5 MB`.
    static String size(long bytes) {
        if (bytes < KB) {
            return bytes + " B";
        }
        double amount = bytes < MB ? bytes / KB : bytes / MB;
        String form = amount == Math.rint(amount) ? "%.0f" : "%.1f";
        return String.format(Locale.ROOT, form, amount) + (bytes < MB ? " KB" : " MB");
    }

    /// `58.6 MB`, and two digits behind the point below ten.
    static String megabytes(double bytes) {
        double amount = bytes / MB;
        return String.format(Locale.ROOT, amount < 10 ? "%.2f MB" : "%,.1f MB", amount);
    }

    /// `12.3 s`, and two digits behind the point below ten.
    static String seconds(double seconds) {
        return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%,.1f s", seconds);
    }

    /// `0.91 ms`, and no digits behind the point from a hundred on.
    static String milliseconds(double ms) {
        return String.format(Locale.ROOT, ms < 100 ? "%.2f ms" : "%,.0f ms", ms);
    }
}
