package dev.millrace.simulator.checker;

import dev.millrace.simulator.checker.Operation.Access;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// The history of a run, as its clients live it. Any thread; the operations of one process in its own order.
public final class Recorder {
    private final LongSupplier nowNs;
    private final List<Operation> history = new ArrayList<>();
    private final AtomicInteger processes = new AtomicInteger();
    private final AtomicLong values = new AtomicLong();

    /// @param nowNs a clock that all clients share, real or virtual
    public Recorder(LongSupplier nowNs) {
        this.nowNs = nowNs;
    }

    /// A new client, or a client's new life.
    public int newProcess() {
        return processes.incrementAndGet();
    }

    /// A value that nobody else writes.
    public long newValue() {
        return values.incrementAndGet();
    }

    /// One operation on its way: what it has touched so far.
    public final class Begun {
        private final int process;
        private final Kind kind;
        private final long invokedNs = nowNs.getAsLong();
        private final List<Access> accesses = new ArrayList<>();

        private Begun(int process, Kind kind) {
            this.process = process;
            this.kind = kind;
        }

        public void touched(Access access) {
            accesses.add(access);
        }

        public void ended(Outcome outcome) {
            add(new Operation(process, kind, outcome, invokedNs, nowNs.getAsLong(), accesses));
        }
    }

    public Begun begin(int process, Kind kind) {
        return new Begun(process, kind);
    }

    /// Something that is done with being said.
    public void note(int process, Kind kind) {
        begin(process, kind).ended(Outcome.OK);
    }

    private synchronized void add(Operation operation) {
        history.add(operation);
    }

    public synchronized List<Operation> history() {
        return List.copyOf(history);
    }
}
