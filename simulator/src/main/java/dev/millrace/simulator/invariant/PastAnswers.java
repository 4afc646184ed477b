package dev.millrace.simulator.invariant;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;

/// What brokers that had led before have answered, as often as they did: their clients know an answer by what it says.
final class PastAnswers {
    private final Map<Told, Integer> told = new HashMap<>();

    private record Told(Uuid topic, PartitionProduceResponse answer) {}

    void note(Uuid topic, PartitionProduceResponse answer) {
        told.merge(new Told(topic, answer), 1, Integer::sum);
    }

    /// @return whether it was noted; each is taken once
    boolean take(Uuid topic, PartitionProduceResponse answer) {
        var wanted = new Told(topic, answer);
        boolean known = told.containsKey(wanted);
        told.computeIfPresent(wanted, (_, often) -> often == 1 ? null : often - 1);
        return known;
    }
}
