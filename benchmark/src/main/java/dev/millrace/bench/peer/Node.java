package dev.millrace.bench.peer;

import dev.millrace.bench.wire.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// One broker of a peer as a process: how it is ended and started again, and what it has used since its last start.
public final class Node {
    private static final long POLL_MS = 2;

    private final String peer;
    private final ProcessBuilder command;
    private final int port;
    private final Path output;
    private ProcessTree processes;
    private long startedNs;

    private Node(String peer, ProcessBuilder command, int port, Path output) throws IOException {
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
    /// @param directory of this node alone: what it prints goes there
    static Node exec(
            String peer,
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
        return new Node(peer, builder, port, output);
    }

    /// On what it has written.
    public void startAgain() throws IOException {
        command.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        startedNs = System.nanoTime();
        processes = new ProcessTree(command.start());
    }

    /// SIGTERM, and SIGKILL after the time given. True when the first was enough.
    public boolean stop(long timeoutSeconds) throws InterruptedException {
        return processes.stop(timeoutSeconds);
    }

    /// SIGKILL, and waits for the end.
    public void crash() throws InterruptedException {
        processes.crash();
    }

    public boolean alive() {
        return processes.alive();
    }

    /// SIGTERM, and does not wait.
    void terminate() {
        processes.terminate();
    }

    void kill() {
        processes.kill();
    }

    interface Question {
        boolean ask(Probe probe) throws IOException;
    }

    /// Asks again and again until the answer is yes.
    ///
    /// @param patienceNs from its last start
    void await(String what, Question question, long patienceNs)
            throws IOException, InterruptedException {
        String last = "nobody listened";
        while (System.nanoTime() - startedNs < patienceNs) {
            if (!alive()) {
                throw new IOException(
                        "%s ended with %d before %s%s"
                                .formatted(peer, processes.exitCode(), what, tail()));
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
                                peer,
                                what,
                                TimeUnit.NANOSECONDS.toSeconds(patienceNs),
                                last,
                                tail()));
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

    /// From the last exec until now.
    public double sinceStartMs() {
        return (System.nanoTime() - startedNs) / 1e6;
    }

    public int port() {
        return port;
    }

    /// Of all that it has written.
    void dropPageCache() throws IOException {
        PageCache.drop(List.of(output.toAbsolutePath().resolveSibling("")));
    }

    ProcessTree processes() {
        return processes;
    }
}
