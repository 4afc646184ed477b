package dev.millrace.broker.metrics;

import dev.millrace.broker.metrics.PrometheusText.Kind;
import dev.millrace.engine.log.LostRange;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import org.apache.kafka.common.TopicPartition;

/// What damaged files have cost. A partition that has lost nothing has no sample.
final class LossMetrics {
    private LossMetrics() {}

    static void write(PrometheusText text, SortedMap<TopicPartition, List<LostRange>> lost) {
        text.family(
                "millrace_lost_ranges",
                Kind.GAUGE,
                "Places of a partition's files that were found to be damaged since the start.");
        lost.forEach((name, ranges) -> sample(text, name, ranges.size()));
        text.family(
                "millrace_lost_records",
                Kind.GAUGE,
                "Offsets of a partition that were found to be lost since the start.");
        lost.forEach((name, ranges) -> sample(text, name, offsets(ranges)));
    }

    /// A partition that is served has no sample.
    static void write(PrometheusText text, SortedSet<TopicPartition> offline) {
        text.family(
                "millrace_offline_partitions",
                Kind.GAUGE,
                "1 for a partition that this broker cannot serve, for its log is damaged or its disk has failed.");
        offline.forEach(name -> sample(text, name, 1));
    }

    private static long offsets(List<LostRange> ranges) {
        return ranges.stream().mapToLong(each -> each.endOffset() - each.firstOffset()).sum();
    }

    private static void sample(PrometheusText text, TopicPartition name, long value) {
        text.sample(value, "topic", name.topic(), "partition", Integer.toString(name.partition()));
    }
}
