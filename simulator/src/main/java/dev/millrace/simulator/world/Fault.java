package dev.millrace.simulator.world;

/// What may happen to a cluster.
public enum Fault {
    /// A process ends; what it had written stays in the cache of its machine.
    KILL,
    /// A machine loses power, at any moment or before any operation of its disk.
    POWER_LOSS,
    POWER_LOSS_EVERYWHERE,
    CLEAN_STOP,
    /// A process stands still and goes on.
    PAUSE,
    SLOW_SYNC,
    DISK_FULL,
    /// A machine comes back with an empty disk.
    WIPE,
    CLOCK_STEP,
    ISOLATE,
    ISOLATE_LEADER,
    SPLIT,
    ONE_WAY,
    /// Two sides that only one node can reach.
    BRIDGE,
    /// Every road is slow for a while, and connections break.
    STORM,
    CONNECTIONS_BREAK,
    /// Old messages of peers and clients come again, some with lower epochs.
    ZOMBIE,
    BROKER_ADDED,
    TOPIC_CREATED,
    TOPIC_DELETED,
    PARTITIONS_ADDED,
    REASSIGNMENT,
    PREFERRED_LEADERS,
    CONFIG_CHANGED
}
