package dev.millrace.simulator.run;

import dev.millrace.simulator.world.ClusterOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The command `./simulate`: runs seeds, shows how far it is, and tells the story of one that fails.
public final class Simulate {
    private static final String USAGE =
            """
            usage: ./simulate [--seed N | --minutes M | --seeds N] [options]

              --seed N       runs this seed, and tells its story if it fails
              --minutes M    runs seeds for so long (1)
              --seeds N      runs so many seeds
              --first N      begins at this seed; a random one with --minutes
              --brokers N    clusters of so many brokers; drawn by each seed otherwise
              --seconds N    so many virtual seconds of faults; drawn by each seed otherwise
              --hours N      so many virtual hours a seed, in which clients and faults take their time
              --gate         short runs, as in the build: 3 to 15 virtual seconds of faults, twice as many a second
              --jobs N       so many seeds at a time, each on a thread of its own (1)
              --keep-going   goes on after a seed that fails; its story is in simulate-seed-N.txt
              --story        tells the story of a seed that does not fail, too
              --no-shrink    tells the story of a failing seed as it is\
            """;

    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private final Map<String, Long> given = new TreeMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong nextSeed = new AtomicLong();
    private final Map<String, Integer> faults = new TreeMap<>();
    private long seeds;
    private long virtualMs;
    private long events;
    private long operations;
    private long checks;
    private long acknowledged;
    private long cpuNs;
    private long beganNs;
    private long shownNs;
    private long failures;

    /// The sum of the runs' hashes: for the same seeds the same in every process, whichever thread had which.
    private long hashes;

    private @Nullable RunResult failed;

    private Simulate() {}

    public static void main(String[] arguments) throws InterruptedException {
        var simulate = new Simulate();
        if (!simulate.read(arguments)) {
            System.err.println(USAGE);
            System.exit(2);
        }
        System.exit(simulate.run() ? 0 : 1);
    }

    private boolean read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i];
            switch (name) {
                case "--story", "--no-shrink", "--keep-going", "--gate" -> given.put(name, 1L);
                case "--seed",
                        "--minutes",
                        "--seeds",
                        "--first",
                        "--brokers",
                        "--seconds",
                        "--hours",
                        "--jobs" -> {
                    if (++i == arguments.length || !arguments[i].matches("[0-9]{1,18}")) {
                        return false;
                    }
                    given.put(name, Long.parseLong(arguments[i]));
                }
                default -> {
                    return false;
                }
            }
        }
        return true;
    }

    private long given(String name, long otherwise) {
        return given.getOrDefault(name, otherwise);
    }

    private ClusterOptions options(long seed) {
        var limits =
                new ClusterOptions.Limits((int) given("--brokers", 0), (int) given("--seconds", 0));
        if (given.containsKey("--hours")) {
            return ClusterRun.options(seed, limits).over((int) given("--hours", 1));
        }
        return given.containsKey("--gate")
                ? ClusterRun.gate(seed, limits)
                : ClusterRun.options(seed, limits);
    }

    private boolean run() throws InterruptedException {
        beganNs = System.nanoTime();
        if (given.containsKey("--seed")) {
            long seed = given("--seed", 1);
            RunResult result = counted(seed, given.containsKey("--story"));
            if (result.violation() == null) {
                result.story().forEach(System.out::println);
                System.out.println("seed " + seed + ": " + result.options());
                System.out.println("no rule is broken, hash " + Long.toHexString(result.hash()));
            }
        } else {
            // With --minutes another place each time, told at the end; otherwise the first seeds.
            boolean timed = !given.containsKey("--seeds");
            nextSeed.set(given("--first", timed ? System.currentTimeMillis() % 1_000_000_000 : 1));
            long first = nextSeed.get();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < given("--jobs", 1); i++) {
                threads.add(
                        Thread.ofPlatform().name("seeds " + i).start(() -> seeds(first, timed)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        progress(true);
        RunResult wrong = failed;
        if (wrong != null) {
            story(wrong);
        }
        return failures == 0;
    }

    private void seeds(long first, boolean timed) {
        long until = beganNs + given("--minutes", 1) * 60_000_000_000L;
        long last = timed ? Long.MAX_VALUE : first + given("--seeds", 1);
        long seed = nextSeed.getAndIncrement();
        while (failed == null && seed < last && (!timed || System.nanoTime() < until)) {
            var _ = counted(seed, false);
            seed = nextSeed.getAndIncrement();
        }
    }

    private RunResult counted(long seed, boolean told) {
        long began = CPU.getCurrentThreadCpuTime();
        RunResult result = ClusterRun.of(seed, options(seed), told);
        count(result, CPU.getCurrentThreadCpuTime() - began);
        return result;
    }

    private void count(RunResult result, long took) {
        lock.lock();
        try {
            seeds++;
            cpuNs += took;
            virtualMs += result.virtualMs();
            events += result.events();
            hashes += result.hash();
            operations += result.operations();
            checks += result.checks();
            acknowledged += result.acknowledged();
            result.counts().forEach((fault, n) -> faults.merge(fault, n, Integer::sum));
            if (result.violation() != null) {
                failures++;
                if (given.containsKey("--keep-going")) {
                    System.out.println(line(result));
                    write(result);
                } else if (failed == null) {
                    failed = result;
                }
            }
            progress(false);
        } finally {
            lock.unlock();
        }
    }

    private static void write(RunResult result) {
        RunResult told = ClusterRun.of(result.seed(), result.options(), true);
        List<String> lines = new ArrayList<>(told.story());
        lines.add(told.violation() + "\nwith " + told.options());
        try {
            Files.write(Path.of("simulate-seed-" + result.seed() + ".txt"), lines);
        } catch (IOException e) {
            System.out.println("its story cannot be written: " + e);
        }
    }

    private static String line(RunResult result) {
        String words = String.valueOf(result.violation());
        return "seed %d FAILS: %s"
                .formatted(result.seed(), words.substring(0, Math.min(300, words.length())));
    }

    private void progress(boolean last) {
        long now = System.nanoTime();
        boolean terminal = Boolean.getBoolean("simulate.terminal");
        if (!last && (now - shownNs < 500_000_000L || !terminal)) {
            return;
        }
        shownNs = now;
        double seconds = (now - beganNs) / 1e9;
        long happened = faults.values().stream().mapToLong(each -> each).sum();
        System.out.printf(
                "%s%d seeds, %d fail, %.1f virtual hours, %,d events (%,.0f/s, %,.0f per second of their threads), %,d faults, %,d operations and %,d answers checked, %,d acknowledged, %.0f s%s",
                terminal ? "\r" : "",
                seeds,
                failures,
                virtualMs / 3_600_000.0,
                events,
                events / seconds,
                events / Math.max(1e-9, cpuNs / 1e9),
                happened,
                operations,
                checks,
                acknowledged,
                seconds,
                last ? "\n" : "");
        if (last) {
            System.out.println(faults);
            if (given.containsKey("--seeds")) {
                System.out.println("hash of all these runs: " + Long.toHexString(hashes));
            }
        }
        System.out.flush();
    }

    private void story(RunResult wrong) {
        long seed = wrong.seed();
        System.out.println("\nseed " + seed + " FAILS: " + wrong.violation());
        System.out.println("with " + wrong.options());
        ClusterOptions options = wrong.options();
        if (!given.containsKey("--no-shrink")) {
            System.out.println("looking for less that fails:");
            options = Shrink.of(seed, options, step -> System.out.println("  " + step));
        }
        RunResult told = ClusterRun.of(seed, options, true);
        System.out.println("\nthe story (virtual seconds, machine or client):");
        told.story().forEach(System.out::println);
        System.out.println("\n" + told.violation() + "\nwith " + told.options());
    }
}
