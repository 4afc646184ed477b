package dev.millrace.engine.balance;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/// One partition that is to lie, or to be led, elsewhere.
///
/// @param to the replicas afterwards, the one that is to lead first
/// @param bytes of one replica
/// @param why one sentence for a person
public record Move(
        TopicPartition partition,
        List<Integer> from,
        List<Integer> to,
        long bytes,
        Goal goal,
        String why) {
    public Move {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }

    /// What a move is good for, the most important first.
    public enum Goal {
        RACKS,
        LEADERS,
        BYTES,
        RATES
    }

    /// What goes over the network.
    long copiedBytes() {
        return copies() ? bytes : 0;
    }

    /// Whether a broker gets a replica that it does not have.
    boolean copies() {
        return !from.containsAll(to);
    }

    /// The whole story in one line.
    public String sentence() {
        String what =
                copies()
                        ? partition + " goes from " + from + " to " + to
                        : partition + " is led by " + to.getFirst() + ", not " + from.getFirst();
        return what + ": " + why;
    }
}
