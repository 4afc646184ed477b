package dev.millrace.engine.coordinator.group;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A group with everything that it has committed.
///
/// @param summary null exactly when there is an error
/// @param positions topics and partitions in order
public record GroupPositions(
        Errors error, @Nullable GroupSummary summary, List<Position> positions) {
    /// @param offset the next to be read
    /// @param topicId all zero when it is not known
    public record Position(String topic, Uuid topicId, int partition, long offset) {}

    static GroupPositions failed(Errors error) {
        return new GroupPositions(error, null, List.of());
    }
}
