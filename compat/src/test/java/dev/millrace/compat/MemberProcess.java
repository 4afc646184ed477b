package dev.millrace.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A process with members of one group in it, which can be stopped in every way that a process can be.
final class MemberProcess {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final MemberKind kind;
    private final List<String> members;
    private final Process process;
    private final Thread reader;

    private MemberProcess(MemberKind kind, List<String> members, Process process, Thread reader) {
        this.kind = kind;
        this.members = members;
        this.process = process;
        this.reader = reader;
    }

    /// @param options what all kinds are told, `name=value`
    /// @param heard is given each of its events, by a thread of its own
    static MemberProcess start(
            MemberKind kind,
            List<String> members,
            List<String> options,
            Path log,
            Consumer<GroupEvent> heard) {
        List<String> words = new ArrayList<>(kind.command());
        words.addAll(options);
        words.add("members=" + String.join(",", members));
        try {
            Process process =
                    new ProcessBuilder(words)
                            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start();
            Thread reader =
                    Thread.ofPlatform()
                            .name("events of " + members.getFirst())
                            .start(() -> read(process, heard));
            return new MemberProcess(kind, List.copyOf(members), process, reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(Process process, Consumer<GroupEvent> heard) {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine())
                GroupEvent.parse(line).ifPresent(heard);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    MemberKind kind() {
        return kind;
    }

    List<String> members() {
        return members;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// SIGKILL. By its handle: the process object would close the pipe with what is still to be read.
    void kill() {
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    void pause() {
        signal("-STOP");
    }

    void resume() {
        signal("-CONT");
    }

    private void signal(String name) {
        Command.of("kill", name, Long.toString(process.pid())).run().succeeded();
    }

    /// Asks its members to leave their group, and waits until they have.
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
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(members + " did not end within " + PATIENCE);
            }
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public String toString() {
        return kind.label() + members;
    }
}
