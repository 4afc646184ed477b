package dev.millrace.broker.metrics;

import dev.millrace.broker.http.Answer;
import dev.millrace.engine.balance.BalanceReport;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What balancing does, as JSON (docs/balancing.md).
final class BalancingJson {
    private BalancingJson() {}

    record Balancing(boolean enabled, boolean active, String now, List<Done> done) {}

    record Done(String at, String what) {}

    /// @param report null on a node that is no controller
    static Answer answer(@Nullable BalanceReport report) {
        return report == null
                ? GroupsJson.problem(404, "This node is no controller.")
                : GroupsJson.answer(
                        200,
                        new Balancing(
                                report.enabled(),
                                report.active(),
                                report.now(),
                                report.done().stream()
                                        .map(done ->
                                                new Done(
                                                        Instant.ofEpochMilli(done.atWallMs())
                                                                .toString(),
                                                        done.what()))
                                        .toList()));
    }
}
