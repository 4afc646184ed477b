package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.ListenerSpec;
import dev.millrace.broker.config.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `deploy/` says to systemd and to a container engine, held against what the command takes. Nothing is run.
final class DeployTest {
    static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();

    /// The settings of the unit that mean something to systemd in the section where they stand.
    private static final Map<String, Set<String>> UNIT =
            Map.of(
                    "Unit",
                    Set.of(
                            "Description",
                            "Documentation",
                            "Wants",
                            "After",
                            "StartLimitIntervalSec"),
                    "Service",
                    Set.of(
                            ("Type User Group ExecStart Environment LimitNOFILE KillSignal KillMode TimeoutStopSec"
                                            + " SuccessExitStatus Restart RestartSec RestartPreventExitStatus StateDirectory StateDirectoryMode"
                                            + " WorkingDirectory UMask NoNewPrivileges ProtectSystem ProtectHome PrivateTmp"
                                            + " PrivateDevices ProtectKernelTunables ProtectKernelModules ProtectKernelLogs"
                                            + " ProtectControlGroups ProtectClock ProtectHostname RestrictAddressFamilies"
                                            + " RestrictNamespaces RestrictRealtime RestrictSUIDSGID LockPersonality"
                                            + " CapabilityBoundingSet AmbientCapabilities SystemCallArchitectures"
                                            + " SystemCallFilter")
                                    .split(" ")),
                    "Install",
                    Set.of("WantedBy"));

    private static final Set<String> INSTRUCTIONS =
            Set.of(
                    "FROM",
                    "RUN",
                    "COPY",
                    "USER",
                    "WORKDIR",
                    "VOLUME",
                    "EXPOSE",
                    "STOPSIGNAL",
                    "HEALTHCHECK",
                    "ENTRYPOINT",
                    "CMD");

    @Test
    void theUnitHasOnlySettingsThatSystemdKnows() throws Exception {
        String section = "";
        var seen = new TreeSet<String>();
        for (String line : Files.readAllLines(DEPLOY.resolve("millrace.service"))) {
            if (line.startsWith("[")) {
                section = line.substring(1, line.length() - 1);
                assertTrue(UNIT.containsKey(section), line);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                String key = line.substring(0, line.indexOf('='));
                assertTrue(
                        UNIT.getOrDefault(section, Set.of()).contains(key), section + ": " + line);
                assertTrue(seen.add(section + " " + key), "twice: " + line);
            }
        }
        assertTrue(
                seen.containsAll(Set.of("Service ExecStart", "Service User", "Install WantedBy")));
    }

    /// Where there is a systemd, it is asked; the command is not installed, so that another stands in its place.
    @Test
    void systemdFindsNothingWrong(@TempDir Path folder) throws Exception {
        Path analyze = Path.of("/usr/bin/systemd-analyze");
        assumeTrue(Files.isExecutable(analyze), "no systemd here");
        String unit = Files.readString(DEPLOY.resolve("millrace.service"));
        Path file = folder.resolve("millrace.service");
        Files.writeString(
                file, unit.replace("ExecStart=/opt/millrace/millrace", "ExecStart=/bin/true"));
        Process verify =
                new ProcessBuilder(analyze.toString(), "verify", file.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        verify.waitFor();
        assertEquals(
                List.of(), said.lines().filter(line -> line.contains("millrace.service")).toList());
    }

    @Test
    void theUnitStartsWhatTheCommandTakes() throws Exception {
        String unit = Files.readString(DEPLOY.resolve("millrace.service"));
        String command = value(unit, "ExecStart");
        assertTrue(command.startsWith("/opt/millrace/millrace up "), command);
        assertEquals("/etc/millrace/server.properties", word(command, "--config"));
        assertEquals("/var/lib/" + value(unit, "StateDirectory"), value(unit, "WorkingDirectory"));
        assertTrue(Integer.parseInt(value(unit, "LimitNOFILE")) >= 65_536);
        assertNotEquals("root", value(unit, "User"));
    }

    /// A full disk, or other controllers that are not there yet: what keeps a node down may be over at any time.
    @Test
    void theUnitIsStartedAgainHoweverOftenItHasFailed() throws Exception {
        String unit = Files.readString(DEPLOY.resolve("millrace.service"));
        assertEquals("on-failure", value(unit, "Restart"));
        assertEquals("0", value(unit, "StartLimitIntervalSec"));
    }

    /// What the unit names as its documentation is among what the steps copy, and so is the licence.
    @Test
    void theStepsInstallTheDocumentationAndTheLicence() throws Exception {
        String named = value(Files.readString(DEPLOY.resolve("millrace.service")), "Documentation");
        String steps = Files.readString(DEPLOY.resolve("README.md"));
        String copied =
                steps.lines()
                        .filter(line -> line.startsWith("cp -r millrace "))
                        .findFirst()
                        .orElseThrow();
        String before = copied.substring("cp -r ".length(), copied.indexOf(" /opt/millrace/"));
        List<String> files = List.of(before.split(" "));
        assertTrue(named.startsWith("file:/opt/millrace/"), named);
        assertTrue(files.contains(named.substring("file:/opt/millrace/".length())), copied);
        assertTrue(files.contains("LICENSE"), copied);
        for (String file : files) {
            assertTrue(Files.exists(DEPLOY.resolveSibling(file)), file);
        }
    }

    /// There is no authentication: what the steps open, they open to this machine.
    @Test
    void theImageIsPublishedOnThisMachineOnly() throws Exception {
        List<String> runs =
                Files.readAllLines(DEPLOY.resolve("README.md")).stream()
                        .filter(line -> line.startsWith("docker run "))
                        .toList();
        assertEquals(1, runs.size());
        assertTrue(runs.getFirst().startsWith("docker run -p 127.0.0.1:9092:9092 "), runs.get(0));
    }

    @Test
    void theSettingsOfANodeAreTakenWithoutAWarning() throws Exception {
        var warnings = new ArrayList<String>();
        BrokerConfig config =
                BrokerConfig.from(
                        Settings.read(DEPLOY.resolve("server.properties"), List.of()), warnings);
        assertEquals(List.of(), warnings);
        assertEquals(List.of(Path.of("/var/lib/millrace")), config.logDirs());
        assertEquals("PLAINTEXT", config.interBrokerListener());
    }

    static String value(String unit, String key) {
        return unit.lines()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1))
                .findFirst()
                .orElseThrow();
    }

    private static String word(String command, String option) {
        List<String> words = Arrays.asList(command.split(" +"));
        return words.get(words.indexOf(option) + 1);
    }

    private record Instruction(String name, String rest) {}

    private static List<Instruction> containerfile() throws Exception {
        String text = Files.readString(DEPLOY.resolve("Containerfile")).replaceAll("\\\\\n", "");
        return text.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" ", 2))
                .map(words -> new Instruction(words[0], words[1].strip()))
                .toList();
    }

    private static String only(String name) throws Exception {
        List<String> found =
                containerfile().stream()
                        .filter(each -> each.name().equals(name))
                        .map(Instruction::rest)
                        .toList();
        assertEquals(1, found.size(), name);
        return found.getFirst();
    }

    private static List<String> words(String json) {
        return Arrays.stream(json.substring(1, json.length() - 1).split(", *"))
                .map(word -> word.substring(1, word.length() - 1))
                .toList();
    }

    @Test
    void theImageRunsWhatTheCommandTakesAsAUserWithoutRights() throws Exception {
        for (Instruction each : containerfile()) {
            assertTrue(INSTRUCTIONS.contains(each.name()), each.toString());
        }
        assertEquals("FROM", containerfile().getFirst().name());
        assertEquals("10001:10001", only("USER"));
        assertEquals("SIGTERM", only("STOPSIGNAL"));
        assertEquals(List.of("/opt/millrace/millrace"), words(only("ENTRYPOINT")));

        List<String> command = words(only("CMD"));
        assertEquals("up", command.getFirst());
        UpOptions options = UpOptions.parse(command.subList(1, command.size()));
        BrokerConfig config = BrokerConfig.from(options.settings(), new ArrayList<>());
        assertEquals(only("VOLUME"), config.logDirs().getFirst().toString());
        List<String> exposed = List.of(only("EXPOSE").split(" "));
        for (ListenerSpec listener : config.listeners()) {
            assertTrue(exposed.contains("" + listener.port()), exposed.toString());
        }
        String http = String.valueOf(config.http());
        assertTrue(exposed.contains(http.substring(http.indexOf(':') + 1)), http);
        String probe = only("HEALTHCHECK");
        assertTrue(probe.contains("\"/live\""), probe);
    }

    @Test
    void theImageCopiesWhatThereIs() throws Exception {
        List<String> ignored = Files.readAllLines(DEPLOY.resolve("Containerfile.dockerignore"));
        for (Instruction each : containerfile()) {
            if (each.name().equals("COPY")) {
                String from = each.rest().split(" ", -1)[0];
                assertTrue(ignored.contains("!" + from), from + " is ignored");
                boolean built = from.startsWith("dist/target/");
                assertTrue(built || Files.exists(DEPLOY.resolveSibling(from)), from);
            }
        }
        for (Instruction each : containerfile()) {
            for (String word : each.rest().split("[ \",\\[\\]]+", -1)) {
                if (word.startsWith("/opt/millrace/bin/")) {
                    Path script = DEPLOY.resolveSibling(word.substring("/opt/millrace/".length()));
                    assertTrue(Files.isExecutable(script), script.toString());
                }
            }
        }
    }

    /// The health check of the image, as it is run there.
    @Test
    void theHealthCheckTellsTwoHundredFromTheRest(@TempDir Path folder) throws Exception {
        String script = DEPLOY.resolveSibling("bin/http-get.sh").toString();
        var server =
                com.sun.net.httpserver.HttpServer.create(
                        new java.net.InetSocketAddress(
                                java.net.InetAddress.getLoopbackAddress(), 0),
                        0);
        server.createContext(
                "/",
                exchange -> {
                    boolean live = exchange.getRequestURI().getPath().equals("/live");
                    exchange.sendResponseHeaders(live ? 200 : 503, -1);
                    exchange.close();
                });
        server.start();
        try {
            String port = "" + server.getAddress().getPort();
            for (String path : List.of("/live", "/ready")) {
                Process check =
                        new ProcessBuilder(script, "127.0.0.1", port, path)
                                .redirectErrorStream(true)
                                .redirectOutput(folder.resolve("out").toFile())
                                .start();
                assertEquals(path.equals("/live"), check.waitFor() == 0, path);
            }
        } finally {
            server.stop(0);
        }
    }
}
