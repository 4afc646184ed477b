package dev.millrace.engine.coordinator.group;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.coordinator.group.api.streams.assignor.AssignmentConfigs;

/// The settings that an assignment depends on, as they are written down with it: when they change there is another.
///
/// @param numStandbyReplicas copies of each task's stores
/// @param rackAwareAssignmentTags client tags over which the copies are spread
record StreamsSettings(int numStandbyReplicas, List<String> rackAwareAssignmentTags)
        implements AssignmentConfigs {
    private static final String STANDBYS = "num.standby.replicas";
    private static final String TAGS = "rack.aware.assignment.tags";

    static StreamsSettings of(StreamsGroupConfig config) {
        return new StreamsSettings(config.numStandbyReplicas(), config.rackAwareAssignmentTags());
    }

    SortedMap<String, String> written() {
        var written = new TreeMap<String, String>();
        written.put(STANDBYS, Integer.toString(numStandbyReplicas));
        if (!rackAwareAssignmentTags.isEmpty()) {
            written.put(TAGS, String.join(",", rackAwareAssignmentTags));
        }
        return written;
    }
}
