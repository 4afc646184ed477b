package dev.millrace.compat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// What a client is told to do, step by step, in a form that all drivers read: JSON.
final class Scenario {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final String bootstrap;
    private final List<Map<String, @Nullable Object>> steps = new ArrayList<>();

    Scenario(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    Scenario create(String topic, int partitions) {
        return step("create", topic, Map.of("partitions", partitions));
    }

    /// @param acks `0`, `1` or `all`
    Scenario produce(String topic, String acks, String compression, List<TestRecord> records) {
        return step(
                "produce",
                topic,
                Map.of(
                        "acks",
                        acks,
                        "compression",
                        compression,
                        "records",
                        records.stream().map(TestRecord::given).toList()));
    }

    /// @param from `beginning`, or milliseconds since the epoch as a [Long]
    Scenario consumeByAssignment(
            String topic, int partitions, Object from, int count, String group) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < partitions; i++) all.add(i);
        return step(
                "consume",
                topic,
                Map.of(
                        "by",
                        "assignment",
                        "partitions",
                        all,
                        "from",
                        from,
                        "count",
                        count,
                        "group",
                        group));
    }

    Scenario consumeByGroup(String topic, String group, int count) {
        return step(
                "consume",
                topic,
                Map.of("by", "group", "group", group, "from", "beginning", "count", count));
    }

    private Scenario step(String action, String topic, Map<String, Object> fields) {
        Map<String, @Nullable Object> step = new LinkedHashMap<>();
        step.put("do", action);
        step.put("topic", topic);
        step.putAll(fields);
        steps.add(step);
        return this;
    }

    String json() {
        return JSON.writeValueAsString(Map.of("bootstrap", bootstrap, "steps", steps));
    }

    /// The results of the steps, as a driver printed them.
    static List<Map<String, Object>> results(String json) {
        Map<String, List<Map<String, Object>>> results =
                JSON.readValue(json, new TypeReference<>() {});
        return results.getOrDefault("steps", List.of());
    }
}
