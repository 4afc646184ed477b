package dev.millrace.engine.log;

import org.jspecify.annotations.Nullable;

/// Names of the files of a log, which are Kafka's: the base offset in 20 digits and a suffix.
final class LogFiles {
    static final String LOG = ".log";
    static final String INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String TXN_INDEX = ".txnindex";
    static final String SNAPSHOT = ".snapshot";

    /// A file that is out of use and goes when its readers have had time to finish.
    static final String DELETED = ".deleted";

    /// Behind the name of a file that compaction is still writing; nothing that counts.
    static final String CLEANED = ".cleaned";

    /// Behind the name of a file that has come to stay, in the place of those that it was made of.
    static final String SWAP = ".swap";

    static final String LEADER_EPOCHS = "leader-epoch-checkpoint";

    /// Ours: holds the offset of the last truncation below the flushed end, until the log is flushed past it again.
    static final String TRUNCATION_POINT = "millrace-truncation-point";

    private static final int DIGITS = 20;
    private static final String MOST = "0" + Long.MAX_VALUE;

    private LogFiles() {}

    static String of(long offset, String suffix) {
        String number = Long.toString(offset);
        return "0".repeat(DIGITS - number.length()) + number + suffix;
    }

    /// The offset in the name of a file with that suffix; null for any other file.
    static @Nullable Long offset(String file, String suffix) {
        int digits = file.length() - suffix.length();
        if (digits != DIGITS || !file.endsWith(suffix)) {
            return null;
        }
        for (int i = 0; i < digits; i++) {
            if (file.charAt(i) < '0' || file.charAt(i) > '9') {
                return null;
            }
        }
        String number = file.substring(0, digits);
        return number.compareTo(MOST) > 0 ? null : (Long) Long.parseLong(number);
    }
}
