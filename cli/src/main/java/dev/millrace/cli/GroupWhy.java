package dev.millrace.cli;

import dev.millrace.cli.cluster.RebalanceHistory;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// `millrace group why`: the last rebalances of a group, newest last.
final class GroupWhy {
    private GroupWhy() {}

    static void print(
            String group, List<RebalanceHistory.Rebalance> all, int last, Terminal terminal) {
        if (all.isEmpty()) {
            terminal.line(group + " has not rebalanced since its coordinator started");
            return;
        }
        var shown = all.subList(Math.max(0, all.size() - last), all.size());
        terminal.line(
                group
                        + (shown.size() == 1
                                ? ": the last rebalance"
                                : ": the last " + shown.size() + " rebalances, newest last"));
        var table = new Table().left("WHEN").right("EPOCH").left("WHY");
        for (RebalanceHistory.Rebalance each : shown) {
            table.row(List.of(when(each.at()), String.valueOf(each.epoch()), what(each)));
        }
        table.lines("  ").forEach(terminal::line);
    }

    private static String what(RebalanceHistory.Rebalance rebalance) {
        return rebalance.text().isEmpty() ? rebalance.cause() : rebalance.text();
    }

    /// To the second.
    private static String when(String at) {
        try {
            return Instant.parse(at).truncatedTo(ChronoUnit.SECONDS).toString();
        } catch (DateTimeException unusual) {
            return at;
        }
    }
}
