package dev.millrace.cli;

import dev.millrace.cli.cluster.GroupLag;
import dev.millrace.cli.cluster.GroupViews;
import dev.millrace.cli.cluster.LagPace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// `millrace group describe`, once or again and again.
///
/// On a terminal every look is drawn over the one before; elsewhere it is appended, JSON as one line a look. From the second look
/// on there are paces, and with them the time until a partition is drained.
final class GroupWatch {
    /// Cursor to the corner; then each line ends by clearing what was behind it, and the last clears what was below.
    private static final String HOME = "\033[H";

    private static final String CLEAR_LINE = "\033[K\n";
    private static final String CLEAR_BELOW = "\033[J";

    private final GroupViews groups;
    private final GroupLag lag;
    private final Terminal terminal;
    private final OutputForm output;
    private final Map<String, GroupLag.Sample> before = new HashMap<>();

    GroupWatch(GroupViews groups, GroupLag lag, Terminal terminal, OutputForm output) {
        this.groups = groups;
        this.lag = lag;
        this.terminal = terminal;
        this.output = output;
    }

    /// One look, without paces.
    void once(List<String> ids) {
        show(look(ids, false), false);
    }

    /// Looks until nobody reads any more, or so many times.
    void repeatedly(List<String> ids, Duration every, long looks) throws InterruptedException {
        boolean inPlace = terminal.interactive() && output == OutputForm.text;
        if (inPlace) {
            terminal.out().print(HOME + CLEAR_BELOW);
        }
        for (long look = 1; ; look++) {
            show(look(ids, true), inPlace);
            terminal.out().flush();
            if (look == looks || terminal.readerGone()) {
                return;
            }
            Thread.sleep(every);
        }
    }

    private List<GroupReport> look(List<String> ids, boolean paced) {
        var reports = new ArrayList<GroupReport>();
        for (GroupLag.Sample sample : lag.measure(groups.describe(ids))) {
            var earlier = before.put(sample.group().id(), sample);
            var paces =
                    earlier == null
                            ? Map.<TopicPartition, LagPace>of()
                            : LagPace.between(earlier, sample);
            reports.add(new GroupReport(sample, paced ? paces : null));
        }
        return reports;
    }

    private void show(List<GroupReport> reports, boolean inPlace) {
        if (output == OutputForm.json) {
            Json.print(
                    terminal,
                    json -> {
                        json.writeStartArray();
                        reports.forEach(report -> report.write(json));
                        json.writeEndArray();
                    });
            return;
        }
        if (inPlace) {
            terminal.out().print(HOME);
        }
        String end = inPlace ? CLEAR_LINE : "\n";
        for (GroupReport report : reports) {
            report.lines().forEach(line -> terminal.out().print(line + end));
            terminal.out().print(reports.size() > 1 || paced(report) ? end : "");
        }
        terminal.out().print(inPlace ? CLEAR_BELOW : "");
    }

    private static boolean paced(GroupReport report) {
        return report.paces() != null;
    }
}
