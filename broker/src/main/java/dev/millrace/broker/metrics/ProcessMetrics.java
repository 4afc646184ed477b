package dev.millrace.broker.metrics;

import dev.millrace.broker.metrics.PrometheusText.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What the system knows about this process, by the names that Prometheus' own clients give.
final class ProcessMetrics {
    private static final Path PROC = Path.of("/proc/self");

    /// Linux counts memory in pages of this size on the machines that we run on.
    private static final long PAGE_BYTES = 4096;

    private ProcessMetrics() {}

    static void write(PrometheusText text) {
        ProcessHandle.Info info = ProcessHandle.current().info();
        Optional<Instant> start = info.startInstant();
        if (start.isPresent()) {
            text.family(
                            "process_start_time_seconds",
                            Kind.GAUGE,
                            "When the process began, since 1970.")
                    .sample(start.get().toEpochMilli() / 1e3);
        }
        Optional<Duration> cpu = info.totalCpuDuration();
        if (cpu.isPresent()) {
            text.family("process_cpu_seconds_total", Kind.COUNTER, "CPU time of all threads.")
                    .sample(cpu.get().toMillis() / 1e3);
        }
        memory(text);
    }

    private static void memory(PrometheusText text) {
        long residentPages = residentPages();
        if (residentPages >= 0) {
            text.family(
                            "process_resident_memory_bytes",
                            Kind.GAUGE,
                            "Memory that the process has in use.")
                    .sample(residentPages * PAGE_BYTES);
        }
        Runtime runtime = Runtime.getRuntime();
        text.family("jvm_heap_used_bytes", Kind.GAUGE, "Heap in use, garbage included.")
                .sample(runtime.totalMemory() - runtime.freeMemory());
        text.family("jvm_heap_max_bytes", Kind.GAUGE, "The most that the heap may grow to.")
                .sample(runtime.maxMemory());
    }

    /// -1 where the system does not tell.
    private static long residentPages() {
        try {
            return Long.parseLong(Files.readString(PROC.resolve("statm")).split(" ", 3)[1]);
        } catch (IOException | NumberFormatException e) {
            return -1;
        }
    }
}
