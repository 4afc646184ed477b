package dev.millrace.engine.coordinator.group;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskOffset;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredSubtopology;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// What is wrong with a StreamsGroupHeartbeat by itself, in Kafka's words.
final class StreamsRequests {
    private StreamsRequests() {}

    /// Null when nothing is.
    static @Nullable ApiError wrong(StreamsGroupHeartbeatRequestData request) {
        String invalid = unsupported(request.topology());
        if (invalid == null) {
            invalid = ids(request);
        }
        if (invalid != null) {
            return new ApiError(Errors.INVALID_REQUEST, invalid);
        }
        if (request.memberEpoch() == 0) {
            ApiError joining = joining(request);
            if (joining != null) {
                return joining;
            }
        }
        invalid = inEpoch(request);
        return invalid == null ? null : new ApiError(Errors.INVALID_REQUEST, invalid);
    }

    private static @Nullable String unsupported(@Nullable Topology topology) {
        if (topology == null) {
            return null;
        }
        for (Subtopology subtopology : topology.subtopologies()) {
            if (!subtopology.sourceTopicRegex().isEmpty()) {
                return "Regular expressions for source topics are not supported yet.";
            }
        }
        return null;
    }

    private static @Nullable String ids(StreamsGroupHeartbeatRequestData request) {
        if (isBlank(request.memberId())) {
            return "MemberId can't be empty.";
        }
        if (isBlank(request.groupId())) {
            return "GroupId can't be empty.";
        }
        if (isBlank(request.instanceId())) {
            return "InstanceId can't be empty.";
        }
        return isBlank(request.rackId()) ? "RackId can't be empty." : null;
    }

    private static boolean isBlank(@Nullable String text) {
        return text != null && text.trim().isEmpty();
    }

    private static @Nullable ApiError joining(StreamsGroupHeartbeatRequestData request) {
        String invalid = null;
        if (request.rebalanceTimeoutMs() == -1) {
            invalid = "RebalanceTimeoutMs must be provided in first request.";
        } else if (isNotEmpty(request.activeTasks())) {
            invalid = "ActiveTasks must be empty when (re-)joining.";
        } else if (isNotEmpty(request.standbyTasks())) {
            invalid = "StandbyTasks must be empty when (re-)joining.";
        } else if (isNotEmpty(request.warmupTasks())) {
            invalid = "WarmupTasks must be empty when (re-)joining.";
        } else if (request.topology() == null) {
            invalid = "Topology must be non-null when (re-)joining.";
        }
        if (invalid != null) {
            return new ApiError(Errors.INVALID_REQUEST, invalid);
        }
        return wrongChangelog(request.topology());
    }

    private static boolean isNotEmpty(@Nullable Collection<?> tasks) {
        return tasks == null || !tasks.isEmpty();
    }

    private static @Nullable ApiError wrongChangelog(@Nullable Topology topology) {
        if (topology == null) {
            return null;
        }
        for (Subtopology subtopology : topology.subtopologies()) {
            for (TopicInfo topic : subtopology.stateChangelogTopics()) {
                if (topic.partitions() != 0) {
                    return new ApiError(
                            Errors.STREAMS_INVALID_TOPOLOGY,
                            ("Changelog topic %s must have an undefined partition count, but it is set to"
                                            + " %d.")
                                    .formatted(topic.name(), topic.partitions()));
                }
            }
        }
        return null;
    }

    private static @Nullable String inEpoch(StreamsGroupHeartbeatRequestData request) {
        int epoch = request.memberEpoch();
        if (epoch == StreamsAssignment.LEFT_FOR_A_WHILE && request.instanceId() == null) {
            return "InstanceId can't be null.";
        }
        if (epoch < StreamsAssignment.LEFT_FOR_A_WHILE) {
            return "MemberEpoch is %d, but must be greater than or equal to -2.".formatted(epoch);
        }
        boolean saysSome =
                request.activeTasks() != null
                        || request.standbyTasks() != null
                        || request.warmupTasks() != null;
        boolean saysAll =
                request.activeTasks() != null
                        && request.standbyTasks() != null
                        && request.warmupTasks() != null;
        if (saysSome && !saysAll) {
            return "If one task-type is non-null, all must be non-null.";
        }
        return epoch != 0 && request.topology() != null
                ? "Topology can only be provided when (re-)joining."
                : null;
    }

    // ---- against the topology

    /// Tasks that the application does not have, or one named twice.
    static @Nullable ApiError wrongTasks(
            StreamsGroupHeartbeatRequestData request, ConfiguredTopology topology) {
        String invalid = null;
        if (topology.isReady() && topology.subtopologies().isPresent()) {
            Map<String, ConfiguredSubtopology> subtopologies = topology.subtopologies().get();
            invalid = unknownTask(request.activeTasks(), subtopologies);
            invalid =
                    invalid == null ? unknownTask(request.standbyTasks(), subtopologies) : invalid;
            invalid = invalid == null ? unknownTask(request.warmupTasks(), subtopologies) : invalid;
        }
        invalid = invalid == null ? twice(request.taskOffsets()) : invalid;
        invalid = invalid == null ? twice(request.taskEndOffsets()) : invalid;
        return invalid == null ? null : new ApiError(Errors.INVALID_REQUEST, invalid);
    }

    private static @Nullable String unknownTask(
            @Nullable List<TaskIds> told, Map<String, ConfiguredSubtopology> subtopologies) {
        for (TaskIds task : told == null ? List.<TaskIds>of() : told) {
            ConfiguredSubtopology subtopology = subtopologies.get(task.subtopologyId());
            if (subtopology == null) {
                return "Subtopology %s does not exist in the topology."
                        .formatted(task.subtopologyId());
            }
            int tasks = subtopology.numberOfTasks();
            for (int partition : task.partitions()) {
                if (partition < 0 || partition >= tasks) {
                    return "Task %d for subtopology %s is invalid. Number of tasks for this subtopology: %d"
                            .formatted(partition, task.subtopologyId(), tasks);
                }
            }
        }
        return null;
    }

    private static @Nullable String twice(@Nullable List<TaskOffset> told) {
        record Task(String subtopology, int partition) {}
        Set<Task> seen = new HashSet<>();
        for (TaskOffset offset : told == null ? List.<TaskOffset>of() : told) {
            if (!seen.add(new Task(offset.subtopologyId(), offset.partition()))) {
                return "Task offsets contain a duplicate entry for subtopology %s and partition %d."
                        .formatted(offset.subtopologyId(), offset.partition());
            }
        }
        return null;
    }
}
