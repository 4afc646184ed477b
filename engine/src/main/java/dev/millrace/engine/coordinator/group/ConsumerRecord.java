package dev.millrace.engine.coordinator.group;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/// A fact about a group of the consumer protocol (KIP-848): one record of `__consumer_offsets`, or the end of one.
///
/// A compacted log may hold them in any order between keys, so that each says something by itself: a member's assignment can
/// come before the member, and a member before its group.
sealed interface ConsumerRecord extends GroupRecord {
    /// What takes its key back.
    sealed interface Forgotten extends ConsumerRecord {}

    /// The group epoch: rises with everything that asks for another assignment.
    ///
    /// @param metadataHash of the topics that the members read, as [TopicHashes] has it
    record GroupEpochStored(String group, int epoch, long metadataHash) implements ConsumerRecord {}

    /// The group is gone.
    record GroupEpochForgotten(String group) implements Forgotten {}

    /// What a member says about itself.
    record MemberStored(String group, String member, ConsumerSubscription said)
            implements ConsumerRecord {}

    record MemberForgotten(String group, String member) implements Forgotten {}

    /// The group epoch that the targets are of.
    ///
    /// @param computedMs wall clock; 0 when another may be computed at once
    record TargetEpochStored(String group, int epoch, long computedMs) implements ConsumerRecord {}

    record TargetEpochForgotten(String group) implements Forgotten {}

    /// What a member shall have in the end.
    ///
    /// @param partitions in order
    record TargetStored(String group, String member, Map<Uuid, Set<Integer>> partitions)
            implements ConsumerRecord {}

    record TargetForgotten(String group, String member) implements Forgotten {}

    /// What a member has, and how far it has come on the way to its target.
    record CurrentStored(String group, String member, ConsumerAssignment current)
            implements ConsumerRecord {}

    record CurrentForgotten(String group, String member) implements Forgotten {}

    /// The topics that a regular expression of a member matched.
    record RegexResolved(String group, String regex, Resolution resolution)
            implements ConsumerRecord {}

    record RegexForgotten(String group, String regex) implements Forgotten {}

    /// The partitions of the topics, as brokers before Kafka 4.1 wrote them down: not used, and taken back at the next occasion.
    record PartitionsStored(String group) implements ConsumerRecord {}

    record PartitionsForgotten(String group) implements Forgotten {}

    /// @param topics in order
    /// @param version of the metadata image that was searched: its offset
    /// @param resolvedMs wall clock
    record Resolution(List<String> topics, long version, long resolvedMs) {
        static final Resolution NOTHING = new Resolution(List.of(), 0, 0);
    }
}
