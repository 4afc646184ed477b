package dev.millrace.cli.cluster;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;

/// A group of any kind, as a person looks at it.
///
/// @param type what the coordinator calls it: classic, consumer, share, streams
/// @param epoch of the membership; empty for a classic group, whose generation Kafka does not tell
/// @param members sorted by client, then id
public record GroupView(
        String id,
        GroupType type,
        GroupState state,
        Node coordinator,
        Optional<Integer> epoch,
        List<Member> members) {

    /// One member.
    ///
    /// @param instance the id of a static member (KIP-345)
    /// @param partitions what it reads, sorted
    public record Member(
            String id,
            String clientId,
            String host,
            Optional<String> instance,
            SortedSet<TopicPartition> partitions) {}

    /// Nobody is in it: offsets may be moved, and it may be deleted.
    public boolean idle() {
        return members.isEmpty();
    }

    /// Who reads a partition. Of a share group several may: the first.
    public Optional<Member> owner(TopicPartition partition) {
        return members.stream()
                .filter(member -> member.partitions().contains(partition))
                .findFirst();
    }
}
