package dev.millrace.engine.metadata;

import java.util.TreeMap;

/// How much of what each broker should lead it does not lead.
final class LeaderImbalance {
    /// By broker id: the partitions whose preferred replica is there, and those of them that another leads.
    private final TreeMap<Integer, int[]> counts = new TreeMap<>();

    LeaderImbalance(MetadataImage image) {
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (PartitionImage partition : topic.partitions()) {
                int preferred = partition.replicas().getFirst();
                int[] count = counts.computeIfAbsent(preferred, _ -> new int[2]);
                count[0]++;
                count[1] += partition.leader() == preferred ? 0 : 1;
            }
        }
    }

    /// In percent; 0 for a broker that is nobody's preferred replica.
    int percent(int broker) {
        int[] count = counts.getOrDefault(broker, new int[] {1, 0});
        return count[1] * 100 / count[0];
    }
}
