package dev.millrace.cli.placement;

import dev.millrace.cli.placement.Placement.Held;
import dev.millrace.cli.placement.Placement.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Placements written by hand: `brokers("1:a", "2:b", "3!", "4~")` are four brokers, two in racks, the third down, the fourth cordoned;
/// `partition(40, 1, 2)` holds 40 MB on brokers 1 and 2, led by 1.
final class Example {
    private final List<Site> brokers = new ArrayList<>();
    private final List<Held> partitions = new ArrayList<>();
    private Set<Integer> sparing = Set.of();

    static Example brokers(String... words) {
        var example = new Example();
        for (String word : words) {
            boolean down = word.endsWith("!");
            boolean cordoned = word.endsWith("~");
            String[] parts = word.replaceAll("[!~]", "").split(":", 2);
            @Nullable String rack = parts.length > 1 ? parts[1] : null;
            example.brokers.add(new Site(Integer.parseInt(parts[0]), rack, !down, false, cordoned));
        }
        return example;
    }

    Example partition(long megabytes, Integer... replicas) {
        return partition(megabytes, replicas[0], false, replicas);
    }

    Example partition(long megabytes, int leader, boolean moving, Integer... replicas) {
        List<Integer> all = Arrays.asList(replicas);
        partitions.add(
                new Held(
                        new TopicPartition("t", partitions.size()),
                        all,
                        leader,
                        all,
                        moving,
                        megabytes << 20));
        return this;
    }

    /// These brokers are being emptied.
    Example sparing(Integer... ids) {
        sparing = Set.of(ids);
        return this;
    }

    Placement placement() {
        return new Placement(List.copyOf(brokers), List.copyOf(partitions)).sparing(sparing);
    }

    /// `t-0 1,2->1,3`, for tests to compare.
    static List<String> texts(List<Move> moves) {
        return moves.stream()
                .map(move -> move.partition() + " " + ids(move.from()) + "->" + ids(move.to()))
                .toList();
    }

    private static String ids(List<Integer> ids) {
        return String.join(",", ids.stream().map(String::valueOf).toList());
    }

    /// The placement after the moves.
    static Placement after(Placement before, List<Move> moves) {
        var partitions = new ArrayList<Held>();
        for (Held held : before.partitions()) {
            Held now = held;
            for (Move move : moves) {
                if (move.partition().equals(held.partition())) {
                    now =
                            new Held(
                                    held.partition(),
                                    move.to(),
                                    move.to().getFirst(),
                                    move.to(),
                                    false,
                                    held.bytes());
                }
            }
            partitions.add(now);
        }
        return new Placement(before.brokers(), partitions);
    }
}
