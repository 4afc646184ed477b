package dev.millrace.compat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// A process of the application `clients/streams/WordCount.java`.
final class StreamsProcess {
    private static final int STOP_SECONDS = 60;

    private final Process process;
    private final Path log;
    private final long begins;
    private final Supplier<StreamsProcess> again;

    /// @param begins how long its log was when it began
    private StreamsProcess(Process process, Path log, long begins, Supplier<StreamsProcess> again) {
        this.process = process;
        this.log = log;
        this.begins = begins;
        this.again = again;
    }

    static StreamsProcess start(String bootstrap, String protocol, String guarantee, Path state) {
        Path built = Repository.COMPAT.resolve("target/java-clients");
        try {
            Files.createDirectories(state);
            Path log = state.resolve("out.log");
            String classPath = Files.readString(built.resolve("streams.classpath"), UTF_8).trim();
            long begins = Files.exists(log) ? Files.size(log) : 0;
            Process process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-Xmx192m",
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "--sun-misc-unsafe-memory-access=allow",
                                    "-cp",
                                    built.resolve("classes") + ":" + classPath,
                                    "WordCount",
                                    "bootstrap=" + bootstrap,
                                    "application=word-count",
                                    "protocol=" + protocol,
                                    "guarantee=" + guarantee,
                                    "state=" + state,
                                    "input=lines",
                                    "output=counts",
                                    "session=" + GroupUnderTest.SESSION_MS,
                                    "heartbeat=1000")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start();
            return new StreamsProcess(
                    process, log, begins, () -> start(bootstrap, protocol, guarantee, state));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Another one on the same disk.
    StreamsProcess again() {
        return again.get();
    }

    void checkAlive() {
        if (!process.isAlive()) throw new AssertionError("it ended by itself: " + said());
    }

    /// It has ended by itself, for the one before it was killed while it wiped a store, and RocksDB does not open what is left: who runs
    /// such an application gives it an empty folder then.
    boolean cannotOpenItsStore() {
        return !process.isAlive()
                && said().contains("ProcessorStateException: Error opening store");
    }

    private String said() {
        try {
            byte[] all = Files.readAllBytes(log);
            return new String(all, (int) begins, all.length - (int) begins, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// SIGKILL.
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /// By the end of its input.
    void leave() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS))
                throw new AssertionError("a process did not end; it is killed later");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
