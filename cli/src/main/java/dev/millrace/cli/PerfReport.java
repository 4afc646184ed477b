package dev.millrace.cli;

import dev.millrace.cli.perf.ConsumeSummary;
import dev.millrace.cli.perf.LatencySummary;
import dev.millrace.cli.perf.ProduceSummary;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The summaries of the tests for people. What each line means is in `docs/perf.md`.
final class PerfReport {
    private PerfReport() {}

    static List<String> lines(ProduceSummary summary) {
        var plan = summary.plan();
        var lines = new ArrayList<String>();
        lines.add(
                "produce to %s: %s, %s, values of %s%s, %s"
                        .formatted(
                                plan.topic(),
                                Quantity.counted(summary.partitions(), "partition"),
                                Quantity.counted(plan.producers(), "producer"),
                                plan.payload().varies() ? "up to " : "",
                                Quantity.size(plan.payload().maxSize()),
                                rate(plan.rate())));
        lines.add(PerfText.settings(summary.settings()));
        lines.add(PerfText.amount(summary.amount()));
        if (summary.amount().records() > 0) {
            lines.add(
                    plan.rate() == null
                            ? "latency, from handed to the client until acknowledged:"
                            : "latency, from due until acknowledged:");
            lines.add(PerfText.percentiles(summary.latency()));
            if (summary.sendDelay() != null) {
                lines.add(PerfText.sendDelay(summary.sendDelay()));
            }
        }
        lines.addAll(PerfText.refusals(summary.refusals()));
        addStopped(lines, summary.stopped());
        return lines;
    }

    static List<String> lines(ConsumeSummary summary) {
        var plan = summary.plan();
        var lines = new ArrayList<String>();
        lines.add(
                "consume from %s: %s, %s%s, from %s"
                        .formatted(
                                plan.topic(),
                                Quantity.counted(summary.partitions(), "partition"),
                                Quantity.counted(plan.consumers(), "consumer"),
                                plan.group() == null ? "" : " in group " + plan.group(),
                                plan.fromBeginning() ? "beginning" : "latest"));
        lines.add(PerfText.settings(summary.settings()));
        lines.add(PerfText.amount(summary.amount()));
        if (summary.firstRecordSeconds() != null) {
            lines.add("first record after " + Quantity.seconds(summary.firstRecordSeconds()));
        }
        if (summary.rebalanceSeconds() != null) {
            lines.add(
                    "rebalance "
                            + Quantity.seconds(summary.rebalanceSeconds())
                            + ", apart: not in the time above");
        }
        addStopped(lines, summary.stopped());
        if (summary.nothingLeft()) {
            lines.add(
                    "nothing was left to read: group %s is at the end of the topic; name another group, or `millrace group reset` it"
                            .formatted(plan.group()));
        } else if (!summary.complete() && !summary.stopped()) {
            lines.add(missing(summary));
        }
        return lines;
    }

    private static String missing(ConsumeSummary summary) {
        var plan = summary.plan();
        String wanted =
                plan.extent() == null
                        ? "the end of the topic was not reached"
                        : Quantity.count(plan.extent().records()) + " were asked for";
        String hint =
                plan.group() == null
                        ? ""
                        : " (`millrace group describe "
                                + plan.group()
                                + "` shows where the group is)";
        return "gave up: %s, and nothing came for %s%s"
                .formatted(wanted, TimeSpan.text(plan.patience()), hint);
    }

    static List<String> lines(LatencySummary summary) {
        var plan = summary.plan();
        var lines = new ArrayList<String>();
        lines.add(
                "latency through %s: %s, values of %s, %s"
                        .formatted(
                                plan.topic(),
                                Quantity.counted(summary.partitions(), "partition"),
                                Quantity.size(plan.payload().maxSize()),
                                rate(plan.rate())));
        lines.add(PerfText.settings(summary.settings()));
        lines.add(PerfText.amount(summary.amount()));
        if (summary.amount().records() > 0) {
            lines.add("latency, from due until the consumer had it:");
            lines.add(PerfText.percentiles(summary.latency()));
            lines.add(PerfText.sendDelay(summary.sendDelay()));
        }
        lines.add(
                "%s lost, %s duplicated"
                        .formatted(
                                Quantity.count(summary.lost()),
                                Quantity.count(summary.duplicated())));
        lines.addAll(PerfText.refusals(summary.refusals()));
        addStopped(lines, summary.stopped());
        return lines;
    }

    private static String rate(@Nullable Double perSecond) {
        if (perSecond == null) {
            return "as fast as it goes";
        }
        String number =
                perSecond == Math.rint(perSecond)
                        ? Quantity.count(perSecond)
                        : String.valueOf(perSecond);
        return number + " records/s";
    }

    private static void addStopped(List<String> lines, boolean stopped) {
        if (stopped) {
            lines.add("stopped before its end");
        }
    }
}
