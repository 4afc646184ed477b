package dev.millrace.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Every benchmark runs once, in this process: it still compiles, finds its way and is answered without an error.
class SmokeTest {
    private static final Set<String> CLASSES =
            Set.of(
                    "EncodeBenchmark",
                    "FetchBenchmark",
                    "GroupBenchmark",
                    "LogBenchmark",
                    "MetadataBenchmark",
                    "ProduceBenchmark",
                    "TimersBenchmark");

    @Test
    void everyBenchmarkRunsOnce() throws RunnerException {
        var options =
                new OptionsBuilder()
                        .mode(Mode.SingleShotTime)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build();
        var seen = new TreeSet<String>();
        for (RunResult result : new Runner(options).run()) {
            String name = result.getParams().getBenchmark();
            String type = name.substring(0, name.lastIndexOf('.'));
            seen.add(type.substring(type.lastIndexOf('.') + 1));
        }
        assertEquals(new TreeSet<>(CLASSES), seen);
    }
}
