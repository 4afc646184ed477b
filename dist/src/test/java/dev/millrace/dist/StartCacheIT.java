package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A built distribution takes what a start and its first clients need from its start-up cache. What it has to load or to make beside
/// it costs milliseconds each, and nobody would notice one more.
final class StartCacheIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String FROM_CACHE = "source: shared objects file";
    private static final String ADDRESS = "Kafka clients";

    /// The JDK keeps its flight recorder's events out of caches (a dozen), and makes what compares Kafka's one record of the quorum
    /// and calls shared memory (another dozen). A machine with much other work comes by more, 43 once; without the cache it is thousands.
    private static final int MOST_BESIDE = 80;

    @TempDir Path temporary;

    private Path folder;

    @Test
    void holdsWhatAStartAndItsFirstClientsNeed() throws Exception {
        run("bin/make-caches.sh", folder.toString());
        Path log = temporary.resolve("classes.log");
        Process broker = start(log);
        try {
            Training.broker(address(broker));
            check(Files.readAllLines(log));
        } finally {
            broker.destroy();
            assertTrue(broker.waitFor(60, TimeUnit.SECONDS), "it stops when told to");
        }
    }

    private static void check(List<String> log) {
        List<String> loaded = log.stream().filter(line -> line.contains(" source: ")).toList();
        List<String> beside = loaded.stream().filter(line -> !line.contains(FROM_CACHE)).toList();
        assertTrue(loaded.size() > 2_000, "the cache is in use: " + loaded.size());
        assertEquals(List.of(), beside.stream().filter(StartCacheIT::isFromALibrary).toList());
        assertTrue(
                beside.size() <= MOST_BESIDE,
                () -> beside.size() + " classes\n" + String.join("\n", beside));
    }

    private static boolean isFromALibrary(String line) {
        return line.contains("source: file:");
    }

    /// As a distribution lies on a disk: the command, `bin` and `lib`; in a folder with a blank in its name.
    @BeforeEach
    void unpack() throws IOException {
        folder = Files.createDirectory(temporary.resolve("a distribution"));
        Files.copy(ROOT.resolve("millrace"), folder.resolve("millrace"));
        Files.createSymbolicLink(folder.resolve("bin"), ROOT.resolve("bin"));
        Files.createSymbolicLink(folder.resolve("lib"), ROOT.resolve("dist/target/dist/lib"));
    }

    private void run(String... words) throws IOException, InterruptedException {
        Process process = process(words).inheritIO().start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), words[0] + " ends");
        assertEquals(0, process.exitValue(), words[0]);
    }

    private Process start(Path log) throws IOException {
        Path settings = folder.resolve("server.properties");
        Files.writeString(
                settings,
                """
                node.id=1
                process.roles=broker,controller
                controller.quorum.voters=1@127.0.0.1:9093
                listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
                millrace.http.listener=127.0.0.1:0
                log.dirs=%s
                """
                        .formatted(folder.resolve("data")));
        ProcessBuilder builder =
                process("./millrace", "up", "--config", settings.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("MILLRACE_OPTS", "-Xlog:class+load:file=" + log);
        return builder.start();
    }

    private ProcessBuilder process(String... words) {
        var builder = new ProcessBuilder(words).directory(folder.toFile());
        builder.environment().put("MILLRACE_JAVA_HOME", System.getProperty("java.home"));
        return builder;
    }

    private static InetSocketAddress address(Process broker) throws IOException {
        BufferedReader output = broker.inputReader(StandardCharsets.UTF_8);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.contains(ADDRESS)) {
                int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            }
        }
        throw new IOException("it has ended before it was ready");
    }
}
