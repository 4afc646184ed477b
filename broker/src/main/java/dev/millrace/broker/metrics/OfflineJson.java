package dev.millrace.broker.metrics;

import dev.millrace.broker.http.Answer;
import java.util.List;
import java.util.SortedSet;
import org.apache.kafka.common.TopicPartition;

/// Partitions that this broker cannot serve, as JSON (docs/http.md).
final class OfflineJson {
    private OfflineJson() {}

    record Offline(List<Partition> partitions) {}

    record Partition(String topic, int partition) {}

    static Answer answer(SortedSet<TopicPartition> offline) {
        return GroupsJson.answer(
                200,
                new Offline(
                        offline.stream()
                                .map(each -> new Partition(each.topic(), each.partition()))
                                .toList()));
    }
}
