package dev.millrace.engine.coordinator.txn;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// One transaction as its client sees it, what the client asked and was told, and what became of its records.
final class SimulatedTransaction {
    private final String name;
    private boolean askedToCommit;
    private boolean toldCommitted;
    private boolean toldAborted;
    private @Nullable Boolean committed;
    private final List<TopicPartition> acknowledged = new ArrayList<>();
    private final List<TopicPartition> committedIn = new ArrayList<>();

    SimulatedTransaction(String name) {
        this.name = name;
    }

    void acknowledged(TopicPartition partition) {
        acknowledged.add(partition);
    }

    boolean isEmpty() {
        return acknowledged.isEmpty();
    }

    void asks(boolean toCommit) {
        askedToCommit |= toCommit;
    }

    void told(boolean toCommit) {
        toldCommitted |= toCommit;
        toldAborted |= !toCommit;
        check();
    }

    /// A marker has ended it in a partition.
    void ended(TopicPartition partition, boolean commit) {
        if (committed != null && committed != commit) {
            throw new AssertionError("T2 " + this + " is both committed and aborted");
        }
        committed = commit;
        if (commit) {
            committedIn.add(partition);
        }
        check();
    }

    private void check() {
        if (isCommitted() && !askedToCommit) {
            throw new AssertionError("T3 " + this + " is committed and nobody asked for it");
        }
        if ((isCommitted() && toldAborted) || (isAborted() && toldCommitted)) {
            throw new AssertionError("T3 " + this + " ended otherwise than its client was told");
        }
    }

    /// At the end: what was promised is there.
    void checkPromises() {
        if (toldCommitted && !committedIn.containsAll(acknowledged)) {
            throw new AssertionError(
                    "T2 %s is committed in %s only, of %s"
                            .formatted(this, committedIn, acknowledged));
        }
    }

    boolean isCommitted() {
        return Boolean.TRUE.equals(committed);
    }

    boolean isAborted() {
        return Boolean.FALSE.equals(committed);
    }

    @Override
    public String toString() {
        return name;
    }
}
