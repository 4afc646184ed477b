package dev.millrace.simulator.run;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.fault.Admin;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Has each partition of the watched topic led by another of its replicas, for whoever reads all of it once more: by what was copied, and by
/// indexes and lists of aborted transactions that were built on the way.
final class OtherLeaders {
    private static final long AGAIN_NS = 5_000_000_000L;

    private final SimCluster cluster;
    private final Admin admin;

    /// The replicas of each partition, whoever is to lead first.
    private final Map<Integer, List<Integer>> wanted = new TreeMap<>();

    private long nextNs;

    OtherLeaders(SimCluster cluster, Admin admin) {
        this.cluster = cluster;
        this.admin = admin;
    }

    private @Nullable TopicImage topic() {
        SimMachine active = cluster.activeController();
        MetadataImage image = active == null ? null : active.image();
        return image == null ? null : image.topics().byName(Requests.TOPIC);
    }

    /// Whether all are led by whom it wants; asks for it now and then until they are.
    boolean lead() {
        TopicImage topic = topic();
        if (topic == null) {
            return false;
        }
        List<PartitionImage> partitions = topic.partitions();
        boolean all = true;
        for (int p = 0; p < partitions.size(); p++) {
            PartitionImage now = partitions.get(p);
            List<Integer> replicas = wanted.computeIfAbsent(p, _ -> after(now));
            all &= now.leader() == replicas.getFirst();
        }
        if (!all && cluster.world().nowNs() >= nextNs) {
            nextNs = cluster.world().nowNs() + AGAIN_NS;
            admin.lead(wanted);
        }
        return all;
    }

    private static List<Integer> after(PartitionImage now) {
        var replicas = new ArrayList<>(now.replicas());
        Collections.rotate(replicas, -replicas.indexOf(now.leader()) - 1);
        return replicas;
    }
}
