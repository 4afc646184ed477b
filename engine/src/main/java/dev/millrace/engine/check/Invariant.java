package dev.millrace.engine.check;

/// The one way our own code says "this cannot be". Always on, in production too: a crash loses time, a wrong
/// offset loses data. A client's mistake is never an invariant: it gets an error code.
public final class Invariant {
    private Invariant() {}

    /// Thrown when a rule of ours is broken; the host stops the process (broker) or the run (simulator).
    public static final class Broken extends IllegalStateException {
        Broken(String rule) {
            super("invariant broken: " + rule);
        }
    }

    /// @param rule what holds, stated positively, with its number where it has one ("R10 logStart <= lastStable")
    public static void check(boolean holds, String rule) {
        if (!holds) {
            throw new Broken(rule);
        }
    }

    /// As [#check(boolean, String)], with two figures that say how far off it is; the message is built only on failure.
    public static void check(boolean holds, String rule, long left, long right) {
        if (!holds) {
            throw new Broken(rule + " (" + left + ", " + right + ")");
        }
    }

    /// For a branch that cannot be reached.
    public static Broken unreachable(String rule) {
        return new Broken(rule);
    }
}
