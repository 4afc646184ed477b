package dev.millrace.simulator.world;

import dev.millrace.engine.metadata.Directories;
import dev.millrace.engine.metadata.PartitionImage;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/// Partitions without other replicas that were given to a broker whose disk was gone already, within the session of its process that had
/// ended: nobody knows that nothing was ever in them, so they wait for that disk (`millrace doctor --quarantine` gives them up).
public final class LostDisks {
    private final SimCluster cluster;
    private final Set<Given> given = new HashSet<>();

    private record Given(Uuid topic, int partition, int machine) {}

    LostDisks(SimCluster cluster) {
        this.cluster = cluster;
    }

    /// What metadata say of a partition.
    public void see(Uuid topic, int index, PartitionImage partition) {
        int first = partition.replicas().getFirst();
        SimMachine machine = cluster.machine(first);
        if (partition.replicas().size() == 1
                && machine != null
                && machine.hadDirectory(partition.directories().getFirst())) {
            given.add(new Given(topic, index, first));
        }
    }

    /// Whether it waits for such a disk now.
    public boolean awaits(Uuid topic, int index, PartitionImage now) {
        return now.replicas().size() == 1
                && now.directories().getFirst().equals(Directories.LOST)
                && given.contains(new Given(topic, index, now.replicas().getFirst()));
    }
}
