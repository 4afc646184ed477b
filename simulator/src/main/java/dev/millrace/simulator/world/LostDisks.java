package dev.millrace.simulator.world;

import dev.millrace.engine.metadata.PartitionImage;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/// Partitions without other replicas that were given to a broker whose disk was gone already, within the session of its process that had
/// ended: nobody knows that nothing was ever in them, so they wait for that disk (`millrace doctor --quarantine` gives them up).
public final class LostDisks {
    private final SimCluster cluster;
    private final Set<Key> given = new HashSet<>();

    private record Key(Uuid topic, int partition) {}

    LostDisks(SimCluster cluster) {
        this.cluster = cluster;
    }

    /// What metadata say of a partition.
    public void see(Uuid topic, int index, PartitionImage partition) {
        SimMachine first = cluster.machine(partition.replicas().getFirst());
        if (partition.replicas().size() == 1
                && first != null
                && first.hadDirectory(partition.directories().getFirst())) {
            given.add(new Key(topic, index));
        }
    }

    /// Whether it waits for such a disk.
    public boolean awaits(Uuid topic, int index) {
        return given.contains(new Key(topic, index));
    }
}
