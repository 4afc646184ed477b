package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.world.ClusterOptions.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// A thousand short runs of whole clusters, two at a time: what no change may break. `-Dmillrace.gate.seeds=N` runs more or fewer,
/// `-Dmillrace.gate.first=N` begins elsewhere; `./simulate --gate --seed N` repeats one.
class ClusterGateTest {
    private static final int SEEDS = Integer.getInteger("millrace.gate.seeds", 1000);
    private static final long FIRST = Long.getLong("millrace.gate.first", 1);
    private static final int THREADS = Integer.getInteger("millrace.gate.threads", 2);

    /// These are done again in another process: Java's immutable sets and maps have another order there, and a run must not. The last one
    /// has found a map whose order went into a request.
    private static final List<Long> TWICE =
            LongStream.concat(LongStream.range(FIRST, FIRST + 40), LongStream.of(504))
                    .filter(seed -> FIRST <= seed && seed < FIRST + SEEDS)
                    .distinct()
                    .boxed()
                    .toList();

    private static final int STACK_BYTES = 4 << 20;
    private static final int MOST_FAILURES = 20;
    private static final int STORY_LINES = 60;

    private final ConcurrentSkipListMap<Long, RunResult> results = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Long, RunResult> failures = new ConcurrentSkipListMap<>();

    @Test
    void everySeedKeepsWhatIsPromisedAndIsTheSameInAnotherProcess()
            throws IOException, InterruptedException {
        Process other = again();
        long began = System.nanoTime();
        runAll();
        tell((System.nanoTime() - began) / 1e9);
        String there = printed(other);
        if (!failures.isEmpty()) {
            throw new AssertionError(words());
        }
        assertEquals(SEEDS, results.size(), "all have run");
        assertEquals(
                TWICE.stream()
                        .map(seed -> HashOfRun.words(Objects.requireNonNull(results.get(seed))))
                        .collect(Collectors.joining("; ")),
                there);
        long acknowledged = results.values().stream().mapToLong(RunResult::acknowledged).sum();
        assertTrue(acknowledged > 20L * SEEDS, acknowledged + " acknowledged");
    }

    private void runAll() throws InterruptedException {
        var next = new AtomicLong(FIRST);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .name("gate " + i)
                            .stackSize(STACK_BYTES)
                            .start(() -> seeds(next)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void seeds(AtomicLong next) {
        long seed = next.getAndIncrement();
        while (seed < FIRST + SEEDS && failures.size() < MOST_FAILURES) {
            RunResult result = run(seed, false);
            results.put(seed, result);
            if (result.violation() != null) {
                failures.put(seed, result);
            }
            seed = next.getAndIncrement();
        }
    }

    private static RunResult run(long seed, boolean told) {
        return ClusterRun.of(seed, ClusterRun.gate(seed, Limits.NONE), told);
    }

    /// What failed, how to repeat it, and the end of the first one's story.
    private String words() {
        var text = new StringBuilder(failures.size() + " of " + results.size() + " seeds fail");
        failures.forEach((seed, result) ->
                text.append(
                        "%n./simulate --gate --seed %d: %s".formatted(seed, result.violation())));
        RunResult first = run(failures.firstKey(), true);
        List<String> story = first.story();
        text.append("%nseed %d with %s%nits end:".formatted(first.seed(), first.options()));
        for (String line : story.subList(Math.max(0, story.size() - STORY_LINES), story.size())) {
            text.append('\n').append(line);
        }
        return text.toString();
    }

    private void tell(double seconds) {
        double hours =
                results.values().stream().mapToLong(RunResult::virtualMs).sum() / 3_600_000.0;
        long events = results.values().stream().mapToLong(RunResult::events).sum();
        System.out.printf(
                "gate: %d seeds in %.0f s, %d fail, %.1f virtual hours, %d events (%.0f/s)%n",
                results.size(), seconds, failures.size(), hours, events, events / seconds);
    }

    private static Process again() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of("-XX:+UseSerialGC", "-Xss4m", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(HashOfRun.class.getName());
        TWICE.forEach(seed -> command.add(seed.toString()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static String printed(Process process) throws IOException, InterruptedException {
        try (InputStream out = process.getInputStream()) {
            String printed = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
            assertEquals(0, process.waitFor());
            return printed;
        }
    }
}
