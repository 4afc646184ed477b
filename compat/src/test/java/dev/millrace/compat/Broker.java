package dev.millrace.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/// One broker process with its own folder and ports; it may be stopped, killed and started again on both.
final class Broker implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(90);
    private static final int STOP_SECONDS = 30;
    // Below the system's ephemeral range: a client that keeps dialling a dead broker's port may
    // else connect to itself.
    private static final int FIRST_PORT = 20_000;
    private static final int LAST_PORT = 32_000;

    private final Path dir;
    private final Map<String, String> config;
    private final String bootstrap;
    private final List<String> command;
    private @Nullable Process process;

    private Broker(Path dir, Map<String, String> config, String bootstrap, List<String> command) {
        this.command = command;
        this.dir = dir;
        this.config = config;
        this.bootstrap = bootstrap;
    }

    /// One that is ready to serve, with Kafka's defaults but for `overrides` and what a single node needs.
    static Broker start(String name, Map<String, String> overrides) {
        return start(name, overrides, BrokerUnderTest.command());
    }

    /// As [#start(String, Map)], of a certain kind.
    ///
    /// @param command starts it, with the path of a `server.properties` behind it
    static Broker start(String name, Map<String, String> overrides, List<String> command) {
        try {
            Path target = Files.createDirectories(Repository.COMPAT.resolve("target"));
            Path dir = Files.createTempDirectory(target, name + "-");
            int port = freePort();
            Map<String, String> config =
                    new HashMap<>(singleNode(port, freePort(), dir.resolve("data")));
            config.putAll(overrides);
            var broker = new Broker(dir, config, "127.0.0.1:" + port, command);
            broker.start();
            return broker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One of several, which is not started yet.
    ///
    /// @param overrides its number, its voters, and what else it needs
    static Broker member(String name, int port, int controllerPort, Map<String, String> overrides) {
        try {
            Path target = Files.createDirectories(Repository.COMPAT.resolve("target"));
            Path dir = Files.createTempDirectory(target, name + "-");
            Map<String, String> config =
                    new HashMap<>(singleNode(port, controllerPort, dir.resolve("data")));
            config.putAll(overrides);
            return new Broker(dir, config, "127.0.0.1:" + port, BrokerUnderTest.command());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> singleNode(int port, int controllerPort, Path data) {
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry(
                        "listeners",
                        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                .formatted(port, controllerPort)),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controllerPort),
                Map.entry("log.dirs", data.toString()),
                Map.entry("num.partitions", "2"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "5"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "5"));
    }

    String bootstrap() {
        return bootstrap;
    }

    /// Starts it, and returns when it serves.
    void start() {
        launch();
        awaitReady();
    }

    /// Starts it, and returns at once.
    void launch() {
        try {
            Path file = dir.resolve("server.properties");
            var properties = new Properties();
            properties.putAll(config);
            try (Writer out = Files.newBufferedWriter(file)) {
                properties.store(out, null);
            }
            List<String> words = new ArrayList<>(command);
            words.add(file.toString());
            process =
                    new ProcessBuilder(words)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the broker", e);
        }
    }

    /// As `kill -9` does it, to the launcher and to whatever it started: no chance to flush or to say goodbye.
    void kill() {
        Process running = process;
        if (running == null) return;
        Stream.concat(running.descendants(), Stream.of(running.toHandle()))
                .forEach(ProcessHandle::destroyForcibly);
        awaitEnd(running);
        process = null;
    }

    /// SIGSTOP: it is there and does nothing.
    void suspend() {
        signal("STOP");
    }

    /// SIGCONT.
    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        Process running = process;
        if (running == null) return;
        try {
            var words = new ArrayList<>(List.of("kill", "-" + name, Long.toString(running.pid())));
            running.descendants().forEach(child -> words.add(Long.toString(child.pid())));
            new ProcessBuilder(words).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot send SIG" + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// SIGTERM, as an operator stops it; what it had is gone then.
    @Override
    public void close() {
        if (process != null) {
            stop();
            deleteData();
        }
    }

    /// Where its data is.
    Path data() {
        return Path.of(config.get("log.dirs"));
    }

    /// SIGTERM; the data stays.
    void stop() {
        Process running = process;
        if (running == null) return;
        Set<ProcessHandle> all = new HashSet<>(running.descendants().toList());
        running.destroy();
        if (!awaitEnd(running))
            throw new AssertionError("SIGTERM did not stop the broker; see " + log());
        all.forEach(ProcessHandle::destroyForcibly);
        process = null;
    }

    /// Its log file stays, for whoever looks into a failed test.
    private void deleteData() {
        try (Stream<Path> files = Files.walk(Path.of(config.get("log.dirs")))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the data of a stopped broker", e);
        }
    }

    private static boolean awaitEnd(Process process) {
        try {
            boolean ended = process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            if (!ended) process.destroyForcibly().waitFor();
            return ended;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private Path log() {
        return dir.resolve("out.log");
    }

    /// Returns when it serves.
    void awaitReady() {
        long end = System.nanoTime() + START_PATIENCE.toNanos();
        try (Admin admin =
                Admin.create(
                        Map.of("bootstrap.servers", bootstrap, "reconnect.backoff.max.ms", 100))) {
            while (System.nanoTime() < end) {
                Process running = process;
                if (running == null || !running.isAlive()) break;
                if (answers(admin)) return;
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
        kill(); // nobody has a handle on it yet who could
        throw new AssertionError("the broker did not get ready; see " + log());
    }

    private static boolean answers(Admin admin) {
        try {
            return !admin.describeCluster().nodes().get(2, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    static int freePort() {
        for (int i = 0; i < 1_000; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            try (var socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException e) {
                // taken: try another
            }
        }
        throw new IllegalStateException("no free port");
    }
}
