package dev.millrace.bench.peer;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.OptionalLong;

/// CPU time of another process to the nanosecond: `clock_gettime` on the process's CPU clock (clock_getcpuclockid(3)).
///
/// `/proc/PID/stat` counts in ticks of 10 ms, which is a fifth of what a good broker needs to send 256 MB. Both count every
/// thread, those that ended included.
// "restricted": a call into the C library is what this class is for; ./bench starts Java with
// native access enabled.
@SuppressWarnings("restricted")
final class CpuClock {
    private static final MethodHandle CLOCK_GETTIME =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS));
    private static final MemoryLayout TIMESPEC =
            MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    private static final int SCHEDULER_CLOCK = 2;

    private CpuClock() {}

    /// Nanoseconds, or empty when the process is gone.
    static OptionalLong nanos(long pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(TIMESPEC);
            int clock = (int) (~pid << 3) | SCHEDULER_CLOCK;
            if ((int) CLOCK_GETTIME.invokeExact(clock, time) != 0) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(
                    time.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
                            + time.get(ValueLayout.JAVA_LONG, Long.BYTES));
        } catch (Throwable e) {
            throw new IllegalStateException("clock_gettime cannot be called", e);
        }
    }
}
