package dev.millrace.engine.balance;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/// A partition on the board: where it would lie by now.
final class Seat {
    final TopicPartition name;
    final Loads.Load load;
    final List<Integer> from;

    /// False for one that rests, or that this plan has moved already.
    boolean movable;

    List<Integer> replicas;

    /// Whether a copy is known to catch up.
    final boolean copyable;

    Seat(
            TopicPartition name,
            List<Integer> replicas,
            Loads.Load load,
            boolean movable,
            boolean copyable) {
        this.name = name;
        this.load = load;
        this.from = replicas;
        this.replicas = replicas;
        this.movable = movable;
        this.copyable = copyable;
    }

    int leader() {
        return replicas.getFirst();
    }

    /// What its leader bears, of which a follower bears only what comes in.
    long leadRate() {
        return load.out() + load.in() * replicas.size();
    }

    /// By how much a broker is relieved that leads no more, and follows.
    long handedOver() {
        return leadRate() - load.in();
    }

    /// With that broker first, which holds it, and the first in its place.
    List<Integer> ledBy(int broker) {
        var to = new ArrayList<>(replicas);
        to.set(to.indexOf(broker), leader());
        to.set(0, broker);
        return to;
    }

    List<Integer> replaced(int out, int in) {
        var to = new ArrayList<>(replicas);
        to.set(to.indexOf(out), in);
        return to;
    }
}
