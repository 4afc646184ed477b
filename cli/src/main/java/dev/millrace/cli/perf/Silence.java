package dev.millrace.cli.perf;

/// When a consume test gives up: nothing has come for too long although somebody could read, or nobody has got a partition for a
/// minute.
///
/// @param patienceNs how long nothing may come at any of the consumers
record Silence(Arrivals arrivals, Rebalances rebalances, long patienceNs) {
    private static final long JOIN_PATIENCE_NS = 60_000_000_000L;

    /// Whether it has lasted too long. The time that a group needs to hand out partitions is not silence.
    boolean tooLong(long nowNs) {
        long changedNs = rebalances.changedNs();
        return rebalances.settled()
                ? nowNs - Math.max(changedNs, arrivals.lastNs()) >= patienceNs
                : nowNs - changedNs >= JOIN_PATIENCE_NS;
    }
}
