package dev.millrace.broker.metrics;

import dev.millrace.broker.metrics.GroupQuestions.Measured;
import dev.millrace.broker.metrics.PrometheusText.Kind;
import dev.millrace.engine.lag.PartitionLag;

/// Groups as metrics. What is not known has no sample.
final class GroupMetrics {
    private GroupMetrics() {}

    static void write(PrometheusText text, GroupQuestions.All all) {
        text.family("millrace_group_members", Kind.GAUGE, "Members of a group.");
        for (Measured group : all.groups()) {
            text.sample(
                    group.summary().members(),
                    "group",
                    group.summary().id(),
                    "state",
                    group.summary().state(),
                    "type",
                    group.summary().type());
        }
        text.family(
                "millrace_group_lag_records",
                Kind.GAUGE,
                "Records that a group has still to read in a partition, up to the last stable offset.");
        perPartition(all, (partition, labels) -> text.sample(partition.records(), labels));
        text.family(
                "millrace_group_lag_seconds",
                Kind.GAUGE,
                "Age of the oldest record that a group has still to read in a partition.");
        perPartition(all, (partition, labels) -> seconds(text, partition.ageMs(), labels));
        text.family(
                "millrace_group_drain_seconds",
                Kind.GAUGE,
                "Time until a group has read all of a partition at the pace of the last scrapes.");
        perPartition(all, (partition, labels) -> seconds(text, partition.drainMs(), labels));
        text.family(
                "millrace_group_rebalances_total",
                Kind.COUNTER,
                "Why a group rebalanced, since this broker took it over.");
        for (Measured group : all.groups()) {
            group.summary()
                    .rebalances()
                    .forEach((cause, count) ->
                            text.sample(
                                    count, "group", group.summary().id(), "cause", cause.name()));
        }
        text.family(
                        "millrace_group_partitions_unavailable",
                        Kind.GAUGE,
                        "Partitions of __consumer_offsets led here whose groups are not loaded yet.")
                .sample(all.unavailable());
    }

    private interface Sampler {
        void sample(PartitionLag partition, String[] labels);
    }

    private static void perPartition(GroupQuestions.All all, Sampler sampler) {
        for (Measured group : all.groups()) {
            for (PartitionLag partition : group.lag().partitions()) {
                sampler.sample(
                        partition,
                        new String[] {
                            "group",
                            group.summary().id(),
                            "topic",
                            partition.topic(),
                            "partition",
                            Integer.toString(partition.partition())
                        });
            }
        }
    }

    private static void seconds(PrometheusText text, long ms, String[] labels) {
        if (ms != PartitionLag.UNKNOWN) {
            text.sample(ms / 1e3, labels);
        }
    }
}
