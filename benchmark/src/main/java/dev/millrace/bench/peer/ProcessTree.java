package dev.millrace.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A started process with all its descendants, so that a launcher script that does not `exec` is measured right too.
final class ProcessTree {
    private static final long NANOS_PER_TICK = 10_000_000L;
    private final Process root;

    ProcessTree(Process root) {
        this.root = root;
        // An interrupted benchmark leaves no broker behind.
        Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
    }

    boolean alive() {
        return root.isAlive();
    }

    int exitCode() {
        return root.exitValue();
    }

    /// CPU time of all threads of all processes, with ended children that were waited for.
    long cpuNanos() {
        long sum = 0;
        for (long pid : pids()) {
            OptionalLong own = CpuClock.nanos(pid);
            String stat = text(pid, "stat");
            if (!stat.isEmpty()) {
                ProcText.CpuTicks ticks = ProcText.cpuTicks(stat);
                sum +=
                        own.orElse(ticks.own() * NANOS_PER_TICK)
                                + ticks.reapedChildren() * NANOS_PER_TICK;
            }
        }
        return sum;
    }

    /// Resident memory in kB.
    long rssKb() {
        return sum("status", "VmRSS");
    }

    /// Proportional set size in kB: pages shared with other processes counted by their share.
    long pssKb() {
        return sum("smaps_rollup", "Pss");
    }

    /// What came from disks since the processes were started, for reads of their own and for pages that they touched.
    long diskReadBytes() {
        return sum("io", "read_bytes");
    }

    long threads() {
        return sum("status", "Threads");
    }

    /// SIGTERM to the root.
    void terminate() {
        root.destroy();
    }

    /// SIGTERM to the root, then SIGKILL to whatever is left after the time given. True when the first was enough.
    boolean stop(long timeoutSeconds) throws InterruptedException {
        List<ProcessHandle> all =
                Stream.concat(Stream.of(root.toHandle()), root.descendants()).toList();
        root.destroy();
        boolean clean = root.waitFor(timeoutSeconds, TimeUnit.SECONDS);
        all.forEach(ProcessHandle::destroyForcibly);
        if (!clean) {
            root.waitFor();
        }
        return clean;
    }

    void kill() {
        root.descendants().forEach(ProcessHandle::destroyForcibly);
        root.destroyForcibly();
    }

    /// SIGKILL to all, and waits for the root's end.
    void crash() throws InterruptedException {
        kill();
        root.waitFor();
    }

    private long sum(String file, String key) {
        long sum = 0;
        for (long pid : pids()) {
            sum += ProcText.number(text(pid, file), key).orElse(0);
        }
        return sum;
    }

    private List<Long> pids() {
        return Stream.concat(Stream.of(root.toHandle()), root.descendants())
                .map(ProcessHandle::pid)
                .toList();
    }

    /// Empty when the process ended meanwhile.
    private static String text(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            return "";
        }
    }
}
