package dev.millrace.simulator.transaction;

import dev.millrace.simulator.checker.Operation;
import dev.millrace.simulator.checker.Operation.Access;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.world.SimWorld;
import java.util.ArrayList;
import java.util.List;

/// What the clients of one run did and saw, in virtual time.
final class History {
    private final SimWorld world;
    private final List<Operation> operations = new ArrayList<>();
    private int processes;
    private long values;

    History(SimWorld world) {
        this.world = world;
    }

    int newProcess() {
        return ++processes;
    }

    long newValue() {
        return ++values;
    }

    List<Operation> operations() {
        return operations;
    }

    Begun begin(int process, Kind kind) {
        return new Begun(process, kind);
    }

    final class Begun {
        private final int process;
        private final Kind kind;
        private final long invokedNs = world.nowNs();
        private final List<Access> accesses = new ArrayList<>();

        private Begun(int process, Kind kind) {
            this.process = process;
            this.kind = kind;
        }

        void touched(Access access) {
            accesses.add(access);
        }

        void ended(Outcome outcome) {
            operations.add(
                    new Operation(process, kind, outcome, invokedNs, world.nowNs(), accesses));
        }
    }
}
