package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.ClusterImage;
import dev.millrace.engine.metadata.Directories;
import dev.millrace.engine.metadata.PartitionImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Which brokers a client can reach, seen from the listener that it came in by, and under which address.
///
/// A broker is alive when it is not fenced and has that listener. Where it advertises no host of its own, the client is told
/// the address that it connected to: a client on the host and one in a container each get one that works. Another broker that advertises
/// none is on the same host, if it can be reached at all, at the port where it listens.
///
/// @param self the broker that is asked: only of itself does it know which address the client reached
record Reachability(ClusterImage cluster, ClientConnection connection, int self) {
    private static final int NOBODY = -1;

    /// For who names no addresses.
    Reachability(ClusterImage cluster, ClientConnection connection) {
        this(cluster, connection, NOBODY);
    }

    /// A host and port to connect to.
    record Address(String host, int port) {}

    /// Alive brokers by id, in order.
    List<BrokerImage> alive() {
        var alive = new ArrayList<BrokerImage>();
        for (BrokerImage broker : cluster.brokers().values()) {
            if (isAlive(broker)) {
                alive.add(broker);
            }
        }
        return alive;
    }

    /// The address to tell, or null when the broker does not have the client's listener.
    @Nullable Address address(BrokerImage broker) {
        Endpoint endpoint = broker.endpoints().get(connection.listener());
        if (endpoint == null) {
            return null;
        }
        String host = endpoint.host();
        if (host != null && !host.isEmpty()) {
            return new Address(host, endpoint.port());
        }
        int port = broker.id() == self ? connection.connectedPort() : endpoint.port();
        return new Address(connection.connectedHost(), port);
    }

    boolean isAlive(int id) {
        BrokerImage broker = cluster.broker(id);
        return broker != null && isAlive(broker);
    }

    private boolean isAlive(BrokerImage broker) {
        return !broker.fenced() && broker.endpoints().containsKey(connection.listener());
    }

    /// True when there is a leader that has the client's listener. As with Kafka a fenced one counts: that a partition is led by
    /// a fenced broker passes as soon as the controller has chosen another.
    boolean leads(PartitionImage partition) {
        BrokerImage leader = cluster.broker(partition.leader());
        return leader != null && leader.endpoints().containsKey(connection.listener());
    }

    /// What keeps a client from the leader; `NONE` when nothing does.
    Errors leaderError(PartitionImage partition) {
        if (leads(partition)) {
            return Errors.NONE;
        }
        // Kafka's distinction: a leader that is registered but not reachable by this listener.
        return cluster.broker(partition.leader()) == null
                ? Errors.LEADER_NOT_AVAILABLE
                : Errors.LISTENER_NOT_FOUND;
    }

    /// Replicas that cannot serve: their broker is gone, or the directory that they are in is (KIP-112, KIP-858).
    List<Integer> offline(PartitionImage partition) {
        List<Integer> offline =
                List.of(); // hardly ever anything else, and asked for every partition
        for (int i = 0; i < partition.replicas().size(); i++) {
            int id = partition.replicas().get(i);
            BrokerImage broker = cluster.broker(id);
            if (broker == null
                    || !isAlive(broker)
                    || !isOnline(broker, partition.directories().get(i))) {
                offline = offline.isEmpty() ? new ArrayList<>() : offline;
                offline.add(id);
            }
        }
        return offline;
    }

    private static boolean isOnline(BrokerImage broker, Uuid directory) {
        return !directory.equals(Directories.LOST)
                && (directory.equals(Directories.UNASSIGNED)
                        || directory.equals(Directories.MIGRATING)
                        || broker.directories().isEmpty()
                        || broker.directories().contains(directory));
    }

    /// The broker to send administrative requests to: the active controller where clients can reach it, otherwise any that is
    /// alive, for it forwards them; -1 when none is.
    int controller(int active) {
        List<BrokerImage> alive = alive();
        return isAlive(active) || alive.isEmpty()
                ? (alive.isEmpty() ? -1 : active)
                : alive.getFirst().id();
    }
}
