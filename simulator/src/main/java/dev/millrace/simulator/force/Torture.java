package dev.millrace.simulator.force;

import dev.millrace.simulator.official.Tally;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The command `./torture`: three real brokers, faults by force, and a judgement of what clients saw.
public final class Torture {
    private static final String USAGE =
            """
            usage: ./torture [options]

              --seconds N   so long faults happen in each run (60)
              --runs N      so many runs, each with the next seed (1)
              --seed N      of the first run: which faults, where, in which order; another each time otherwise
              --keep DIR    where a run that fails leaves its data, logs and history (torture-SEED in the system's temporary folder)
              --keep-going  goes on after a run that fails

            Exit code: 0 nothing is wrong, 1 a run has failed, 2 the command line is wrong.\
            """;

    private final Path hosts;

    /// The same for all runs: names are looked up once.
    private final Roads.Network network = Roads.Network.any(new Random());

    private final Map<String, String> given = new TreeMap<>();
    private final boolean terminal = Boolean.getBoolean("torture.terminal");
    private final Map<String, Integer> faults = new TreeMap<>();
    private long acknowledged;
    private long transactions;
    private long operations;
    private int failed;
    private long shownNs;

    /// What must not outlive this process.
    private volatile @Nullable TortureRun running;

    private Torture(Path hosts) {
        this.hosts = hosts;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        // Read once, when the first name is looked up.
        Path hosts = Files.createTempFile("torture", ".hosts");
        hosts.toFile().deleteOnExit();
        System.setProperty("jdk.net.hosts.file", hosts.toString());
        var torture = new Torture(hosts);
        if (!torture.read(arguments)) {
            System.err.println(USAGE);
            System.exit(2);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(torture::leaveNothingBehind));
        System.exit(torture.run() ? 0 : 1);
    }

    private void leaveNothingBehind() {
        TortureRun left = running;
        if (left != null) {
            try {
                left.close();
            } catch (IOException e) {
                System.err.println("torture: " + e);
            }
        }
    }

    private boolean read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--keep-going" -> given.put(arguments[i], "");
                case "--seconds", "--runs", "--seed", "--keep" -> {
                    String name = arguments[i];
                    if (++i == arguments.length
                            || (!name.equals("--keep") && !arguments[i].matches("[0-9]{1,9}"))) {
                        return false;
                    }
                    given.put(name, arguments[i]);
                }
                default -> {
                    return false;
                }
            }
        }
        return true;
    }

    private int given(String name, long otherwise) {
        return Integer.parseInt(given.getOrDefault(name, Long.toString(otherwise)));
    }

    private boolean run() throws IOException, InterruptedException {
        var tools = new Tools(Path.of(System.getProperty("torture.root", ".")).toAbsolutePath());
        int first = given("--seed", System.currentTimeMillis() % 1_000_000_000);
        int runs = given("--runs", 1);
        int done = 0;
        while (done < runs && (failed == 0 || given.containsKey("--keep-going"))) {
            one(first + done, ++done, runs, tools);
        }
        System.out.printf(
                "%d runs, %d failed: %,d records acknowledged, %,d transactions committed, %,d operations checked; faults %s%n",
                done, failed, acknowledged, transactions, operations, faults);
        return failed == 0;
    }

    private void one(int seed, int number, int runs, Tools tools)
            throws IOException, InterruptedException {
        int seconds = given("--seconds", 60);
        String name = "run %d/%d, seed %d".formatted(number, runs, seed);
        System.out.println(name + ": " + seconds + " s of faults");
        Path folder = folder(seed);
        boolean sound = false;
        var run =
                new TortureRun(
                        seed,
                        seconds,
                        folder,
                        hosts,
                        network,
                        tools,
                        (at, now, tally) -> show(name, at, now, tally));
        running = run;
        try {
            var result = run.run();
            if (!tools.mounts()) {
                System.out.println(name + ": mounting is not allowed here, so no disk got full");
            }
            sound = result.anomalies().isEmpty();
            report(name, result);
        } finally {
            if (!sound) {
                failed++;
                run.keep();
                System.out.println(name + ": data, logs and history are in " + folder);
            }
            run.close(!sound);
            running = null;
        }
        if (sound) {
            delete(folder);
        }
    }

    private Path folder(int seed) throws IOException {
        Path parent = Path.of(given.getOrDefault("--keep", System.getProperty("java.io.tmpdir")));
        return Files.createTempDirectory(
                Files.createDirectories(parent.toAbsolutePath()), "torture-" + seed + "-");
    }

    private void show(String name, double at, List<String> now, Tally tally) {
        long ns = System.nanoTime();
        if (ns - shownNs < (terminal ? 200_000_000L : 10_000_000_000L)) {
            return;
        }
        shownNs = ns;
        System.out.printf(
                terminal ? "\r\033[K%s%s" : "%2$s%n",
                "",
                "%s: %3.0f s  %s  %,d acknowledged, %,d + %,d transactions, %,d read, %,d errors"
                        .formatted(
                                name,
                                at,
                                now.isEmpty() ? "-" : String.join(" + ", now),
                                tally.acknowledged(),
                                tally.committed(),
                                tally.copied(),
                                tally.read(),
                                tally.errors()));
        System.out.flush();
    }

    private void report(String name, TortureRun.Result result) {
        Tally tally = result.tally();
        System.out.printf(
                "%s%s: %s; %,d records acknowledged, %,d transactions committed, %,d aborted, %,d by copiers, %,d read, %,d errors; %s; %,d operations checked; %.0f s%n",
                terminal ? "\r\033[K" : "",
                name,
                result.faults(),
                tally.acknowledged(),
                tally.committed(),
                tally.aborted(),
                tally.copied(),
                tally.read(),
                tally.errors(),
                result.outcomes(),
                result.operations(),
                result.seconds());
        System.out.println(
                name
                        + ": "
                        + (result.anomalies().isEmpty()
                                ? "nothing lost, nothing twice, nothing aborted read"
                                : "FAILS"));
        result.anomalies().stream().limit(20).forEach(each -> System.out.println("  " + each));
        if (result.anomalies().size() > 20) {
            System.out.println("  and " + (result.anomalies().size() - 20) + " more");
        }
        result.faults().forEach((fault, n) -> faults.merge(fault, n, Integer::sum));
        acknowledged += tally.acknowledged();
        transactions += tally.committed() + tally.copied();
        operations += result.operations();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
