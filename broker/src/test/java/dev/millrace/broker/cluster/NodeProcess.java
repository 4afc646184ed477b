package dev.millrace.broker.cluster;

import dev.millrace.broker.Broker;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A node in a process of its own: this class's [#main] on the test's class path.
final class NodeProcess {
    private static final int STOP_SECONDS = 30;

    private final Path folder;
    private final Map<String, String> settings;
    private @Nullable Process process;

    NodeProcess(Path folder, Map<String, String> settings) {
        this.folder = folder;
        this.settings = settings;
    }

    /// @param args the path of a `server.properties`
    public static void main(String[] args) throws Exception {
        Settings given = Settings.read(Path.of(args[0]), List.of());
        Broker broker = Broker.start(BrokerConfig.from(given, new ArrayList<>()), false);
        Runtime.getRuntime().addShutdownHook(new Thread(broker::stop));
        new CountDownLatch(1).await();
    }

    void start() throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("server.properties");
        var properties = new Properties();
        properties.putAll(settings);
        properties.put("log.dirs", folder.resolve("data").toString());
        try (Writer out = Files.newBufferedWriter(file)) {
            properties.store(out, null);
        }
        process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx128m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NodeProcess.class.getName(),
                                file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        folder.resolve("out.log").toFile()))
                        .start();
    }

    boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /// What it has printed.
    String said() throws IOException {
        return Files.readString(folder.resolve("out.log"));
    }

    /// `kill -9`.
    void kill() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
    }

    /// SIGTERM.
    ///
    /// @return whether it has ended by itself
    boolean stop() throws InterruptedException {
        Process running = process;
        if (running == null) {
            return true;
        }
        running.destroy();
        return running.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    }
}
