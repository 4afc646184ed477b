package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.jspecify.annotations.Nullable;

/// What a streams member says about itself. A heartbeat says only what is new; what it leaves out stays.
///
/// @param processId of the application's instance, which may have several members
/// @param endpoint where others may query its stores
/// @param tags by which copies are spread
record StreamsProfile(
        @Nullable String instanceId,
        @Nullable String rackId,
        String clientId,
        String clientHost,
        int rebalanceTimeoutMs,
        int topologyEpoch,
        String processId,
        @Nullable Endpoint endpoint,
        SortedMap<String, String> tags) {
    record Endpoint(String host, int port) {}

    static final StreamsProfile UNKNOWN =
            new StreamsProfile(null, null, "", "", -1, -1, "", null, Collections.emptySortedMap());

    StreamsProfile updated(Caller caller, StreamsGroupHeartbeatRequestData request) {
        boolean joins = request.memberEpoch() == 0;
        return new StreamsProfile(
                request.instanceId() == null ? instanceId : request.instanceId(),
                request.rackId() == null ? rackId : request.rackId(),
                caller.clientId(),
                caller.clientHost(),
                request.rebalanceTimeoutMs() == -1
                        ? rebalanceTimeoutMs
                        : request.rebalanceTimeoutMs(),
                request.topology() == null ? topologyEpoch : request.topology().epoch(),
                request.processId() == null ? processId : request.processId(),
                request.userEndpoint() == null && !joins ? endpoint : endpoint(request),
                request.clientTags() == null ? tags : tags(request));
    }

    private static @Nullable Endpoint endpoint(StreamsGroupHeartbeatRequestData request) {
        var told = request.userEndpoint();
        return told == null ? null : new Endpoint(told.host(), told.port());
    }

    private static SortedMap<String, String> tags(StreamsGroupHeartbeatRequestData request) {
        var tags = new TreeMap<String, String>();
        request.clientTags().forEach(tag -> tags.put(tag.key(), tag.value()));
        return tags;
    }

    /// Does an assignment depend on what is new? Of a static member other things may change without one.
    boolean asksForAssignment(StreamsProfile before) {
        if (instanceId == null) {
            return !equals(before);
        }
        return topologyEpoch != before.topologyEpoch
                || !Objects.equals(rackId, before.rackId)
                || !tags.equals(before.tags)
                || !processId.equals(before.processId);
    }
}
