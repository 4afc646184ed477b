package dev.millrace.engine.coordinator.group;

import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/// A fact about groups: one record of `__consumer_offsets`. Facts of one key replace each other (the topic is compacted).
sealed interface GroupRecord
        permits ConsumerRecord,
                StreamsRecord,
                GroupRecord.OffsetCommitted,
                GroupRecord.OffsetForgotten,
                GroupRecord.ClassicGroupStored,
                GroupRecord.ClassicGroupForgotten {
    String group();

    record OffsetCommitted(String group, String topic, int partition, CommittedOffset offset)
            implements GroupRecord {}

    record OffsetForgotten(String group, String topic, int partition) implements GroupRecord {}

    /// The last generation of a classic group that everybody agreed on, or that it is empty.
    record ClassicGroupStored(String group, ClassicGroupFacts facts) implements GroupRecord {}

    /// The group is gone. Also written over whatever kind of group the key held.
    record ClassicGroupForgotten(String group) implements GroupRecord {}

    /// @param protocolType empty when the group never had a member
    /// @param protocol null when there are no members
    /// @param leader null when there are no members
    /// @param sinceMs when the state was entered, wall clock
    /// @param members in the order in which they joined
    record ClassicGroupFacts(
            String protocolType,
            int generation,
            @Nullable String protocol,
            @Nullable String leader,
            long sinceMs,
            List<MemberFacts> members) {}

    /// @param subscription what the member said under the chosen protocol
    record MemberFacts(
            String id,
            @Nullable String instanceId,
            String clientId,
            String clientHost,
            int rebalanceTimeoutMs,
            int sessionTimeoutMs,
            Bytes subscription,
            Bytes assignment) {}
}
