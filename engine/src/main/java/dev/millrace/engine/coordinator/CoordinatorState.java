package dev.millrace.engine.coordinator;

/// The state of one shard. Every method runs in its turn, or before anybody else sees it (replay while loading).
///
/// @param <F> the coordinator's facts
public interface CoordinatorState<F> {
    /// The producer of facts that belong to no transaction.
    long NO_PRODUCER = -1;

    /// Applies one fact: the only place that changes what is durable, for live requests and for loading alike.
    ///
    /// @param offset of its record
    /// @param producerId whose transaction the record belongs to: it counts when that is committed; [#NO_PRODUCER] when it
    ///     counts at once
    void replay(F fact, long offset, long producerId);

    /// A producer's transaction has ended: what was replayed for it counts from now on, or never will.
    void replayMarker(long producerId, boolean committed);

    /// Called once, after the log has been replayed to its end: timers may be started now.
    void loaded();
}
