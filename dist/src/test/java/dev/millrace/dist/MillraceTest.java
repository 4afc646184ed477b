package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
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

    private static ProcessBuilder process(String... words) {
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
        return new ProcessBuilder(command);
    }

    private Ended run(String... words) throws IOException, InterruptedException {
        Path err = folder.resolve("err");
        Process process = process(words).redirectError(err.toFile()).start();
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

    /// The first start writes it down for all brokers; after that the file's says nothing, and who changes it there is told so.
    @Test
    void aMinimumThatTheClusterDoesNotHaveIsToldWithTheCommandThatSetsIt() throws Exception {
        String first = started("min.insync.replicas=1");
        assertFalse(first.contains("min.insync.replicas"), first);
        String other = started("min.insync.replicas=2");
        assertTrue(
                other.contains(
                        "--alter --entity-type brokers --entity-default --add-config min.insync.replicas=2"),
                other);
        String again = started("min.insync.replicas=1");
        assertFalse(again.contains("min.insync.replicas"), again);
    }

    /// What a broker has said when it was ready; it is stopped.
    private String started(String setting) throws IOException, InterruptedException {
        Path err = folder.resolve("err");
        Process broker =
                process(
                                "up",
                                "--port",
                                "0",
                                "--data",
                                folder.resolve("kept").toString(),
                                "--set",
                                "millrace.http.listener=",
                                "--set",
                                setting)
                        .redirectError(err.toFile())
                        .start();
        try (var out = broker.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.contains("Kafka clients")) {
                line = out.readLine();
            }
            assertNotNull(line, () -> "it has ended: " + read(err));
        } finally {
            broker.destroy();
            broker.waitFor();
        }
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    /// One tool under two names: each fails as its neighbours do.
    @Test
    void aWrongCommandLineIsToldByTheNameThatWasCalled() throws Exception {
        Ended verb = run("format", "--nosuch");
        assertEquals(2, verb.exitCode(), verb.err());
        assertEquals(
                "millrace: unrecognized arguments: '--nosuch'\nSee `millrace format --help`.",
                verb.err().strip());

        Ended setting = run("format", "-c", folder.resolve("nosuch.properties").toString());
        assertEquals(2, setting.exitCode(), setting.err());
        assertTrue(setting.err().startsWith("millrace: "), setting.err());

        Ended tool = run("tool", "kafka-storage", "format", "--nosuch");
        assertEquals(1, tool.exitCode(), tool.err());
        assertEquals(
                "kafka-storage: error: unrecognized arguments: '--nosuch'", tool.err().strip());
    }

    @Test
    void theDoctorAndHelpPrint() throws Exception {
        assertTrue(run("doctor", "--help").out().startsWith("Usage: millrace doctor"));
        assertTrue(run("format", "--help").out().startsWith("usage: millrace format"));
        assertTrue(run("--help").out().contains("doctor"));
    }
}
