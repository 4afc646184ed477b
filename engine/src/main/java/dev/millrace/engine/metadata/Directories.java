package dev.millrace.engine.metadata;

import java.util.Collection;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.Uuid;

/// Ids that stand for something other than one log directory (KIP-858).
public final class Directories {
    /// The replica was placed before directories were recorded.
    public static final Uuid MIGRATING = DirectoryId.MIGRATING;

    /// The broker has not said yet where it put the replica.
    public static final Uuid UNASSIGNED = DirectoryId.UNASSIGNED;

    /// The replica is on a directory that has failed.
    public static final Uuid LOST = DirectoryId.LOST;

    private Directories() {}

    /// Whether a replica was in a directory of its broker that is none of these: a start and `millrace doctor` judge by it.
    ///
    /// @param assigned where the metadata say that it lies
    /// @param here the directories that can be used
    public static boolean isAway(Uuid assigned, Collection<Uuid> here) {
        boolean wasSaid = !DirectoryId.reserved(assigned) || assigned.equals(LOST);
        return wasSaid && !here.contains(assigned);
    }

    /// Whether a replica in that directory of the broker can be served. One of which the broker has not spoken yet can.
    static boolean online(BrokerImage broker, Uuid directory) {
        return DirectoryId.isOnline(directory, broker.directories().stream().sorted().toList());
    }
}
