package dev.millrace.engine.coordinator;

/// A life of a coordinator that one seed decides. What must hold is checked after every step.
///
/// Errors: an `AssertionError` that begins with the invariant and ends with what happened last.
public interface Simulation {
    /// Steps, with faults in between.
    void run();

    /// No more faults: what then must come to be, does.
    void settle();

    /// All that has happened, a line each.
    String trace();

    /// How often that came about which the simulation is for.
    int events();

    default void runAll() {
        run();
        settle();
    }
}
