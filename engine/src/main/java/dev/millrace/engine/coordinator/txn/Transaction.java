package dev.millrace.engine.coordinator.txn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One transactional id, and what of it a crash may forget.
final class Transaction {
    private final String id;
    private TransactionState state;

    /// So many are not worth a sweep.
    private static final int FEW = 16;

    /// Who wait for the present transaction to be complete, in the order in which they came. Bounded by twice the requests that are within
    /// [TransactionConfig#PATIENCE_MS], or a few: a transaction may be incomplete for hours, so those that have been answered are swept
    /// out when the list has doubled.
    private List<Waiting> waiting = List.of();

    private int sweepAt = FEW;

    private @Nullable Client client;

    /// A request that wants the transaction to be complete, and gives up at some time.
    interface Waiting {
        void wake();

        boolean isAnswered();
    }

    Transaction(String id, TransactionState state) {
        this.id = id;
        this.state = state;
    }

    String id() {
        return id;
    }

    TransactionState state() {
        return state;
    }

    /// The last client that asked something in its name; null when nobody has since it was loaded.
    @Nullable Client client() {
        return client;
    }

    void replay(TransactionState next) {
        state = next;
    }

    void heardOf(Client from) {
        client = from;
    }

    void await(Waiting request) {
        if (waiting.isEmpty()) {
            waiting = new ArrayList<>();
        }
        if (waiting.size() >= sweepAt) {
            waiting.removeIf(Waiting::isAnswered);
            sweepAt = Math.max(FEW, 2 * waiting.size());
        }
        waiting.add(request);
    }

    void wakeAll() {
        List<Waiting> woken = waiting;
        waiting = List.of();
        sweepAt = FEW;
        woken.forEach(Waiting::wake);
    }

    /// Those that wait, and those that were answered since the last sweep; for tests of the bound.
    int waiting() {
        return waiting.size();
    }
}
