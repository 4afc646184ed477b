package dev.millrace.bench;

import dev.millrace.bench.peer.Dialect;
import dev.millrace.bench.peer.ForeignCpu;
import dev.millrace.bench.peer.Peer;
import dev.millrace.bench.peer.Running;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Runs the sides in alternation, A B floor, A B floor, each on a fresh directory, and collects what they did.
///
/// A cell that fails is recorded with its reason and the next one runs; a peer that does not start or dies fails the rest
/// of its session. Nothing is dropped in silence.
final class Plan {
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private static final int LEAST_PORT = 15_000;
    private static final int MOST_PORT = 32_000;

    private final List<Peer> sides;
    private final List<Workload> workloads;
    private final Scale scale;
    private final int nodes;
    private final Path work;
    private final int fixedPort;
    private final Progress progress;
    private final Results results = new Results();
    private final SharedLoad load;

    /// @param nodes of each side
    /// @param fixedPort the first broker's port (its controller's is the next, then the second's), or 0 for free ones
    Plan(
            List<Peer> sides,
            List<Workload> workloads,
            Scale scale,
            int nodes,
            Path work,
            int fixedPort,
            Progress progress,
            SharedLoad load) {
        this.sides = List.copyOf(sides);
        this.workloads = List.copyOf(workloads);
        this.scale = scale;
        this.nodes = nodes;
        this.work = work;
        this.fixedPort = fixedPort;
        this.progress = progress;
        this.load = load;
    }

    /// The cells of a run, for the progress line.
    static int cells(List<Peer> sides, List<Workload> workloads, int pairs) {
        return pairs * sides.stream().mapToInt(side -> rowsOf(side, workloads).size()).sum();
    }

    Results run() throws IOException, InterruptedException {
        for (int pair = 1; pair <= scale.pairs(); pair++) {
            for (Peer side : sides) {
                runSession(side, pair);
            }
        }
        return results;
    }

    private static List<Workload> rowsOf(Peer side, List<Workload> workloads) {
        return side.dialect() == Dialect.FLOOR
                ? workloads.stream().filter(w -> w.id().equals(w.floorRow())).toList()
                : workloads;
    }

    private void runSession(Peer side, int pair) throws IOException, InterruptedException {
        List<Workload> rows = rowsOf(side, workloads);
        if (rows.isEmpty()) {
            return;
        }
        Path directory = work.resolve(side.name() + "-" + pair);
        deleteTree(directory);
        Files.createDirectories(directory);
        progress.begin(pair, scale.pairs(), side.name(), "starting");
        try (Running running = side.start(directory, ports())) {
            runRows(rows, new Session(running, load.alive(), scale), pair);
        } catch (IOException e) {
            failAll(rows, side, pair, "start: " + e.getMessage());
        } finally {
            deleteTree(directory);
        }
    }

    private void runRows(List<Workload> rows, Session session, int pair)
            throws IOException, InterruptedException {
        Peer side = session.running().peer();
        boolean warm = false;
        for (int i = 0; i < rows.size(); i++) {
            Workload row = rows.get(i);
            if (!session.running().alive()) {
                failAll(rows.subList(i, rows.size()), side, pair, "the process died before");
                return;
            }
            if (!session.load().alive()) {
                failAll(rows.subList(i, rows.size()), side, pair, "the load process died before");
                return;
            }
            long startedNs = System.nanoTime();
            ForeignCpu.Mark before = ForeignCpu.mark(session.running(), session.load().pid());
            try {
                if (row.warm() && !warm) {
                    progress.begin(pair, scale.pairs(), side.name(), "warm-up");
                    session.warmUp();
                    warm = true;
                }
                progress.begin(pair, scale.pairs(), side.name(), row.id());
                Map<Metric, Double> measured = row.measure(session);
                measured.forEach((metric, value) ->
                        results.add(
                                new Results.Sample(side.name(), pair, row.id(), metric, value)));
                progress.end(side.name(), row.id(), seconds(startedNs), outcome(measured));
            } catch (IOException e) {
                fail(row, side, pair, String.valueOf(e.getMessage()), seconds(startedNs));
            }
            results.foreignCpu(
                    ForeignCpu.share(
                            before,
                            ForeignCpu.mark(session.running(), session.load().pid()),
                            CORES));
        }
    }

    private void failAll(List<Workload> rows, Peer side, int pair, String reason) {
        rows.forEach(row -> fail(row, side, pair, reason, 0));
    }

    private void fail(Workload row, Peer side, int pair, String reason, double seconds) {
        boolean known =
                results.value(
                                side.name(),
                                pair,
                                row.id(),
                                results.metrics(row.id()).stream().findFirst().orElse(Metric.READY))
                        .isPresent();
        if (known) {
            // The session ended badly after this row was measured: its figures stand.
            return;
        }
        results.fail(new Results.Failure(side.name(), pair, row.id(), reason));
        progress.end(side.name(), row.id(), seconds, "FAILED: " + reason);
    }

    private static String outcome(Map<Metric, Double> measured) {
        return measured.entrySet().stream()
                .filter(e -> e.getKey().inTable() && !e.getValue().isNaN())
                .map(e ->
                        String.format(
                                Locale.ROOT,
                                "%s %." + e.getKey().digits() + "f %s",
                                e.getKey().label(),
                                e.getValue(),
                                e.getKey().unit()))
                .map(String::strip)
                .collect(Collectors.joining(", "));
    }

    private static double seconds(long sinceNs) {
        return (System.nanoTime() - sinceNs) / 1e9;
    }

    private List<Integer> ports() throws IOException {
        return fixedPort == 0
                ? freePorts(nodes)
                : IntStream.range(0, nodes).mapToObj(i -> fixedPort + 2 * i).toList();
    }

    /// Ports that each have a free one after them. All are held until the last is found, so that no two pairs overlap. They lie below
    /// those that systems give to outgoing connections: a node that is away for a while finds its own again.
    static List<Integer> freePorts(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int attempt = 0; ports.size() < count && attempt < 100 * count; attempt++) {
                try {
                    int port = ThreadLocalRandom.current().nextInt(LEAST_PORT, MOST_PORT);
                    held.add(hold(port));
                    held.add(hold(port + 1));
                    ports.add(port);
                } catch (IOException e) {
                    // It or its neighbour is taken: try another.
                }
            }
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
        if (ports.size() < count) {
            throw new IOException("no two free ports beside each other");
        }
        return ports;
    }

    private static ServerSocket hold(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
