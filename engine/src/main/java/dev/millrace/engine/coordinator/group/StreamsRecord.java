package dev.millrace.engine.coordinator.group;

import java.util.SortedMap;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue;

/// A fact about a streams group (KIP-1071): one record of `__consumer_offsets`, or the end of one.
///
/// A compacted log may hold them in any order between keys, so that each says something by itself: a member's assignment can
/// come before the member, and a member before its group.
sealed interface StreamsRecord extends GroupRecord {
    /// What takes its key back.
    sealed interface Forgotten extends StreamsRecord {}

    /// The group itself.
    record GroupStored(String group, Facts facts) implements StreamsRecord {}

    record GroupForgotten(String group) implements Forgotten {}

    /// What a member says about itself.
    record MemberStored(String group, String member, StreamsProfile said)
            implements StreamsRecord {}

    record MemberForgotten(String group, String member) implements Forgotten {}

    /// The group epoch that the targets are of.
    ///
    /// @param computedMs wall clock; 0 when others may be computed at once
    record TargetEpochStored(String group, int epoch, long computedMs) implements StreamsRecord {}

    record TargetEpochForgotten(String group) implements Forgotten {}

    /// What a member shall have in the end.
    record TargetStored(String group, String member, StreamsTasks tasks) implements StreamsRecord {}

    record TargetForgotten(String group, String member) implements Forgotten {}

    /// What a member has, and how far it has come on the way to its target.
    record CurrentStored(String group, String member, StreamsAssignment current)
            implements StreamsRecord {}

    record CurrentForgotten(String group, String member) implements Forgotten {}

    /// What the application does with its topics, as its first member described it.
    ///
    /// @param topology that nobody changes any more
    record TopologyStored(String group, StreamsGroupTopologyValue topology)
            implements StreamsRecord {}

    record TopologyForgotten(String group) implements Forgotten {}

    /// @param epoch rises with everything that asks for another assignment
    /// @param metadataHash of the topics of the topology, as [TopicHashes] has it
    /// @param validatedTopologyEpoch of the topology whose topics are all there; -1 while they are not
    /// @param configs that the last assignment was made with
    /// @param storedDescriptionEpoch of the topology description that a plugin holds; here always what was read
    /// @param failedDescriptionEpoch of the one that it refused; here always what was read
    record Facts(
            int epoch,
            long metadataHash,
            int validatedTopologyEpoch,
            SortedMap<String, String> configs,
            int storedDescriptionEpoch,
            int failedDescriptionEpoch) {
        static final int NO_EPOCH = -1;
    }
}
