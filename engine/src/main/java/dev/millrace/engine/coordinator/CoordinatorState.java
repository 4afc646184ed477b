package dev.millrace.engine.coordinator;

/// The state of one shard. Every method runs in its turn, or before anybody else sees it (replay while loading).
///
/// @param <F> the coordinator's facts
public interface CoordinatorState<F> {
    /// Applies one fact: the only place that changes what is durable, for live requests and for loading alike.
    ///
    /// @param offset of its record
    void replay(F fact, long offset);

    /// Called once, after the log has been replayed to its end: timers may be started now.
    void loaded();
}
