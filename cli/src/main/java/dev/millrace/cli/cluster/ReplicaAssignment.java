package dev.millrace.cli.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Replicas chosen by hand: `1:2,2:3` puts partition 0 on brokers 1 and 2, partition 1 on 2 and 3.
public final class ReplicaAssignment {
    private ReplicaAssignment() {}

    /// Brokers by partition, as written.
    ///
    /// @throws CommandFailed for a word that is no broker id, a broker named twice, partitions with unequal counts
    public static Map<Integer, List<Integer>> parse(String text) {
        var assignment = new TreeMap<Integer, List<Integer>>();
        for (String partition : text.split(",", -1)) {
            var brokers = brokers(partition, text);
            if (assignment.getOrDefault(0, brokers).size() != brokers.size()) {
                throw CommandFailed.usage(
                        "Partition "
                                + assignment.size()
                                + " has different replication factor: "
                                + brokers);
            }
            assignment.put(assignment.size(), brokers);
        }
        return assignment;
    }

    private static List<Integer> brokers(String partition, String text) {
        var brokers = new ArrayList<Integer>();
        for (String broker : partition.split(":", -1)) {
            try {
                brokers.add(Integer.valueOf(broker.strip()));
            } catch (NumberFormatException wrong) {
                throw CommandFailed.usage(
                        "'"
                                + text
                                + "' is not a replica assignment: write broker ids as in 1:2,2:3");
            }
        }
        if (new HashSet<>(brokers).size() != brokers.size()) {
            throw CommandFailed.usage(
                    "Partition replica lists may not contain duplicate entries: " + brokers);
        }
        return brokers;
    }
}
