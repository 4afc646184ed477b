package dev.millrace.bench;

import dev.millrace.bench.load.LoadProcess;
import dev.millrace.bench.peer.CommandPeer;
import dev.millrace.bench.peer.Dialect;
import dev.millrace.bench.peer.FloorPeer;
import dev.millrace.bench.peer.KafkaPeer;
import dev.millrace.bench.peer.Peer;
import dev.millrace.bench.report.Charts;
import dev.millrace.bench.report.MachineDescription;
import dev.millrace.bench.report.Markers;
import dev.millrace.bench.report.Report;
import dev.millrace.bench.report.Statistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The command: reads the options, runs the plan, prints the report.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Runs Apache Kafka and Millrace in turn on this machine and prints ratios of medians with spread.",
        footer = {
            "",
            "Examples:",
            "  ./bench                                    three pairs, under ten minutes",
            "  ./bench --full --write                     five pairs, and docs/performance.md",
            "  ./bench --only 'start|idle'                some rows only",
            "  ./bench --only groups                      consumer groups: rows that no other run has",
            "  ./bench --against kafka-again=kafka        Kafka against itself: how noisy is this machine?",
            "  ./bench --against millrace='/opt/m/millrace up --config {config}'"
        })
public final class Bench implements Callable<Integer> {
    private static final int EXIT_FAILED_CELLS = 1;
    private static final int EXIT_USAGE = 2;
    private static final String KAFKA = "kafka";
    private static final String MILLRACE = "millrace";

    @Option(names = "--quick", description = "Small amounts, 3 pairs (the default).")
    private boolean quick;

    @Option(names = "--full", description = "Large amounts, 5 pairs.")
    private boolean full;

    @Option(names = "--pairs", paramLabel = "N", description = "How often each side runs.")
    private int pairs;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "Rows whose id matches; --list shows them.")
    private String only = "";

    @Option(names = "--list", description = "Print the ids of all rows and end.")
    private boolean list;

    @Option(
            names = "--against",
            paramLabel = "NAME=CMD",
            description = {
                "Another command for a side: it gets a server.properties as --config FILE, or where {config} stands.",
                "NAME 'kafka' replaces the first side, any other the second. CMD 'kafka' is the fetched Apache Kafka.",
                "Only the name 'millrace' gets the topic setting millrace.flush; others get Kafka's flush.messages."
            })
    private Map<String, String> against = new LinkedHashMap<>();

    @Option(
            names = "--output",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description = "text or json (json on standard output, progress on standard error).")
    private Format output = Format.TEXT;

    @Option(
            names = "--write",
            description = {
                "Write the table into docs/performance.md, between its markers,",
                "and its samples and charts into docs/charts."
            })
    private boolean write;

    @Option(
            names = "--redraw",
            description = "Draw the charts again from the samples in docs/charts, and end.")
    private boolean redraw;

    @Option(
            names = "--profile",
            description =
                    "JFR recording (CPU, allocation) of the second side; its figures are then not comparable.")
    private boolean profile;

    @Option(names = "--no-floor", description = "Leave the floor out.")
    private boolean noFloor;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Broker's port (and the next); default: free ones.")
    private int port;

    enum Format {
        TEXT,
        JSON
    }

    private final Path root =
            Path.of(System.getProperty("bench.root", ".")).toAbsolutePath().normalize();
    private final Path target = root.resolve("benchmark").resolve("target");

    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new Bench())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (redraw) {
            System.err.println("bench: drawn again: " + String.join(", ", charts().redraw()));
            return 0;
        }
        List<Workload> workloads = Workloads.matching(Pattern.compile(only));
        if (list) {
            Stream.concat(
                            workloads.stream(),
                            only.isEmpty() ? Workloads.groups().stream() : Stream.of())
                    .forEach(w ->
                            System.out.printf(
                                    "%-38s %-7s %s%n", w.id(), w.load().label(), w.title()));
            return 0;
        }
        if (workloads.isEmpty() || (quick && full) || pairs < 0) {
            System.err.println(
                    workloads.isEmpty()
                            ? "bench: no row matches '" + only + "'; --list shows them all"
                            : "bench: one of --quick and --full, and --pairs of 1 or more");
            return EXIT_USAGE;
        }
        Scale scale = full ? Scale.FULL : Scale.QUICK;
        return run(workloads, pairs == 0 ? scale : scale.withPairs(pairs));
    }

    private int run(List<Workload> workloads, Scale scale)
            throws IOException, InterruptedException {
        Path profiles = target.resolve("profile");
        List<Peer> sides = sides(profiles);
        List<Peer> all = new ArrayList<>(sides);
        if (!noFloor) {
            all.add(new FloorPeer());
        }
        Path work = Files.createDirectories(target.resolve("work"));
        Progress progress =
                new Progress(
                        System.err,
                        Boolean.getBoolean("bench.terminal"),
                        Plan.cells(all, workloads, scale.pairs()));
        MachineDescription machine = MachineDescription.of(work);
        Results results;
        try (Plan plan = new Plan(all, workloads, scale, work, port, progress)) {
            results = plan.run();
        }
        Map<String, String> facts = new LinkedHashMap<>(machine.facts());
        all.forEach(peer -> facts.put(peer.name(), peer.describe()));
        facts.put("load", LoadProcess.describe());
        facts.put("amount", amount(scale));
        Statistics.spread(results.foreignCpu())
                .ifPresent(share ->
                        facts.put(
                                "other work on the machine while measuring",
                                "%.0f %% of all cores (median of the cells), at most %.0f %%"
                                        .formatted(100 * share.median(), 100 * share.max())));
        Report report =
                new Report(
                        sides.get(0).name(),
                        sides.get(1).name(),
                        scale.pairs(),
                        workloads,
                        results,
                        facts,
                        notes(scale));
        print(report);
        if (profile) {
            printProfiles(profiles);
        }
        return results.failures().isEmpty() ? 0 : EXIT_FAILED_CELLS;
    }

    private List<Peer> sides(Path profiles) throws IOException {
        Map<String, String> recording = Map.of();
        if (profile) {
            Files.createDirectories(profiles);
            recording =
                    Map.of(
                            "JAVA_TOOL_OPTIONS",
                            "-XX:StartFlightRecording:settings=profile,dumponexit=true,filename="
                                    + profiles
                                    + "/%p-%t.jfr");
        }
        Peer a = side(KAFKA, against.getOrDefault(KAFKA, KAFKA), Map.of());
        Map.Entry<String, String> second =
                against.entrySet().stream()
                        .filter(entry -> !entry.getKey().equals(KAFKA))
                        .findFirst()
                        .orElse(Map.entry(MILLRACE, root.resolve("millrace") + " up"));
        return List.of(a, side(second.getKey(), second.getValue(), recording));
    }

    private Peer side(String name, String command, Map<String, String> environment) {
        return command.equals(KAFKA)
                ? new KafkaPeer(name, Path.of(System.getProperty("bench.kafka", "")), environment)
                : new CommandPeer(
                        name,
                        command,
                        name.equals(MILLRACE) ? Dialect.MILLRACE : Dialect.KAFKA,
                        root,
                        environment);
    }

    private void print(Report report) throws IOException {
        if (output == Format.JSON) {
            System.out.print(Charts.json(report));
        } else {
            System.out.println("\n" + report.text());
        }
        if (write) {
            Path page = root.resolve("docs").resolve("performance.md");
            String before = Files.exists(page) ? Files.readString(page) : "# Performance\n";
            String section = only.startsWith("groups") ? "bench-groups" : "bench";
            String shown = charts().write(section, report);
            Files.writeString(page, Markers.replace(before, section, shown + report.markdown()));
            System.err.println("written to " + page);
        }
    }

    private Charts charts() {
        return new Charts(root.resolve("docs").resolve("charts"));
    }

    private static void printProfiles(Path profiles) throws IOException {
        try (Stream<Path> files = Files.list(profiles)) {
            files.sorted()
                    .forEach(file ->
                            System.err.println(
                                    "profile: " + file + " (open with jfr view or JMC)"));
        }
    }

    private static String amount(Scale scale) {
        return "%s: %d pairs in alternation; %d MB per produce row (%d MB in flush mode ack), %d MB per consume row"
                .formatted(
                        scale.name(),
                        scale.pairs(),
                        scale.produceBytes() / 1_000_000,
                        scale.flushedBytes() / 1_000_000,
                        scale.consumeBytes() / 1_000_000);
    }

    private static List<String> notes(Scale scale) {
        List<String> notes = new ArrayList<>();
        notes.add(
                "Figures are medians; a ratio is the median of the ratios pair by pair, with the least and the greatest:"
                        + " that range is the noise of this machine.");
        notes.add(
                "CPU is that of all threads of the broker, from the operating system; the load process is not in it."
                        + " 1 GB = 10^9 bytes: of uncompressed values when producing, of log bytes when consuming.");
        notes.add(
                "load 'raw': pre-encoded Produce v13 and Fetch v16 requests, 5 in flight on each of 2 connections, so that"
                        + " the broker is what is measured. load 'client': the official Java client; on few cores it is often the"
                        + " bottleneck, and throughput says more about it than about the broker.");
        notes.add(
                "flush 'os': answered from the page cache. flush 'ack': acks=all is answered after the bytes are on disk;"
                        + " for Kafka that is flush.messages=1, the closest it has, which flushes for acks=1 too.");
        notes.add(
                "1 KB records in batches of 64 KB, 2 partitions; latency: 1 partition, linger 0, from the instant a record was"
                        + " due (so a stall counts in full) to the consumer's poll.");
        notes.add(
                "start: from exec to the first ApiVersions and Metadata, and to the first acknowledged record in a new topic."
                        + " Kafka's storage is formatted before its clock starts; Millrace formats within its time.");
        notes.add(
                "x floor: CPU as a multiple of a plain loop that receives the same bytes, checks CRC-32C and writes them, or"
                        + " sends them from the page cache.");
        if (scale.pairs() < Scale.QUICK.pairs()) {
            notes.add("Only " + scale.pairs() + " pair(s): too few to conclude anything from.");
        }
        return notes;
    }
}
