package dev.millrace.bench;

import dev.millrace.bench.load.LoadProcess;
import dev.millrace.bench.peer.Peer;
import dev.millrace.bench.report.MachineDescription;
import dev.millrace.bench.report.Report;
import dev.millrace.bench.report.Statistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs one suite after the other with the same peers and the same load process; each gives a report of its own.
///
/// @param peers the two that are compared, then the floor if it takes part
/// @param work the directory for the peers' data
/// @param port the broker's, or 0 for free ones
record SideBySide(List<Peer> peers, SharedLoad load, Path work, int port, Progress progress) {
    /// A finished suite.
    record Outcome(Report report, boolean complete) {}

    Outcome run(Selection.Part part, Scale scale) throws IOException, InterruptedException {
        MachineDescription machine = MachineDescription.of(work);
        Results results =
                new Plan(
                                peers,
                                part.rows(),
                                scale,
                                part.suite().nodes(),
                                work,
                                port,
                                progress,
                                load)
                        .run();
        Report report =
                new Report(
                        peers.get(0).name(),
                        peers.get(1).name(),
                        scale.pairs(),
                        part.rows(),
                        results,
                        facts(machine, part, scale, results),
                        Notes.of(part.rows(), scale.pairs()));
        return new Outcome(report, results.failures().isEmpty());
    }

    private Map<String, String> facts(
            MachineDescription machine, Selection.Part part, Scale scale, Results results) {
        Map<String, String> facts = new LinkedHashMap<>(machine.facts());
        peers.stream()
                .filter(peer -> Plan.cells(List.of(peer), part.rows(), 1) > 0)
                .forEach(peer -> facts.put(peer.name(), peer.describe()));
        facts.put("load", LoadProcess.describe());
        facts.put("amount", scale.describe());
        Statistics.spread(results.foreignCpu())
                .ifPresent(share ->
                        facts.put(
                                "other work on the machine while measuring",
                                "%.0f %% of all cores (median of the cells), at most %.0f %%"
                                        .formatted(100 * share.median(), 100 * share.max())));
        return facts;
    }
}
