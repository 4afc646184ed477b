package dev.millrace.cli.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/// Makes brokers bear the same: first their leaderships, which cost nothing to move, then their bytes.
///
/// - **Elections**: partitions that are led by another than the first of their replicas, though that one is in sync.
/// - **Reorderings**: while one broker would lead two partitions more than another that holds a replica of one of them, that one
///   comes first there.
/// - **Copies**: while the fullest and the emptiest broker are further apart than a tenth of the mean (or one empty replica), the
///   replica whose size brings them closest goes over, if the partition then stands in as many racks as before.
///
/// Partitions that are moving already, and brokers that are down, are left alone; so is where partitions with a replica on a broker lie whose
/// log directories are all cordoned: no target may name it.
///
/// @param elections whose preferred leader is to lead again
public record RebalancePlan(
        List<TopicPartition> elections, List<Move> reorderings, List<Move> copies) {
    private static final int TOLERATED_SHARE = 10;

    public static RebalancePlan of(Placement placement) {
        var search = new Search(placement);
        List<TopicPartition> elections = elections(placement);
        return new RebalancePlan(elections, search.reorderings(), search.copies());
    }

    public boolean isEmpty() {
        return elections.isEmpty() && reorderings.isEmpty() && copies.isEmpty();
    }

    private static List<TopicPartition> elections(Placement placement) {
        List<Integer> mayLead =
                placement.brokers().stream()
                        .filter(Placement.Site::mayLead)
                        .map(Placement.Site::id)
                        .toList();
        return placement.partitions().stream()
                .filter(held -> !held.moving())
                .filter(held -> held.leader() != held.replicas().getFirst())
                .filter(held -> held.inSync().contains(held.replicas().getFirst()))
                .filter(held -> mayLead.contains(held.replicas().getFirst()))
                .map(Placement.Held::partition)
                .toList();
    }

    /// The state of the search: where everything would be by now.
    private static final class Search {
        private final Placement placement;
        private final Loads loads;
        private final List<Integer> brokers;
        private final Map<Placement.Held, List<Integer>> replicas = new LinkedHashMap<>();

        Search(Placement placement) {
            this.placement = placement;
            this.loads = new Loads(placement);
            this.brokers = placement.usable();
            placement.partitions().stream()
                    .filter(held -> !held.moving() && placement.cordoned(held.replicas()) == null)
                    .forEach(held -> replicas.put(held, held.replicas()));
        }

        private void apply(Placement.Held held, Move move) {
            loads.apply(move);
            replicas.put(held, move.to());
        }

        /// Every step brings two brokers closer, so that it ends; bounded all the same.
        List<Move> reorderings() {
            var moves = new ArrayList<Move>();
            for (int step = 0; step < replicas.size(); step++) {
                Optional<Move> next = nextReordering();
                if (next.isEmpty()) {
                    break;
                }
                moves.add(next.get());
            }
            return moves;
        }

        private Optional<Move> nextReordering() {
            Comparator<Integer> byLeads = Comparator.comparingInt(loads::leads);
            for (int most : sorted(byLeads.reversed())) {
                for (int least : sorted(byLeads)) {
                    if (loads.leads(most) - loads.leads(least) < 2) {
                        break;
                    }
                    for (var entry : replicas.entrySet()) {
                        List<Integer> now = entry.getValue();
                        boolean fits =
                                now.getFirst() == most
                                        && now.contains(least)
                                        && entry.getKey().inSync().contains(least);
                        if (fits) {
                            return Optional.of(reorder(entry.getKey(), now, most, least));
                        }
                    }
                }
            }
            return Optional.empty();
        }

        private Move reorder(Placement.Held held, List<Integer> now, int most, int least) {
            var to = new ArrayList<>(now);
            to.set(to.indexOf(least), most);
            to.set(0, least);
            String why =
                    "%d leads %d, %d leads %d"
                            .formatted(most, loads.leads(most), least, loads.leads(least));
            var move = new Move(held.partition(), now, to, held.bytes(), why);
            apply(held, move);
            return move;
        }

        List<Move> copies() {
            var moves = new ArrayList<Move>();
            for (int step = 0; step < replicas.size(); step++) {
                Optional<Move> next = nextCopy();
                if (next.isEmpty()) {
                    break;
                }
                moves.add(next.get());
            }
            return moves;
        }

        private Optional<Move> nextCopy() {
            Comparator<Integer> byLoad = Comparator.comparingLong(loads::of);
            for (int fullest : sorted(byLoad.reversed())) {
                for (int emptiest : sorted(byLoad)) {
                    long gap = loads.of(fullest) - loads.of(emptiest);
                    if (gap <= tolerated()) {
                        break;
                    }
                    Optional<Move> best = best(fullest, emptiest, gap);
                    if (best.isPresent()) {
                        return best;
                    }
                }
            }
            return Optional.empty();
        }

        private long tolerated() {
            long all = brokers.stream().mapToLong(loads::of).sum();
            return Math.max(
                    all / Math.max(1, brokers.size()) / TOLERATED_SHARE, Loads.REPLICA_BYTES);
        }

        /// Of replicas of the same size, one whose move evens out the leaders too.
        private Optional<Move> best(int from, int to, long gap) {
            boolean leadsMore = loads.leads(from) > loads.leads(to);
            return replicas.entrySet().stream()
                    .filter(entry -> entry.getValue().contains(from))
                    .filter(entry -> !entry.getValue().contains(to))
                    .filter(entry -> Loads.weight(entry.getKey().bytes()) < gap)
                    .filter(entry -> keepsRacks(entry.getValue(), from, to))
                    .min(
                            Comparator.<Map.Entry<Placement.Held, List<Integer>>>comparingLong(
                                            entry ->
                                                    Math.abs(
                                                            gap
                                                                    - 2
                                                                            * Loads.weight(
                                                                                    entry.getKey()
                                                                                            .bytes())))
                                    .thenComparing(entry ->
                                            (entry.getValue().getFirst() == from) != leadsMore))
                    .map(entry -> copy(entry.getKey(), entry.getValue(), from, to));
        }

        private boolean keepsRacks(List<Integer> now, int from, int to) {
            return placement.racks(Loads.replaced(now, from, to)) >= placement.racks(now);
        }

        private Move copy(Placement.Held held, List<Integer> now, int from, int to) {
            String why =
                    "%d bears %s, %d bears %s"
                            .formatted(
                                    from, Sizes.text(loads.of(from)), to, Sizes.text(loads.of(to)));
            var move =
                    new Move(
                            held.partition(),
                            now,
                            Loads.replaced(now, from, to),
                            held.bytes(),
                            why);
            apply(held, move);
            return move;
        }

        private List<Integer> sorted(Comparator<Integer> order) {
            return brokers.stream().sorted(order.thenComparing(id -> id)).toList();
        }
    }
}
