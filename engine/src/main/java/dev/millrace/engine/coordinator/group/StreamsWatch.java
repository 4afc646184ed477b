package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.TopicsImage;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// What is remembered of a streams group and is not in the log. A crash may forget all of it.
final class StreamsWatch {
    /// The topics that the topology was last looked at with; images share what did not change.
    private @Nullable TopicsImage checked;

    private @Nullable ConfiguredTopology configured;

    /// Rises when somebody's endpoint, or what is behind it, changes.
    private int endpointEpoch;

    /// The member that asked for the whole application to stop, as long as there are members.
    private @Nullable String shutdownBy;

    /// The first assignment of a group waits for more members to come.
    private boolean delayed;

    private final Map<String, StreamsProgress> progress = new HashMap<>();

    @SuppressWarnings("ReferenceEquality") // images share what did not change
    boolean hasChecked(TopicsImage topics) {
        return checked == topics;
    }

    @Nullable TopicsImage checked() {
        return checked;
    }

    @Nullable ConfiguredTopology configured() {
        return configured;
    }

    void checked(TopicsImage topics, ConfiguredTopology topology) {
        checked = topics;
        configured = topology;
    }

    int endpointEpoch() {
        return endpointEpoch;
    }

    void endpointsChanged() {
        endpointEpoch++;
    }

    @Nullable String shutdownBy() {
        return shutdownBy;
    }

    /// The first to ask counts.
    void shutdownBy(String memberId) {
        if (shutdownBy == null) {
            shutdownBy = memberId;
        }
    }

    void everybodyLeft() {
        shutdownBy = null;
    }

    boolean isDelayed() {
        return delayed;
    }

    void delayed(boolean now) {
        delayed = now;
    }

    StreamsProgress progress(String memberId) {
        return progress.getOrDefault(memberId, StreamsProgress.NONE);
    }

    void progress(String memberId, StreamsProgress now) {
        progress.put(memberId, now);
    }

    void forget(String memberId) {
        progress.remove(memberId);
    }
}
