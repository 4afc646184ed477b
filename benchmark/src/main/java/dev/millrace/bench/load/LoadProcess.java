package dev.millrace.bench.load;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/// The load process as seen from the benchmark: one for the whole run, so that both sides meet the same, equally warm one.
public final class LoadProcess implements AutoCloseable {
    /// Its heap: fixed and small beside the machine, with G1 so that pauses stay out of the percentiles.
    private static final List<String> JVM =
            List.of("-Xms768m", "-Xmx768m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=5");

    /// No job takes this long unless the broker or this process hangs; then it is ended and the cell has failed.
    private static final long JOB_TIMEOUT_S = 240;

    private final JsonMapper json = JsonMapper.shared();
    private final ScheduledExecutorService watchdog =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    private final Process process;
    private final BufferedWriter jobs;
    private final BufferedReader results;

    public LoadProcess() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadMain.class.getName()));
        process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        jobs = process.outputWriter(StandardCharsets.UTF_8);
        results = process.inputReader(StandardCharsets.UTF_8);
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    public boolean alive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /// Runs a job to its end. A job that fails is a result with an error; a process that died is an exception.
    public LoadResult run(LoadJob job) throws IOException {
        Future<?> end =
                watchdog.schedule(process::destroyForcibly, JOB_TIMEOUT_S, TimeUnit.SECONDS);
        try {
            jobs.write(json.writerFor(LoadJob.class).writeValueAsString(job));
            jobs.newLine();
            jobs.flush();
            String line = results.readLine();
            if (line == null) {
                throw new IOException(
                        "the load process died, or was ended after "
                                + JOB_TIMEOUT_S
                                + " s without a result");
            }
            return json.readValue(line, LoadResult.class);
        } finally {
            end.cancel(false);
        }
    }

    public static String describe() {
        return "kafka-clients and raw sockets in one process, java " + String.join(" ", JVM);
    }

    @Override
    public void close() {
        watchdog.shutdownNow();
        process.destroyForcibly();
    }
}
