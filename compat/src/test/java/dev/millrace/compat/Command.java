package dev.millrace.compat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// A program that a test runs to its end: its words, what it reads, and how long it may take.
final class Command {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final List<String> words;
    private final Map<String, String> environment = new TreeMap<>();
    private Path dir = Repository.ROOT;
    private byte[] input = {};

    private Command(List<String> words) {
        this.words = List.copyOf(words);
    }

    static Command of(String... words) {
        return new Command(Arrays.asList(words));
    }

    static Command of(List<String> words) {
        return new Command(words);
    }

    Command with(String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(Arrays.asList(more));
        var command = new Command(all);
        command.environment.putAll(environment);
        command.dir = dir;
        return command.input(input);
    }

    Command environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Command in(Path workingDir) {
        dir = workingDir;
        return this;
    }

    Command input(String text) {
        return input(text.getBytes(UTF_8));
    }

    Command input(byte[] bytes) {
        input = bytes;
        return this;
    }

    /// Runs it; one that does not end within three minutes is killed and fails the test with what it said so far.
    Result run() {
        try {
            Path out = Files.createTempFile("compat", ".out");
            Path err = Files.createTempFile("compat", ".err");
            var builder =
                    new ProcessBuilder(words)
                            .directory(dir.toFile())
                            .redirectOutput(out.toFile())
                            .redirectError(err.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input);
            } catch (IOException e) {
                // the program ended without reading all of its input: its exit code says why
            }
            boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            var result =
                    new Result(
                            words,
                            process.exitValue(),
                            Files.readString(out, UTF_8),
                            Files.readString(err, UTF_8));
            Files.delete(out);
            Files.delete(err);
            if (!ended) throw new AssertionError("did not end within " + PATIENCE + ": " + result);
            return result;
        } catch (IOException e) {
            throw new AssertionError("cannot run " + words, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + words, e);
        }
    }

    /// What a program left behind when it ended.
    record Result(List<String> words, int exit, String out, String err) {
        /// The same, when the program succeeded; otherwise the test fails with all that it said.
        Result succeeded() {
            if (exit != 0) throw new AssertionError("failed: " + this);
            return this;
        }

        List<String> lines() {
            return out.lines().toList();
        }

        @Override
        public String toString() {
            return "%s%nexit %d%n---- stdout%n%s%n---- stderr%n%s"
                    .formatted(String.join(" ", words), exit, out, err);
        }
    }
}
