package dev.millrace.bench;

import dev.millrace.bench.peer.CommandPeer;
import dev.millrace.bench.peer.Dialect;
import dev.millrace.bench.peer.FloorPeer;
import dev.millrace.bench.peer.KafkaPeer;
import dev.millrace.bench.peer.Peer;
import dev.millrace.bench.report.Charts;
import dev.millrace.bench.report.Markers;
import dev.millrace.bench.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The command: reads the options, runs the suites, prints and writes each report as its suite ends.
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
            "  ./bench                                    the main rows, three pairs, under ten minutes",
            "  ./bench --full --write                     all suites, five pairs, and docs/performance.md",
            "  ./bench --suite groups                     consumer groups",
            "  ./bench --only 'start|idle'                some rows only, of whichever suite",
            "  ./bench --jmh 'Produce|Log'                the broker's inner loops under JMH",
            "  ./bench --against kafka-again=kafka        Kafka against itself: how noisy is this machine?",
            "  ./bench --against millrace='/opt/m/millrace up --config {config}'"
        })
public final class Bench implements Callable<Integer> {
    private static final int EXIT_FAILED_CELLS = 1;
    private static final int EXIT_USAGE = 2;
    private static final String KAFKA = "kafka";
    private static final String MILLRACE = "millrace";

    @Option(names = "--quick", description = "The main rows, small amounts, 3 pairs (the default).")
    private boolean quick;

    @Option(names = "--full", description = "All suites, large amounts, 5 pairs.")
    private boolean full;

    @Option(
            names = "--suite",
            paramLabel = "NAME",
            split = ",",
            description =
                    "These suites: main, wide, groups, cluster, ...; --list shows which row belongs to which.")
    private List<String> suites = new ArrayList<>();

    @Option(names = "--pairs", paramLabel = "N", description = "How often each side runs.")
    private int pairs;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "Rows whose id matches, of all suites or those of --suite.")
    private String only = "";

    @Option(names = "--list", description = "Print suite, id, load and title of the rows and end.")
    private boolean list;

    @Option(
            names = "--against",
            paramLabel = "NAME=CMD",
            description = {
                "Another command for a side: it gets a server.properties as --config FILE, or where {config} stands.",
                "NAME 'kafka' replaces the first side, any other the second. CMD 'kafka' is the fetched Apache Kafka.",
                "The name 'millrace' or a launcher of that name gets the topic setting millrace.flush; others get Kafka's flush.messages."
            })
    private Map<String, String> against = new LinkedHashMap<>();

    @Option(
            names = "--output",
            paramLabel = "FORMAT",
            defaultValue = "TEXT",
            description =
                    "text, or json: one object a suite on standard output, progress on standard error.")
    private Format output = Format.TEXT;

    @Option(
            names = "--write",
            description = {
                "Write each suite's table into docs/performance.md when it ends, between the suite's markers,",
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
                    "JFR recording of the second side, with the methods that used and allocated most printed at the end;"
                            + " its figures are then not comparable.")
    private boolean profile;

    @Option(names = "--no-floor", description = "Leave the floor out.")
    private boolean noFloor;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Broker's port (and the next ones); default: free ones.")
    private int port;

    enum Format {
        TEXT,
        JSON
    }

    private final Path root =
            Path.of(System.getProperty("bench.root", ".")).toAbsolutePath().normalize();
    private final Path target = root.resolve("benchmark").resolve("target");

    public static void main(String[] arguments) {
        System.exit(command().execute(arguments));
    }

    /// What is wrong with the options is said in one sentence, not with the whole help.
    static CommandLine command() {
        return new CommandLine(new Bench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((e, _) -> {
                    System.err.println("bench: " + e.getMessage());
                    return EXIT_USAGE;
                });
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (redraw) {
            System.err.println("bench: drawn again: " + String.join(", ", charts().redraw()));
            return 0;
        }
        try {
            refuseContradictions();
            Selection selection = Selection.of(suites, only, full || (list && suites.isEmpty()));
            return list ? list(selection) : run(selection);
        } catch (Selection.Refused e) {
            System.err.println("bench: " + e.getMessage());
            return EXIT_USAGE;
        }
    }

    private void refuseContradictions() throws Selection.Refused {
        if (quick && full) {
            throw new Selection.Refused("--quick and --full exclude each other");
        }
        if (pairs < 0) {
            throw new Selection.Refused("--pairs wants 1 or more");
        }
        if (write && !only.isEmpty()) {
            throw new Selection.Refused(
                    "--write with --only would replace a whole table by a part of it; choose suites with --suite");
        }
    }

    private static int list(Selection selection) {
        selection
                .parts()
                .forEach(part ->
                        part.rows()
                                .forEach(w ->
                                        System.out.printf(
                                                "%-7s %-38s %-7s %s%n",
                                                part.suite().label(),
                                                w.id(),
                                                w.load().label(),
                                                w.title())));
        return 0;
    }

    private int run(Selection selection) throws IOException, InterruptedException {
        Profiles profiles = new Profiles(target.resolve("profile"));
        List<Path> before = profiles.recordings();
        List<Peer> peers = peers(profiles);
        Progress progress =
                new Progress(
                        System.err,
                        Boolean.getBoolean("bench.terminal"),
                        selection.parts().stream()
                                .mapToInt(
                                        part -> Plan.cells(peers, part.rows(), scale(part).pairs()))
                                .sum());
        Path work = Files.createDirectories(target.resolve("work"));
        boolean complete = true;
        try (SharedLoad load = new SharedLoad()) {
            SideBySide sideBySide = new SideBySide(peers, load, work, port, progress);
            for (Selection.Part part : selection.parts()) {
                SideBySide.Outcome outcome = sideBySide.run(part, scale(part));
                publish(part.suite(), outcome.report());
                complete &= outcome.complete();
            }
        }
        if (profile) {
            profiles.printNew(before);
        }
        return complete ? 0 : EXIT_FAILED_CELLS;
    }

    private Scale scale(Selection.Part part) {
        Scale scale = part.suite().scale(full);
        return pairs == 0 ? scale : scale.withPairs(pairs);
    }

    private List<Peer> peers(Profiles profiles) throws IOException {
        Map<String, String> recording = profile ? profiles.environment() : Map.of();
        List<Peer> peers = new ArrayList<>();
        peers.add(side(KAFKA, against.getOrDefault(KAFKA, KAFKA), Map.of()));
        Map.Entry<String, String> second =
                against.entrySet().stream()
                        .filter(entry -> !entry.getKey().equals(KAFKA))
                        .findFirst()
                        .orElse(Map.entry(MILLRACE, root.resolve("millrace") + " up"));
        peers.add(side(second.getKey(), second.getValue(), recording));
        if (!noFloor) {
            peers.add(new FloorPeer());
        }
        return peers;
    }

    private Peer side(String name, String command, Map<String, String> environment) {
        return command.equals(KAFKA)
                ? new KafkaPeer(name, Path.of(System.getProperty("bench.kafka", "")), environment)
                : new CommandPeer(name, command, dialect(name, command), root, environment);
    }

    /// An older Millrace may stand on either side.
    static Dialect dialect(String name, String command) {
        Path launcher = Path.of(command.strip().split("\\s+", 2)[0]);
        return name.equals(MILLRACE) || launcher.endsWith(MILLRACE)
                ? Dialect.MILLRACE
                : Dialect.KAFKA;
    }

    private void publish(Suite suite, Report report) throws IOException {
        if (output == Format.JSON) {
            System.out.print(Charts.json(report));
        } else {
            System.out.println("\nsuite: " + suite.label() + "\n" + report.text());
        }
        if (write) {
            Path page = root.resolve("docs").resolve("performance.md");
            String before = Files.exists(page) ? Files.readString(page) : "# Performance\n";
            String shown = charts().write(suite.marker(), report);
            Files.writeString(
                    page, Markers.replace(before, suite.marker(), shown + report.markdown()));
            System.err.println("written to " + page);
        }
    }

    private Charts charts() {
        return new Charts(root.resolve("docs").resolve("charts"));
    }
}
