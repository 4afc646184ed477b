package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.simulator.force.Torture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// A short `./torture`: three broker processes, killed, paused, cut off. Fails when something acknowledged is lost or there twice, when
/// something aborted is read, or when not everybody gets something done at the end. The run says what happened, and where its data is if it fails.
///
/// `-Dcompat.torture.seconds=N` of faults (20), `-Dcompat.seed=N`.
@EnabledOnOs(OS.LINUX)
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "wants brokers of its own")
class TortureTest {
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void nothingIsLostWhateverHappensToProcessesAndRoads()
            throws IOException, InterruptedException {
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dtorture.root=" + Repository.ROOT,
                                "-cp",
                                System.getProperty("java.class.path"),
                                Torture.class.getName(),
                                "--seconds",
                                System.getProperty("compat.torture.seconds", "20"),
                                "--seed",
                                System.getProperty(
                                        "compat.seed",
                                        Long.toString(System.currentTimeMillis() % 1_000_000)),
                                "--keep",
                                Repository.COMPAT.resolve("target").toString())
                        .inheritIO()
                        .start();
        try {
            assertEquals(0, process.waitFor());
        } finally {
            process.destroy();
        }
    }
}
