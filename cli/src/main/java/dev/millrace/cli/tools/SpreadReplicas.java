package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;

/// Puts the partitions of topics on brokers in turn: what `kafka-reassign-partitions --generate` proposes.
///
/// Brokers of different racks follow each other. The first replica of each partition is on the next broker, the others on those behind it,
/// one step further away with each round, and in racks that have none yet while there are such. Kafka's tool begins at a broker chosen
/// by chance for each topic; here a topic begins where the one before it has ended.
final class SpreadReplicas {
    /// A broker and where it stands; one without a rack stands alone.
    private record Place(int broker, String rack) {}

    private final List<Place> places;
    private int next;

    /// @param byRack false: racks count for nothing
    SpreadReplicas(List<Node> brokers, boolean byRack) {
        var racks = new TreeMap<String, List<Place>>();
        long without = brokers.stream().filter(node -> node.rack() == null).count();
        if (byRack && without != 0 && without != brokers.size()) {
            throw CommandFailed.because(
                    "Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack information.");
        }
        var sorted = new ArrayList<>(brokers);
        sorted.sort((a, b) -> Integer.compare(a.id(), b.id()));
        for (Node node : sorted) {
            String rack = byRack && node.rack() != null ? node.rack() : "";
            // by number, so that those without a rack stand in their order
            String key = rack.isEmpty() ? "%010d".formatted(node.id()) : rack;
            racks.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Place(node.id(), key));
        }
        places = alternately(racks);
    }

    private static List<Place> alternately(Map<String, List<Place>> racks) {
        var all = new ArrayList<Place>();
        int most = racks.values().stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < most; i++) {
            for (List<Place> rack : racks.values()) {
                if (i < rack.size()) {
                    all.add(rack.get(i));
                }
            }
        }
        return all;
    }

    /// Adds the partitions of a topic.
    void topic(
            String topic,
            int partitions,
            int replicas,
            SortedMap<TopicPartition, List<Integer>> assignment) {
        if (replicas > places.size()) {
            throw CommandFailed.because(
                    "Replication factor: %d larger than available brokers: %d."
                            .formatted(replicas, places.size()));
        }
        for (int partition = 0; partition < partitions; partition++) {
            assignment.put(new TopicPartition(topic, partition), replicas(next++, replicas));
        }
    }

    private List<Integer> replicas(int turn, int count) {
        int brokers = places.size();
        int first = turn % brokers;
        int step = turn / brokers;
        var order = new ArrayList<>(List.of(places.get(first)));
        for (int i = 0; i < brokers - 1; i++) {
            order.add(places.get((first + 1 + (step + i) % (brokers - 1)) % brokers));
        }
        var racks = new HashSet<String>();
        var chosen = new ArrayList<Integer>();
        for (Place place : order) {
            if (chosen.size() < count && racks.add(place.rack())) {
                chosen.add(place.broker());
            }
        }
        for (Place place : order) {
            if (chosen.size() < count && !chosen.contains(place.broker())) {
                chosen.add(place.broker());
            }
        }
        return chosen;
    }
}
