package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.StreamsRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetStored;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// What each member of a streams group shall have, and when that is computed: when the group epoch has risen, but not before
/// the first members have had time to come, and not more often than `group.streams.assignment.interval.ms`.
final class StreamsTargets {
    private StreamsTargets() {}

    /// The target that a member is to be brought to.
    record Target(int epoch, StreamsTasks tasks) {}

    /// Adds to the draft what is new.
    ///
    /// @param delayed the group's first assignment still waits for members
    static Target of(
            StreamsDraft draft,
            ConfiguredTopology topology,
            StreamsGroupConfig config,
            boolean delayed,
            long nowMs) {
        StreamsGroup group = draft.group;
        if (delayed) {
            draft.tell(
                    Status.ASSIGNMENT_DELAYED,
                    "Assignment delayed due to the configured initial rebalance delay.");
            return new Target(group.targetEpoch(), StreamsTasks.NONE);
        }
        if (group.targetEpoch() >= draft.epoch) {
            return new Target(group.targetEpoch(), last(draft));
        }
        if (!AssignmentInterval.isOver(
                group.targetComputedMs(), config.assignmentIntervalMs(), nowMs)) {
            draft.tell(
                    Status.ASSIGNMENT_DELAYED,
                    "Assignment delayed due to the configured assignment interval.");
            return new Target(group.targetEpoch(), last(draft));
        }
        SortedMap<String, StreamsTasks> targets =
                computed(draft.members(), group.watch(), topology, config);
        write(group.id(), draft.epoch, nowMs, targets, draft::lastTarget, draft.facts);
        StreamsTasks own = targets.get(draft.member.id());
        return new Target(draft.epoch, own == null ? StreamsTasks.NONE : own);
    }

    private static StreamsTasks last(StreamsDraft draft) {
        StreamsTasks last = draft.lastTarget(draft.member.id());
        return last == null ? StreamsTasks.NONE : last;
    }

    static SortedMap<String, StreamsTasks> computed(
            SortedMap<String, StreamsMember> members,
            StreamsWatch watch,
            ConfiguredTopology topology,
            StreamsGroupConfig config) {
        var subtopologies = topology.subtopologies();
        if (topology.isReady() && subtopologies.isPresent()) {
            return StreamsAssignor.assign(
                    members, watch, StreamsSettings.of(config), subtopologies.get());
        }
        // Not all topics are there: nobody shall have anything.
        var nothing = new TreeMap<String, StreamsTasks>();
        members.keySet().forEach(id -> nothing.put(id, StreamsTasks.NONE));
        return nothing;
    }

    static void write(
            String group,
            int epoch,
            long nowMs,
            SortedMap<String, StreamsTasks> targets,
            Function<String, @Nullable StreamsTasks> last,
            List<GroupRecord> facts) {
        targets.forEach((id, tasks) -> {
            if (!tasks.equals(last.apply(id))) {
                facts.add(new TargetStored(group, id, tasks));
            }
        });
        facts.add(new TargetEpochStored(group, epoch, nowMs));
    }
}
