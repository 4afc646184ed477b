package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The command as a process of its own: what it prints has to leave it.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class MillraceTest {
    @TempDir Path folder;

    private record Ended(int exitCode, String out, String err) {}

    private Ended run(String... words) throws IOException, InterruptedException {
        Path err = folder.resolve("err");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home", ""), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path", ""),
                                "dev.millrace.dist.Millrace"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), out, Files.readString(err));
    }

    private String config() throws IOException {
        return Files.writeString(
                        folder.resolve("server.properties"),
                        """
                        process.roles=broker,controller
                        node.id=1
                        listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
                        controller.listener.names=CONTROLLER
                        controller.quorum.bootstrap.servers=localhost:9093
                        log.dirs=%s
                        """
                                .formatted(folder.resolve("data")))
                .toString();
    }

    /// Started again it would fail again: `deploy/millrace.service` leaves it to a person.
    @Test
    void aMistakeInTheSettingsEndsWithTheCodeThatTheUnitKnows() throws Exception {
        String unit = Files.readString(DeployTest.DEPLOY.resolve("millrace.service"));
        String known = DeployTest.value(unit, "RestartPreventExitStatus");
        Ended wrong = run("up", "--config", config(), "--set", "num.partitions=many");
        assertEquals(known, "" + wrong.exitCode(), wrong.err());

        Path file = Files.createFile(folder.resolve("file"));
        Ended failed = run("up", "--config", config(), "--set", "log.dirs=" + file);
        assertEquals("1", "" + failed.exitCode(), failed.err());
    }

    @Test
    void kafkaStoragePrints() throws Exception {
        Ended id = run("tool", "kafka-storage", "random-uuid");
        assertEquals(0, id.exitCode(), id.err());
        assertEquals(22, id.out().strip().length(), id.out());

        Ended formatted =
                run(
                        "tool",
                        "kafka-storage",
                        "format",
                        "-c",
                        config(),
                        "-s",
                        "-t",
                        id.out().strip());
        assertEquals(0, formatted.exitCode(), formatted.err());
        assertTrue(formatted.out().contains("Formatting "), formatted.out());

        Ended info = run("tool", "kafka-storage", "info", "-c", config());
        assertEquals(0, info.exitCode(), info.err());
        assertTrue(info.out().contains("cluster.id=" + id.out().strip()), info.out());
    }

    @Test
    void aDirectoryIsFormattedOnce() throws Exception {
        Ended first = run("format", "-c", config(), "--standalone");
        assertEquals(0, first.exitCode(), first.err());
        assertTrue(first.out().contains("Formatting "), first.out());

        Ended second = run("format", "-c", config(), "--standalone");
        assertEquals(1, second.exitCode());
        assertTrue(
                second.err().contains("is already formatted. Use --ignore-formatted"),
                second.err());
    }

    @Test
    void theDoctorAndHelpPrint() throws Exception {
        assertTrue(run("doctor", "--help").out().startsWith("Usage: millrace doctor"));
        assertTrue(run("format", "--help").out().startsWith("usage: millrace format"));
        assertTrue(run("--help").out().contains("doctor"));
    }
}
