package dev.millrace.bench.peer;

import dev.millrace.bench.wire.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A peer that runs: one process tree, how long it took to come up, and what it uses now.
public final class Running implements AutoCloseable {
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long STOP_TIMEOUT_S = 30;
    private static final long POLL_MS = 2;

    private final Peer peer;
    private final ProcessBuilder command;
    private final int port;
    private ProcessTree processes;
    private long startedNs;
    private final Path output;
    private long patienceNs = START_TIMEOUT_NS;
    private double readyMs = Double.NaN;
    private double firstAckMs = Double.NaN;

    private Running(Peer peer, ProcessBuilder command, int port, Path output) throws IOException {
        this.peer = peer;
        this.command = command;
        this.port = port;
        this.output = output;
        this.startedNs = System.nanoTime();
        this.processes = new ProcessTree(command.start());
    }

    /// Starts a command; the clock starts just before.
    ///
    /// @param environment added to this process's own
    static Running exec(
            Peer peer,
            List<String> command,
            Map<String, String> environment,
            Path directory,
            Path workingDir,
            int port)
            throws IOException {
        Path output = directory.resolve("output.log");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(workingDir.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return new Running(peer, builder, port, output);
    }

    /// Waits until a client's ApiVersions and Metadata succeed, then until its first record is acknowledged.
    void awaitReady() throws IOException, InterruptedException {
        await("ready", Probe::ready);
        readyMs = sinceStartMs();
        await(
                "making a topic",
                probe ->
                        switch (probe.createTopic("first-record")) {
                            case 0, TOPIC_ALREADY_EXISTS -> true;
                            default -> false;
                        });
        await("a first acknowledged record", probe -> probe.produceOne("first-record") == 0);
        firstAckMs = sinceStartMs();
    }

    /// Waits until somebody listens: all that the floor has to offer.
    void awaitListening() throws IOException, InterruptedException {
        await("listening", probe -> true);
        readyMs = sinceStartMs();
    }

    /// Stops it with SIGTERM and starts it on what it has written; returns when it is ready.
    public void restart() throws IOException, InterruptedException {
        close();
        startAgain();
        await("ready again", Probe::ready);
    }

    /// As `restart`, of a process that has much to do for it: so many seconds to stop, and as many to start.
    public void restartWithin(long seconds) throws IOException, InterruptedException {
        processes.stop(seconds);
        patienceNs = TimeUnit.SECONDS.toNanos(seconds);
        startAgain();
        await("ready again", Probe::ready);
    }

    /// As `restartWithin`, after SIGKILL.
    public void restartAfterKill(long seconds) throws IOException, InterruptedException {
        processes.crash();
        patienceNs = TimeUnit.SECONDS.toNanos(seconds);
        startAgain();
        await("ready again", Probe::ready);
    }

    /// As `restart`, until a record is acknowledged; [#readyMs] and [#firstAckMs] are of this start from then on.
    ///
    /// @param cold drops the program's files and the data from the page cache between the two
    public void restartToFirstRecord(boolean cold) throws IOException, InterruptedException {
        close();
        if (cold) {
            PageCache.drop(peer.program());
            dropPageCache();
        }
        startAgain();
        awaitReady();
    }

    private void startAgain() throws IOException {
        command.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        startedNs = System.nanoTime();
        processes = new ProcessTree(command.start());
    }

    /// Of all that it has written.
    public void dropPageCache() throws IOException {
        PageCache.drop(List.of(output.toAbsolutePath().resolveSibling("")));
    }

    /// Since the last start.
    public double diskReadMb() {
        return processes.diskReadBytes() / 1e6;
    }

    private static final short TOPIC_ALREADY_EXISTS = 36;

    private interface Question {
        boolean ask(Probe probe) throws IOException;
    }

    private void await(String what, Question question) throws IOException, InterruptedException {
        String last = "nobody listened";
        while (System.nanoTime() - startedNs < patienceNs) {
            if (!processes.alive()) {
                throw new IOException(
                        "%s ended with %d before %s%s"
                                .formatted(peer.name(), processes.exitCode(), what, tail()));
            }
            try (Probe probe = new Probe(port)) {
                if (question.ask(probe)) {
                    return;
                }
                last = "answered with an error";
            } catch (IOException e) {
                last = String.valueOf(e.getMessage());
            }
            Thread.sleep(POLL_MS);
        }
        throw new IOException(
                "%s not %s within %d s (%s)%s"
                        .formatted(
                                peer.name(),
                                what,
                                TimeUnit.NANOSECONDS.toSeconds(patienceNs),
                                last,
                                tail()));
    }

    /// From the last exec until now.
    public double sinceStartMs() {
        return (System.nanoTime() - startedNs) / 1e6;
    }

    /// The end of what the process printed, for a message.
    private String tail() {
        try {
            List<String> lines = Files.readAllLines(output);
            List<String> end = lines.subList(Math.max(0, lines.size() - 5), lines.size());
            return end.isEmpty()
                    ? "; it printed nothing"
                    : "; it printed: " + String.join(" | ", end);
        } catch (IOException e) {
            return "";
        }
    }

    public Peer peer() {
        return peer;
    }

    public int port() {
        return port;
    }

    /// From exec until ApiVersions and Metadata succeeded.
    public double readyMs() {
        return readyMs;
    }

    /// From exec until the first acknowledged record, a topic made for it on the way; NaN for the floor.
    public double firstAckMs() {
        return firstAckMs;
    }

    public boolean alive() {
        return processes.alive();
    }

    public long cpuNanos() {
        return processes.cpuNanos();
    }

    public double rssMb() {
        return processes.rssKb() / 1024.0;
    }

    public double pssMb() {
        return processes.pssKb() / 1024.0;
    }

    public long threads() {
        return processes.threads();
    }

    /// Stops with SIGTERM, by force after 30 seconds.
    @Override
    public void close() {
        try {
            processes.stop(STOP_TIMEOUT_S);
        } catch (InterruptedException e) {
            processes.kill();
            Thread.currentThread().interrupt();
        }
    }
}
