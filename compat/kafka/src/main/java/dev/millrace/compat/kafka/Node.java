package dev.millrace.compat.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One process of the broker under test.
final class Node {
    private static final int STOP_SECONDS = 30;
    private static final int DIAL_MS = 300;

    final NodeConfig config;
    private volatile @Nullable Process process;

    Node(NodeConfig config) {
        this.config = config;
    }

    void start(List<String> command) {
        try {
            Files.createDirectories(config.dir());
            Path file = config.dir().resolve("server.properties");
            var properties = new Properties();
            properties.putAll(config.properties());
            try (Writer out = Files.newBufferedWriter(file)) {
                properties.store(out, null);
            }
            List<String> line = new ArrayList<>(command);
            line.add(file.toString());
            process =
                    new ProcessBuilder(line)
                            .redirectErrorStream(true)
                            .redirectOutput(
                                    ProcessBuilder.Redirect.appendTo(
                                            config.dir().resolve("out.log").toFile()))
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    /// As an operator stops a broker; by force when it does not end in 30 s.
    void stop() {
        Process running = process;
        if (running == null) return;
        running.destroy();
        if (!ended(STOP_SECONDS)) kill();
    }

    void kill() {
        Process running = process;
        if (running == null) return;
        running.destroyForcibly();
        ended(STOP_SECONDS);
    }

    boolean ended(int seconds) {
        Process running = process;
        try {
            return running == null || running.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /// Started, and gone without being told to.
    boolean hasDied() {
        Process running = process;
        return running != null && !running.isAlive();
    }

    boolean listens() {
        int port = config.isBroker() ? config.brokerPort() : config.controllerPort();
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress("localhost", port), DIAL_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
