package dev.millrace.engine.coordinator.group;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.kafka.coordinator.group.api.streams.assignor.AssignmentConfigs;
import org.apache.kafka.coordinator.group.api.streams.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.streams.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.streams.assignor.MemberAssignmentMetadata;
import org.apache.kafka.coordinator.group.api.streams.assignor.MemberAssignmentState;
import org.apache.kafka.coordinator.group.api.streams.assignor.TaskAssignor;
import org.apache.kafka.coordinator.group.api.streams.assignor.TaskAssignorException;
import org.apache.kafka.coordinator.group.api.streams.assignor.TopologyDescriber;
import org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredSubtopology;

/// Which member shall have which task: Kafka's sticky assignor, given everything in order, so that its answers are the same
/// at every start (docs/decisions/0005-library-arithmetic.md).
final class StreamsAssignor {
    private static final TaskAssignor STICKY = new StickyTaskAssignor();

    static final String NAME = STICKY.name();

    private StreamsAssignor() {}

    /// @param progress of the members that have said any
    /// @param topology of which every topic is there
    /// @throws TaskAssignorException when it cannot be done
    static SortedMap<String, StreamsTasks> assign(
            SortedMap<String, StreamsMember> members,
            StreamsWatch progress,
            StreamsSettings settings,
            SortedMap<String, ConfiguredSubtopology> topology) {
        var states = new TreeMap<String, State>();
        members.forEach((id, member) -> states.put(id, new State(member, progress.progress(id))));
        GroupAssignment answer =
                STICKY.assign(new Question(states, settings), new Described(topology));
        var targets = new TreeMap<String, StreamsTasks>();
        members.keySet().forEach(id -> targets.put(id, StreamsTasks.NONE));
        answer.members()
                .forEach((id, assigned) ->
                        targets.put(
                                id,
                                new StreamsTasks(
                                        StreamsTasks.sorted(assigned.activeTasks()),
                                        StreamsTasks.sorted(assigned.standbyTasks()),
                                        StreamsTasks.NONE.warmup())));
        return targets;
    }

    private record Question(SortedMap<String, State> members, AssignmentConfigs configs)
            implements GroupSpec {
        @Override
        public Collection<String> memberIds() {
            return members.keySet();
        }

        @Override
        public MemberAssignmentMetadata memberMetadata(String memberId) {
            return state(memberId);
        }

        @Override
        public MemberAssignmentState memberAssignmentState(String memberId) {
            return state(memberId);
        }

        private State state(String memberId) {
            State state = members.get(memberId);
            if (state == null) {
                throw new IllegalArgumentException("no member " + memberId);
            }
            return state;
        }
    }

    private record State(StreamsMember member, StreamsProgress progress)
            implements MemberAssignmentMetadata, MemberAssignmentState {
        @Override
        public Optional<String> instanceId() {
            return Optional.ofNullable(member.said().instanceId());
        }

        @Override
        public Optional<String> rackId() {
            return Optional.ofNullable(member.said().rackId());
        }

        @Override
        public String processId() {
            return member.said().processId();
        }

        @Override
        public Map<String, String> clientTags() {
            return member.said().tags();
        }

        @Override
        public Map<String, Set<Integer>> activeTasks() {
            return StreamsHoldings.withoutEpochs(member.current().assigned().active());
        }

        @Override
        public Map<String, Set<Integer>> standbyTasks() {
            return plain(member.current().assigned().standby());
        }

        @Override
        public Map<String, Set<Integer>> warmupTasks() {
            return plain(member.current().assigned().warmup());
        }

        private static Map<String, Set<Integer>> plain(
                SortedMap<String, SortedSet<Integer>> tasks) {
            return new TreeMap<String, Set<Integer>>(tasks);
        }

        @Override
        public Map<String, Map<Integer, Long>> taskOffsets() {
            return new TreeMap<String, Map<Integer, Long>>(progress.offsets());
        }

        @Override
        public Map<String, Map<Integer, Long>> taskEndOffsets() {
            return new TreeMap<String, Map<Integer, Long>>(progress.endOffsets());
        }
    }

    private record Described(SortedMap<String, ConfiguredSubtopology> topology)
            implements TopologyDescriber {
        @Override
        public List<String> subtopologies() {
            return List.copyOf(topology.keySet());
        }

        @Override
        public int maxNumInputPartitions(String subtopology) {
            return known(subtopology).numberOfTasks();
        }

        @Override
        public boolean isStateful(String subtopology) {
            return !known(subtopology).stateChangelogTopics().isEmpty();
        }

        private ConfiguredSubtopology known(String subtopology) {
            ConfiguredSubtopology known = topology.get(subtopology);
            if (known == null) {
                throw new NoSuchElementException("no subtopology " + subtopology);
            }
            return known;
        }
    }
}
