package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.TaskIds;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;

/// What a streams member hears: its epoch; its tasks, when they are news; what is wrong with the application.
///
/// @param groupIsKnown from before this heartbeat
record StreamsAnswer(
        StreamsDraft draft,
        boolean groupIsKnown,
        StreamsDraft.Topology topology,
        StreamsGroupConfig config) {
    /// From this version on a member knows that it may lack tags.
    private static final int MISSING_TAGS_SINCE = 1;

    StreamsHeartbeat to(
            Caller caller, StreamsGroupHeartbeatRequestData request, MetadataImage image) {
        StreamsMember member = draft.member;
        var answer =
                new StreamsGroupHeartbeatResponseData()
                        .setMemberId(member.id())
                        .setMemberEpoch(member.epoch())
                        .setHeartbeatIntervalMs(config.heartbeatIntervalMs())
                        .setTaskOffsetIntervalMs(config.taskOffsetIntervalMs())
                        .setAcceptableRecoveryLag(config.acceptableRecoveryLag());
        if (request.memberEpoch() == 0 || draft.changesTasks()) {
            setTasks(answer, member.current().assigned());
        }
        setEndpoints(answer, request.endpointInformationEpoch(), image);
        List<CreatableTopic> missing = tellOfTopics();
        tellOfShutdown(request);
        if (caller.version() >= MISSING_TAGS_SINCE) {
            tellOfTags();
        }
        return new StreamsHeartbeat(answer.setStatus(draft.statuses), missing);
    }

    private static void setTasks(
            StreamsGroupHeartbeatResponseData answer, StreamsHoldings assigned) {
        var active = new TreeMap<String, SortedSet<Integer>>();
        active.putAll(StreamsTasks.sorted(StreamsHoldings.withoutEpochs(assigned.active())));
        answer.setActiveTasks(ids(active))
                .setStandbyTasks(ids(assigned.standby()))
                .setWarmupTasks(ids(assigned.warmup()));
    }

    private static List<TaskIds> ids(SortedMap<String, SortedSet<Integer>> tasks) {
        List<TaskIds> ids = new ArrayList<>(tasks.size());
        tasks.forEach((subtopology, partitions) ->
                ids.add(
                        new TaskIds()
                                .setSubtopologyId(subtopology)
                                .setPartitions(List.copyOf(partitions))));
        return ids;
    }

    /// A member that has not heard of the latest hears of all. What a new group's first member hears is not counted yet.
    private void setEndpoints(
            StreamsGroupHeartbeatResponseData answer, int heard, MetadataImage image) {
        int epoch = draft.group.watch().endpointEpoch() + (draft.changesEndpoints() ? 1 : 0);
        if (epoch != heard) {
            answer.setPartitionsByUserEndpoint(
                    StreamsEndpoints.of(draft, topology.configured(), image));
        }
        if (groupIsKnown) {
            answer.setEndpointInformationEpoch(epoch);
        }
    }

    private List<CreatableTopic> tellOfTopics() {
        var wrong = topology.configured().topicConfigurationException();
        if (wrong.isEmpty()) {
            return List.of();
        }
        draft.tell(wrong.get().status(), Objects.requireNonNullElse(wrong.get().getMessage(), ""));
        return List.copyOf(
                new TreeMap<>(topology.configured().internalTopicsToBeCreated()).values());
    }

    private void tellOfShutdown(StreamsGroupHeartbeatRequestData request) {
        String earlier = draft.group.watch().shutdownBy();
        if (earlier == null && !request.shutdownApplication()) {
            return;
        }
        draft.tell(
                Status.SHUTDOWN_APPLICATION,
                ("Streams group member %s encountered a fatal error and requested a shutdown for the"
                                + " entire application.")
                        .formatted(earlier == null ? draft.member.id() : earlier));
    }

    private void tellOfTags() {
        var missing = new ArrayList<>(config.rackAwareAssignmentTags());
        missing.removeAll(draft.member.said().tags().keySet());
        if (!missing.isEmpty()) {
            draft.tell(
                    Status.MISSING_CLIENT_TAGS,
                    ("Missing required client tags for rack-aware standby assignment: %s. Configure them"
                                    + " via 'client.tag.<tagKey>' in your Streams config.")
                            .formatted(missing));
        }
    }
}
