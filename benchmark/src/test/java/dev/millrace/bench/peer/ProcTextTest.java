package dev.millrace.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProcTextTest {
    private static final String STATUS =
            """
            Name:\tjava
            VmHWM:\t  401000 kB
            VmRSS:\t  387412 kB
            RssAnon:\t  300000 kB
            Threads:\t104
            """;

    @Test
    void readsCpuTicksBehindAnyCommandName() {
        String stat =
                "4242 (a) R (b c) S 1 4242 4242 0 -1 4194304 90000 10 0 0 1234 567 89 11 20 0 104 0 5 9 9 9\n";
        assertEquals(new ProcText.CpuTicks(1801, 100), ProcText.cpuTicks(stat));
    }

    @Test
    void refusesWhatIsNoStatLine() {
        assertThrows(IllegalArgumentException.class, () -> ProcText.cpuTicks("nothing"));
        assertThrows(IllegalArgumentException.class, () -> ProcText.cpuTicks("1 (x) S 2 3"));
    }

    @Test
    void readsNumbersByTheirWholeKey() {
        assertEquals(OptionalLong.of(387412), ProcText.number(STATUS, "VmRSS"));
        assertEquals(OptionalLong.of(104), ProcText.number(STATUS, "Threads"));
        assertEquals(OptionalLong.empty(), ProcText.number(STATUS, "Pss"));
        assertEquals(OptionalLong.empty(), ProcText.number(STATUS, "Name"));
    }

    @Test
    void busyIsAllButIdleAndWaiting() {
        assertEquals(
                1 + 2 + 3 + 6 + 7 + 8,
                ProcText.busyTicks("cpu  1 2 3 400 500 6 7 8 9 9\ncpu0 1 1 1 1 1 1 1 1\n"));
        assertThrows(IllegalArgumentException.class, () -> ProcText.busyTicks("intr 5"));
    }

    @Test
    void othersHaveWhatOursHaveNot() {
        var from = new ForeignCpu.Mark(1000, 500, 0);
        assertEquals(0.25, ForeignCpu.share(from, new ForeignCpu.Mark(2000, 1000, 1000), 2), 1e-9);
        assertEquals(0, ForeignCpu.share(from, new ForeignCpu.Mark(1400, 1000, 1000), 2), 1e-9);
    }

    @Test
    void theCpuClockOfThisProcessMovesForward() {
        long first = CpuClock.nanos(ProcessHandle.current().pid()).orElseThrow();
        long second = CpuClock.nanos(ProcessHandle.current().pid()).orElseThrow();
        assertTrue(0 < first && first <= second, first + " then " + second);
    }
}
