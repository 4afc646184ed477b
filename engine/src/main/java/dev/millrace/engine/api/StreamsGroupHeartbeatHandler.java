package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.group.StreamsHeartbeat;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.jspecify.annotations.Nullable;

/// StreamsGroupHeartbeat 0-1: a member of a Kafka Streams application says that it lives and what it has, and hears which tasks
/// are its own (KIP-1071).
///
/// - v1 adds how far tasks have come (KIP-1071), and tells members that they lack tags for rack awareness
/// - topics that the application keeps its data in and that are missing are made, whatever `auto.create.topics.enable` says
/// - **not done**: topology descriptions (KIP-1331) are never asked for, as in Kafka without a plugin for them
public final class StreamsGroupHeartbeatHandler
        implements Handler<StreamsGroupHeartbeatRequestData, StreamsGroupHeartbeatResponseData> {
    private final Groups groups;
    private final StreamsInternalTopics topics;

    public StreamsGroupHeartbeatHandler(Groups groups, StreamsInternalTopics topics) {
        this.groups = groups;
        this.topics = topics;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.STREAMS_GROUP_HEARTBEAT;
    }

    @Override
    public Outcome<StreamsGroupHeartbeatResponseData> handle(
            RequestContext context, StreamsGroupHeartbeatRequestData request) {
        if (!groups.servesStreams()) {
            return new Outcome.Reply<>(refusal(Errors.UNSUPPORTED_VERSION, null));
        }
        String wrong = wrongTopics(request);
        if (wrong != null) {
            return new Outcome.Reply<>(refusal(Errors.STREAMS_INVALID_TOPOLOGY, wrong));
        }
        return Outcome.when(
                groups.streamsHeartbeat(Callers.of(context), request).thenApply(this::answer));
    }

    private static StreamsGroupHeartbeatResponseData refusal(
            Errors error, @Nullable String message) {
        return new StreamsGroupHeartbeatResponseData()
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private static @Nullable String wrongTopics(StreamsGroupHeartbeatRequestData request) {
        if (request.topology() == null) {
            return null;
        }
        SortedSet<String> internal = new TreeSet<>();
        SortedSet<String> invalid = new TreeSet<>();
        for (Subtopology subtopology : request.topology().subtopologies()) {
            for (String topic : topics(subtopology)) {
                if (Topic.isInternal(topic)) {
                    internal.add(topic);
                } else if (!Topic.isValid(topic)) {
                    invalid.add(topic);
                }
            }
        }
        if (!internal.isEmpty()) {
            return "Use of Kafka internal topics %s in a Kafka Streams topology is prohibited."
                    .formatted(String.join(",", internal));
        }
        return invalid.isEmpty()
                ? null
                : "Topic names %s are not valid topic names.".formatted(String.join(",", invalid));
    }

    private static Collection<String> topics(Subtopology subtopology) {
        SortedSet<String> names = new TreeSet<>(subtopology.sourceTopics());
        names.addAll(subtopology.repartitionSinkTopics());
        subtopology.repartitionSourceTopics().forEach(topic -> names.add(topic.name()));
        subtopology.stateChangelogTopics().forEach(topic -> names.add(topic.name()));
        return names;
    }

    /// What is missing is asked for again with every heartbeat; why it could not be made the last time is told.
    private StreamsGroupHeartbeatResponseData answer(StreamsHeartbeat heartbeat) {
        StreamsGroupHeartbeatResponseData response = heartbeat.response();
        if (heartbeat.missingTopics().isEmpty()) {
            return response;
        }
        topics.request(heartbeat.missingTopics(), 2L * response.heartbeatIntervalMs());
        SortedMap<String, String> failures = topics.failures(heartbeat.missingTopics());
        if (!failures.isEmpty()) {
            var why = new StringJoiner(", ", "; Creation failed: ", ".");
            failures.forEach((topic, failure) -> why.add("%s (%s)".formatted(topic, failure)));
            addDetail(response.status(), why.toString());
        }
        return response;
    }

    private static void addDetail(
            List<StreamsGroupHeartbeatResponseData.Status> statuses, String why) {
        for (StreamsGroupHeartbeatResponseData.Status status : statuses) {
            if (status.statusCode() == Status.MISSING_INTERNAL_TOPICS.code()) {
                status.setStatusDetail(status.statusDetail() + why);
            }
        }
    }
}
