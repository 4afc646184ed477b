package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob.GroupKind;
import dev.millrace.bench.peer.FlushMode;
import java.util.List;
import java.util.Locale;

/// What the coordinator of groups costs: minutes of its own, and a process that is restarted.
final class GroupWorkloads {
    private GroupWorkloads() {}

    static List<Workload> rows() {
        return List.of(
                heartbeats(GroupKind.CLASSIC, 3_000),
                heartbeats(GroupKind.CONSUMER, 5_000),
                rebalance(GroupKind.CLASSIC),
                rebalance(GroupKind.CONSUMER),
                commits(FlushMode.OS),
                new GroupWorkload.Reload(
                        "groups.reload", "restart with 1 million offsets", 10_000, 100),
                commits(FlushMode.ACK));
    }

    private static Workload heartbeats(GroupKind kind, int heartbeatMs) {
        return new GroupWorkload.Heartbeats(
                "groups.idle." + label(kind),
                "500 groups x 10 members, %s, heartbeats every %d s"
                        .formatted(label(kind), heartbeatMs / 1_000),
                kind,
                500,
                10,
                heartbeatMs);
    }

    private static Workload commits(FlushMode flush) {
        return new GroupWorkload.Commits(
                "groups.commits.2000." + flush.label(),
                "2,000 offset commits a second, flush " + flush.label(),
                flush,
                2_000);
    }

    private static Workload rebalance(GroupKind kind) {
        return new GroupWorkload.Rebalance(
                "groups.rebalance." + label(kind),
                "a 200th member joins, %s, heartbeats every 200 ms".formatted(label(kind)),
                kind,
                200,
                200);
    }

    private static String label(GroupKind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
