package dev.millrace.broker.metrics;

import dev.millrace.broker.metrics.PrometheusText.Kind;
import dev.millrace.engine.replica.CleanerReport;
import org.apache.kafka.common.TopicPartition;

/// Compaction as metrics.
final class CompactionMetrics {
    private CompactionMetrics() {}

    static void write(PrometheusText text, CleanerReport report) {
        text.family(
                        "millrace_compaction_max_dirty_ratio",
                        Kind.GAUGE,
                        "Dirty part of the dirtiest log that compacts, when somebody last looked.")
                .sample(report.maxDirtyRatio());
        text.family(
                        "millrace_compaction_due_partitions",
                        Kind.GAUGE,
                        "Partitions that were due to be compacted, when somebody last looked.")
                .sample(report.due());
        text.family(
                "millrace_compaction_progress_ratio",
                Kind.GAUGE,
                "How much of a pass that is under way is done, 0 to 1.");
        for (CleanerReport.Running pass : report.running()) {
            text.sample(pass.progress(), labels(pass.name()));
        }
        text.family(
                "millrace_compaction_uncleanable",
                Kind.GAUGE,
                "1; a partition that cannot be compacted as it is, and why.");
        for (CleanerReport.Uncleanable each : report.uncleanable()) {
            text.sample(
                    1,
                    "topic",
                    each.name().topic(),
                    "partition",
                    Integer.toString(each.name().partition()),
                    "reason",
                    each.reason());
        }
        totals(text, report);
    }

    private static void totals(PrometheusText text, CleanerReport report) {
        text.family("millrace_compaction_passes_total", Kind.COUNTER, "Passes that have ended.")
                .sample(report.done(), "outcome", "done")
                .sample(report.cancelled(), "outcome", "cancelled")
                .sample(report.failed(), "outcome", "failed");
        text.family(
                        "millrace_compaction_read_bytes_total",
                        Kind.COUNTER,
                        "Bytes that compaction has read.")
                .sample(report.readBytes());
        text.family(
                        "millrace_compaction_written_bytes_total",
                        Kind.COUNTER,
                        "Bytes that compaction has written.")
                .sample(report.writtenBytes());
        text.family(
                        "millrace_compaction_records_total",
                        Kind.COUNTER,
                        "Records that passes have seen, by what became of them.")
                .sample(report.keptRecords(), "outcome", "kept")
                .sample(report.readRecords() - report.keptRecords(), "outcome", "removed");
    }

    private static String[] labels(TopicPartition name) {
        return new String[] {
            "topic", name.topic(), "partition", Integer.toString(name.partition())
        };
    }
}
