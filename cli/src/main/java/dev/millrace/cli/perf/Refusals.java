package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.Explanation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/// Records that were not acknowledged, counted by kind, each kind with the first sentence that came with it.
///
/// **Owner.** Any thread, one at a time.
/// A test gives up after [#IN_A_ROW] refusals without an acknowledgement between them: nothing is learnt from more of them.
public final class Refusals {
    static final int IN_A_ROW = 1_000;

    private final TreeMap<String, Kind> kinds = new TreeMap<>();
    private volatile int inARow;

    /// One kind of refusal.
    ///
    /// @param kind the client's exception without its ending, such as `RecordTooLarge`
    /// @param message what the first of the kind said
    public record Kind(String kind, long records, String message) {
        private Kind plus(Kind other) {
            return new Kind(kind, records + other.records, message);
        }
    }

    synchronized void add(Throwable failure, String address) {
        String name = failure.getClass().getSimpleName().replaceFirst("(?<!Kafka)Exception$", "");
        kinds.merge(name, new Kind(name, 1, Explanation.of(failure, address)), Kind::plus);
        inARow++;
    }

    /// A record was acknowledged.
    void acknowledged() {
        if (inARow != 0) {
            clear();
        }
    }

    private synchronized void clear() {
        inARow = 0;
    }

    /// Whether to give up.
    boolean hopeless() {
        return inARow >= IN_A_ROW;
    }

    /// The kinds, the most frequent first.
    synchronized List<Kind> kinds() {
        var sorted = new ArrayList<>(kinds.values());
        sorted.sort(Comparator.comparingLong(Kind::records).reversed());
        return List.copyOf(sorted);
    }
}
