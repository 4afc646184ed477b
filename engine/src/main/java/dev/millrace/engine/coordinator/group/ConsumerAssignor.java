package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.ClusterImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/// Decides who reads what in a group of the consumer protocol (KIP-848). Pure: the same question has the same answer on every
/// machine.
interface ConsumerAssignor {
    /// As clients and `group.consumer.assignors` call it.
    String name();

    /// Every partition of a topic that somebody wants goes to one member that wants it. Topics that do not exist are passed
    /// over.
    ///
    /// @param members by id
    /// @return an entry for every member, in the order of their ids; topics and partitions in order too
    Map<String, Map<Uuid, Set<Integer>>> assign(
            Map<String, Subscriber> members, TopicsImage topics, ClusterImage cluster);
}
