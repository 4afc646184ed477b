package dev.millrace.engine.balance;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.config.BalanceKeys;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/// Who bears what while a plan is made: as the image says, and then as the moves of the plan would have it.
final class Board {
    /// What a replica weighs beside its bytes, so that brokers with many empty partitions are not taken for empty ones.
    static final long REPLICA_BYTES = 16L << 20;

    final List<Seat> seats = new ArrayList<>();
    private final Map<Integer, Broker> brokers = new TreeMap<>();

    /// @param resting partitions that were moved not long ago
    Board(MetadataImage image, Loads loads, BalanceRules rules, Predicate<TopicPartition> resting) {
        List<String> drained = drained(image);
        for (BrokerImage broker : image.cluster().brokers().values()) {
            String rack = broker.rack() == null ? "" : broker.rack();
            brokers.put(
                    broker.id(),
                    new Broker(
                            rack,
                            !broker.cordonedWhole()
                                    && !drained.contains(Integer.toString(broker.id()))));
        }
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                var name = new TopicPartition(topic.name(), i);
                List<Integer> replicas = topic.partitions().get(i).replicas();
                Loads.Load load = loads.of(name);
                boolean copyable = loads.rates() && load.in() <= rules.mostIn();
                var seat = new Seat(name, replicas, load, !resting.test(name), copyable);
                seats.add(seat);
                count(seat, 1);
            }
        }
    }

    /// The default of all brokers names them: a broker's own setting could be changed only while it runs.
    private static List<String> drained(MetadataImage image) {
        var all = new ConfigResource(ConfigResource.Type.BROKER, "");
        String named = image.configs().of(all).getOrDefault(BalanceKeys.DRAINED, "");
        return List.of(named.strip().split("\\s*,\\s*", -1));
    }

    private static final class Broker {
        final String rack;
        final boolean takes;
        int leads;
        long bytes;
        long rate;

        Broker(String rack, boolean takes) {
            this.rack = rack;
            this.takes = takes;
        }
    }

    static long weight(Seat seat) {
        return seat.load.bytes() + REPLICA_BYTES;
    }

    private void count(Seat seat, int sign) {
        for (int id : seat.replicas) {
            Broker broker = broker(id);
            broker.bytes += sign * weight(seat);
            broker.rate += sign * seat.load.in();
        }
        Broker leader = broker(seat.leader());
        leader.leads += sign;
        leader.rate += sign * seat.handedOver();
    }

    /// One that is not registered any more may still be named.
    private Broker broker(int id) {
        return brokers.computeIfAbsent(id, _ -> new Broker("", false));
    }

    /// Puts a partition elsewhere; it is not moved again.
    void move(Seat seat, List<Integer> to) {
        count(seat, -1);
        seat.replicas = List.copyOf(to);
        seat.movable = false;
        count(seat, 1);
    }

    /// Lets another replica lead; nothing is copied.
    Move hand(Seat seat, int leader, Move.Goal goal, String why) {
        List<Integer> to = seat.ledBy(leader);
        var move = new Move(seat.name, seat.replicas, to, seat.load.bytes(), goal, why);
        move(seat, to);
        return move;
    }

    int leads(int id) {
        return broker(id).leads;
    }

    long bytes(int id) {
        return broker(id).bytes;
    }

    long rate(int id) {
        return broker(id).rate;
    }

    String rack(int id) {
        return broker(id).rack;
    }

    /// Whether replicas may be put there.
    boolean takes(int id) {
        return broker(id).takes;
    }

    /// Those that bear most first; among equals by id.
    List<Integer> most(ToLongFunction<Integer> what) {
        return brokers.keySet().stream()
                .sorted(Comparator.comparingLong(what).reversed().thenComparing(id -> id))
                .toList();
    }

    List<Integer> least(ToLongFunction<Integer> what) {
        return brokers.keySet().stream()
                .sorted(Comparator.comparingLong(what).thenComparing(id -> id))
                .toList();
    }

    long mean(ToLongFunction<Integer> what) {
        return brokers.keySet().stream().mapToLong(what).sum() / Math.max(1, brokers.size());
    }

    /// In how many racks replicas stand.
    int racks(List<Integer> replicas) {
        Set<String> racks = new HashSet<>();
        replicas.forEach(id -> racks.add(rack(id)));
        return racks.size();
    }

    /// How many racks have a broker that takes replicas.
    int racks() {
        return racks(brokers.keySet().stream().filter(this::takes).toList());
    }

    /// How many partitions each broker leads, and so on, for tests and for people.
    Map<Integer, Long> each(ToLongFunction<Integer> what) {
        var each = new HashMap<Integer, Long>();
        brokers.keySet().forEach(id -> each.put(id, what.applyAsLong(id)));
        return each;
    }
}
