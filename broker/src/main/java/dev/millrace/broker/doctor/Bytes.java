package dev.millrace.broker.doctor;

import java.util.Locale;

/// An amount of bytes, for people.
final class Bytes {
    private Bytes() {}

    static String text(long bytes) {
        String[] units = {"bytes", "kB", "MB", "GB", "TB"};
        double amount = bytes;
        int unit = 0;
        while (amount >= 1000 && unit < units.length - 1) {
            amount /= 1000;
            unit++;
        }
        return unit == 0
                ? bytes == 1 ? "1 byte" : bytes + " bytes"
                : String.format(Locale.ROOT, "%.1f %s", amount, units[unit]);
    }
}
