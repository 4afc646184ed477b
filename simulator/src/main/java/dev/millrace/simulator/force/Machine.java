package dev.millrace.simulator.force;

import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One node as a process of the distribution, with a folder and perhaps a small disk.
final class Machine {
    private static final int STOP_SECONDS = 60;
    private static final int CHUNK = 1 << 20;

    /// The exit code of a node whose metadata log has failed (`Broker`).
    private static final int NO_METADATA_LOG = 71;

    final int id;
    private final Path folder;
    private final Tools tools;
    private final boolean smallDisk;
    private @Nullable Process process;
    private boolean shallRun;

    /// Its disk has been full since the process was started.
    private volatile boolean wasFull;

    private volatile boolean isFull;

    /// @param smallDisk its data lies on a file system of [Tools#DISK_MB] of its own
    Machine(int id, Path folder, Tools tools, boolean smallDisk)
            throws IOException, InterruptedException {
        this.id = id;
        this.folder = Files.createDirectories(folder);
        this.tools = tools;
        this.smallDisk = smallDisk && tools.mountSmallDisk(Files.createDirectories(disk()));
        Files.createDirectories(data());
    }

    private Path disk() {
        return folder.resolve("disk");
    }

    Path data() {
        return disk().resolve("data");
    }

    Path hosts() {
        return folder.resolve("hosts");
    }

    Path log() {
        return folder.resolve("out.log");
    }

    boolean hasSmallDisk() {
        return smallDisk;
    }

    void configure(Map<String, String> settings) throws IOException {
        var properties = new Properties();
        properties.putAll(settings);
        properties.put("log.dirs", data().toString());
        try (Writer out = Files.newBufferedWriter(folder.resolve("server.properties"))) {
            properties.store(out, null);
        }
    }

    /// Starts it, and returns at once.
    synchronized void start() throws IOException {
        var builder =
                new ProcessBuilder(
                                tools.launcher().toString(),
                                "up",
                                "--config",
                                folder.resolve("server.properties").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        Map<String, String> environment = builder.environment();
        environment.put("MILLRACE_BUILD", "no");
        environment.put("MILLRACE_HEAP", "192m");
        environment.put("MILLRACE_OPTS", "-Djdk.net.hosts.file=" + hosts());
        process = builder.start();
        shallRun = true;
        wasFull = isFull;
    }

    /// `kill -9`, also of one that stands still.
    synchronized void kill() throws InterruptedException {
        shallRun = false;
        Process running = process;
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
    }

    /// SIGTERM, as an operator stops it.
    ///
    /// @return false when it had to be killed
    synchronized boolean stop() throws InterruptedException {
        shallRun = false;
        Process running = process;
        if (running == null) {
            return true;
        }
        running.destroy();
        boolean ended = running.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            running.destroyForcibly().waitFor();
        }
        return ended;
    }

    /// SIGSTOP or SIGCONT.
    void signal(String name) throws IOException, InterruptedException {
        Process running = process;
        if (running != null && running.isAlive()) {
            Tools.run("kill", "-" + name, Long.toString(running.pid()));
        }
    }

    /// The exit code of a process that has ended without being told to; null when all is well.
    synchronized @Nullable Integer endedByItself() {
        Process running = process;
        return running == null || running.isAlive() || !shallRun ? null : running.exitValue();
    }

    /// Whether it ended as a node does that cannot write its metadata log, and had no room for it.
    boolean hadNoRoom(int exitCode) {
        return wasFull && exitCode == NO_METADATA_LOG;
    }

    /// Fills its small disk but for so many bytes.
    void fill(long leave) throws IOException {
        isFull = true;
        wasFull = true;
        Path filler = disk().resolve("filler");
        try (FileChannel out =
                FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            long free = Files.getFileStore(disk()).getUsableSpace();
            while (free > leave) {
                out.write(ByteBuffer.allocate((int) Math.min(CHUNK, free - leave)));
                free = Files.getFileStore(disk()).getUsableSpace();
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw e;
            }
        }
    }

    void empty() throws IOException {
        isFull = false;
        Files.deleteIfExists(disk().resolve("filler"));
    }

    /// Takes its small disk away; what was on it stays in the folder if it is wanted.
    void unmount(boolean keep) throws IOException, InterruptedException {
        if (!smallDisk) {
            return;
        }
        if (keep) {
            Tools.run("cp", "-a", data().toString(), folder.resolve("data").toString());
        }
        Tools.run("umount", "-l", disk().toString());
    }

    List<String> said() throws IOException {
        return Files.exists(log()) ? Files.readAllLines(log()) : List.of();
    }
}
