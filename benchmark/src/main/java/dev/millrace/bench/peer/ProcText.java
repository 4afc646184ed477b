package dev.millrace.bench.peer;

import java.util.OptionalLong;

/// Reads the texts of `/proc/PID` (see proc(5)).
public final class ProcText {
    private ProcText() {}

    /// CPU time in clock ticks.
    ///
    /// @param own user and system time of all threads of the process, those that ended included
    /// @param reapedChildren the same of its children that ended and were waited for
    public record CpuTicks(long own, long reapedChildren) {}

    /// Reads `/proc/PID/stat`. The command name may hold spaces and parentheses: fields are counted after the last one.
    public static CpuTicks cpuTicks(String stat) {
        int end = stat.lastIndexOf(')');
        if (end < 0) {
            throw new IllegalArgumentException("not a stat line: " + stat);
        }
        String[] fields = stat.substring(end + 1).strip().split(" +", -1);
        if (fields.length < FIELD_CSTIME + 1) {
            throw new IllegalArgumentException("a stat line of " + fields.length + " fields");
        }
        return new CpuTicks(
                Long.parseLong(fields[FIELD_UTIME]) + Long.parseLong(fields[FIELD_STIME]),
                Long.parseLong(fields[FIELD_CUTIME]) + Long.parseLong(fields[FIELD_CSTIME]));
    }

    /// The number of a line such as `VmRSS:  123 kB` or `Threads: 7`, in the unit that the file uses.
    public static OptionalLong number(String text, String key) {
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(key + ":")) {
                String value = line.substring(key.length() + 1).strip();
                int digits = 0;
                while (digits < value.length() && Character.isDigit(value.charAt(digits))) {
                    digits++;
                }
                return digits == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(Long.parseLong(value.substring(0, digits)));
            }
        }
        return OptionalLong.empty();
    }

    /// Ticks that all processors of the machine were not idle, from `/proc/stat`: stolen time is in it, waiting for disks is not.
    public static long busyTicks(String stat) {
        String[] fields = stat.lines().findFirst().orElse("").strip().split(" +", -1);
        if (fields.length < 9 || !fields[0].equals("cpu")) {
            throw new IllegalArgumentException("no line for all processors first in /proc/stat");
        }
        long busy = 0;
        for (int i = 1; i <= 8; i++) {
            // 4 is idle, 5 is waiting for input or output.
            busy += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]);
        }
        return busy;
    }

    // Counted from the process state, which is field 3 of proc(5) and 0 here.
    private static final int FIELD_UTIME = 11;
    private static final int FIELD_STIME = 12;
    private static final int FIELD_CUTIME = 13;
    private static final int FIELD_CSTIME = 14;
}
