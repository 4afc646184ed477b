package dev.millrace.simulator.compaction;

/// An invariant does not hold.
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String what) {
        super(what);
    }

    static void expect(boolean holds, String what) {
        if (!holds) {
            throw new Violation(what);
        }
    }
}
