package dev.millrace.cli.record;

import dev.millrace.cli.Terminal;
import java.util.ArrayList;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.PartitionInfo;

/// Tells a person of each partition once that nobody leads it, and once that somebody does again.
///
/// **Owner.** One thread.
final class LeaderNews {
    private final Terminal terminal;
    private final String consequence;
    private final Set<String> told = new TreeSet<>();

    /// @param consequence what cannot be done meanwhile, behind "so nothing"
    LeaderNews(Terminal terminal, String consequence) {
        this.terminal = terminal;
        this.consequence = consequence;
    }

    /// @param info of a partition, as the client knows it now
    void look(PartitionInfo info) {
        String name = info.topic() + "-" + info.partition();
        boolean led = info.leader() != null && !info.leader().isEmpty();
        if (led) {
            if (told.remove(name)) {
                terminal.err().println(name + " has a leader again");
            }
        } else if (told.add(name)) {
            terminal.err()
                    .println(
                            name
                                    + " has no leader, so nothing "
                                    + consequence
                                    + ": waiting for one. "
                                    + why(info));
        }
    }

    private static String why(PartitionInfo info) {
        var offline = new ArrayList<String>();
        for (var node : info.offlineReplicas()) {
            offline.add(node.idString());
        }
        return offline.isEmpty()
                ? "(`millrace cluster` tells which brokers run.)"
                : "(Offline on broker %s: it is stopped, or cannot use that log; its own log says why.)"
                        .formatted(String.join(", ", offline));
    }
}
