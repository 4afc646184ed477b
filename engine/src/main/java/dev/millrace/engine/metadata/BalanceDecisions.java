package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/// Moves that balancing has planned on an image that may be older than the one they are decided on.
public final class BalanceDecisions {
    private BalanceDecisions() {}

    /// One partition's change.
    ///
    /// @param from what the plan has seen; another list by now, and the move is left out
    /// @param to the replicas wanted, the one that is to lead first
    public record Target(TopicPartition partition, List<Integer> from, List<Integer> to) {}

    /// Begins those moves that still fit. Where nothing is copied the move is done, and the first replica leads.
    ///
    /// @param bytesPerSecond that each broker sends and receives at most for copies
    /// @return answers with the partitions whose moves are begun
    public static Decision<List<TopicPartition>> move(
            MetadataImage image, List<Target> targets, long bytesPerSecond) {
        var records = new ArrayList<ApiMessageAndVersion>();
        MetadataImage after = image;
        var begun = new ArrayList<TopicPartition>();
        var copies = new ArrayList<Target>();
        for (Target target : targets) {
            var own = new ArrayList<ApiMessageAndVersion>();
            if (fits(after, target) && begin(after, target, own)) {
                after = LeaderElections.after(after, own);
                records.addAll(own);
                begun.add(target.partition());
                if (!target.from().containsAll(target.to())) {
                    copies.add(target);
                }
            }
        }
        if (!copies.isEmpty()) {
            BalanceThrottle.begin(after, copies, bytesPerSecond, records);
        }
        return new Decision<>(records, begun);
    }

    /// Whether [#end] may have something to do.
    public static boolean throttled(MetadataImage image) {
        return BalanceThrottle.noted(image);
    }

    /// Takes away the bound on what balancing copies, once nothing of it moves any more.
    public static Decision<Boolean> end(MetadataImage image) {
        var records = new ArrayList<ApiMessageAndVersion>();
        BalanceThrottle.end(image, records);
        return new Decision<>(records, !records.isEmpty());
    }

    private static boolean fits(MetadataImage image, Target target) {
        TopicImage topic = image.topics().byName(target.partition().topic());
        int index = target.partition().partition();
        if (topic == null || index >= topic.partitions().size()) {
            return false;
        }
        PartitionImage now = topic.partitions().get(index);
        return now.replicas().equals(target.from()) && !ReassignmentDecisions.moving(now);
    }

    private static boolean begin(
            MetadataImage image, Target target, List<ApiMessageAndVersion> records) {
        String topic = target.partition().topic();
        int index = target.partition().partition();
        var wanted = new ReassignablePartition().setPartitionIndex(index).setReplicas(target.to());
        boolean begun =
                ReassignmentDecisions.balance(image, topic, wanted, records).error() == Errors.NONE;
        if (begun && target.from().containsAll(target.to())) {
            // Refused where the first leads already, or cannot: then another does, as before.
            PartitionDecisions.elect(
                    LeaderElections.after(image, records),
                    topic,
                    index,
                    ElectionType.PREFERRED,
                    records);
        }
        return begun && !records.isEmpty();
    }
}
