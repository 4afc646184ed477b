package dev.millrace.broker.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class LossMetricsTest {
    private final TreeSet<TopicPartition> offline =
            new TreeSet<>(Comparator.comparing(TopicPartition::toString));

    @Test
    void theSameAsJson() {
        assertEquals(
                "{\"partitions\":[]}",
                OfflineJson.answer(offline).body().strip(),
                "all are served");
        Collections.addAll(offline, new TopicPartition("a", 3), new TopicPartition("b", 0));
        assertEquals(
                "{\"partitions\":[{\"topic\":\"a\",\"partition\":3},{\"topic\":\"b\",\"partition\":0}]}",
                OfflineJson.answer(offline).body().strip());
    }

    @Test
    void everyPartitionThatIsOfflineHasASample() {
        Collections.addAll(offline, new TopicPartition("a", 3), new TopicPartition("b", 0));
        var text = new PrometheusText();

        LossMetrics.write(text, offline);

        assertEquals(
                List.of(
                        "millrace_offline_partitions{topic=\"a\",partition=\"3\"} 1",
                        "millrace_offline_partitions{topic=\"b\",partition=\"0\"} 1"),
                text.toString().lines().filter(line -> !line.startsWith("#")).toList());
    }
}
