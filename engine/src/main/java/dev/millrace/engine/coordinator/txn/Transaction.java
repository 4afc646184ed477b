package dev.millrace.engine.coordinator.txn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One transactional id, and what of it a crash may forget.
final class Transaction {
    private final String id;
    private TransactionState state;

    /// Who wait for the present transaction to be complete, in the order in which they came. Bounded by the requests in flight, and by
    /// [TransactionConfig#PATIENCE_MS].
    private List<Runnable> waiting = List.of();

    private @Nullable Client client;

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

    void await(Runnable woken) {
        if (waiting.isEmpty()) {
            waiting = new ArrayList<>();
        }
        waiting.add(woken);
    }

    void wakeAll() {
        List<Runnable> woken = waiting;
        waiting = List.of();
        woken.forEach(Runnable::run);
    }
}
