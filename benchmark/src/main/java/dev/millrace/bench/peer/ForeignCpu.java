package dev.millrace.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much of the machine went to others while something was measured: all CPU time of `/proc/stat` less that of the
/// peer, the load process and this one. Kernel threads (writeback) count as others, and so does time stolen by a
/// hypervisor. It is the first thing to look at when figures scatter.
public final class ForeignCpu {
    private static final double NANOS_PER_TICK = 1e7;

    private ForeignCpu() {}

    /// A moment: CPU time spent so far by everybody and by ours, and when.
    public record Mark(double busyNs, double oursNs, long atNs) {}

    public static Mark mark(Running running, long loadPid) {
        double ours =
                running.cpuNanos()
                        + CpuClock.nanos(loadPid).orElse(0)
                        + CpuClock.nanos(ProcessHandle.current().pid()).orElse(0);
        return new Mark(busyNanos(), ours, System.nanoTime());
    }

    /// The others' share of all cores between two marks, 0 to 1.
    public static double share(Mark from, Mark to, int cores) {
        double others = (to.busyNs() - from.busyNs()) - (to.oursNs() - from.oursNs());
        return Math.clamp(others / Math.max(1.0, (double) (to.atNs() - from.atNs()) * cores), 0, 1);
    }

    private static double busyNanos() {
        try {
            return ProcText.busyTicks(Files.readString(Path.of("/proc/stat"))) * NANOS_PER_TICK;
        } catch (IOException e) {
            return 0;
        }
    }
}
