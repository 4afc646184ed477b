package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Peers;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AddRaftVoterResponseData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// Who adds and removes voters, as `kafka-metadata-quorum add-controller` and `remove-controller` do.
///
/// A careful operator: never so that most voters are on disks that are gone, and one request at a time.
final class Admin {
    /// No request that was sent before may still be on its way or be carried out.
    private static final long QUIET_NS = 30_000_000_000L;

    private final Cluster cluster;
    private final Random chance;
    private long askedAtNs = -QUIET_NS;
    int added;
    int removed;
    int refused;

    Admin(Cluster cluster) {
        this.cluster = cluster;
        this.chance = cluster.world().stream("admin");
    }

    boolean isQuiet() {
        return cluster.world().nowNs() - askedAtNs >= QUIET_NS;
    }

    private static <T> @Nullable T any(Random chance, java.util.List<T> list) {
        return list.isEmpty() ? null : list.get(chance.nextInt(list.size()));
    }

    void add() {
        Set<Ballot> voters = cluster.settledVoters();
        SimNode leader = cluster.leader();
        if (voters == null || leader == null || !isQuiet() || cluster.isOneMoved()) {
            return;
        }
        SimNode node =
                any(
                        chance,
                        cluster.controllers().stream()
                                .filter(n -> n.runs() && !voters.contains(n.ballot()))
                                .filter(n -> voters.stream().noneMatch(v -> v.node() == n.id))
                                .toList());
        int healthy = cluster.healthy(voters).size() + 1;
        if (node != null && 2 * healthy > voters.size() + 1) {
            var listeners = new AddRaftVoterRequestData.ListenerCollection();
            listeners.add(
                    new AddRaftVoterRequestData.Listener()
                            .setName(SimNode.LISTENER)
                            .setHost(node.host())
                            .setPort(node.port()));
            ask(
                    leader,
                    new AddRaftVoterRequestData()
                            .setClusterId(SimNode.CLUSTER)
                            .setTimeoutMs(20_000)
                            .setVoterId(node.id)
                            .setVoterDirectoryId(node.ballot().directory())
                            .setListeners(listeners)
                            .setAckWhenCommitted(chance.nextBoolean()));
        }
    }

    /// @param theLeader whether the leader is to remove itself
    void remove(boolean theLeader) {
        Set<Ballot> voters = cluster.settledVoters();
        SimNode leader = cluster.leader();
        if (voters == null
                || leader == null
                || !isQuiet()
                || voters.size() < 2
                || cluster.isOneMoved()) {
            return;
        }
        Ballot victim = theLeader ? leader.ballot() : victim(voters);
        Set<Ballot> left = new java.util.HashSet<>(voters);
        left.remove(victim);
        if (victim.equals(leader.ballot()) && 2 * cluster.healthy(left).size() <= voters.size()) {
            return; // docs/quorum.md tells why nobody should
        }
        if (left.size() < voters.size() && 2 * cluster.healthy(left).size() > left.size()) {
            ask(
                    leader,
                    new RemoveRaftVoterRequestData()
                            .setClusterId(SimNode.CLUSTER)
                            .setVoterId(victim.node())
                            .setVoterDirectoryId(victim.directory()));
        }
    }

    /// A voter whose disk is gone first.
    private Ballot victim(Set<Ballot> voters) {
        Set<Integer> healthy = cluster.healthy(voters);
        var sorted = new TreeSet<>(java.util.Comparator.comparingInt(Ballot::node));
        sorted.addAll(voters);
        return sorted.stream()
                .filter(v -> !healthy.contains(v.node()))
                .findFirst()
                .orElseGet(() -> java.util.List.copyOf(sorted).get(chance.nextInt(sorted.size())));
    }

    private void ask(SimNode leader, ApiMessage request) {
        askedAtNs = cluster.world().nowNs();
        short api = request.apiKey();
        short version = ApiKeys.forId(api).latestVersion();
        cluster.story().tell(leader.id, 20 + api, 0, () -> "is asked: " + request);
        cluster.network()
                .ask(
                        Network.OUTSIDE,
                        new Peers.Address(leader.host(), leader.port()),
                        api,
                        version,
                        Wire.bytes(request, version),
                        bytes -> answered(api, version, bytes));
    }

    private void answered(short api, short version, byte @Nullable [] bytes) {
        if (bytes == null) {
            return;
        }
        switch (Wire.response(api, bytes, version)) {
            case AddRaftVoterResponseData response -> {
                cluster.story().tell(0, 30, response.errorCode(), () -> "answer: " + response);
                if (response.errorCode() == 0) {
                    added++;
                } else {
                    refused++;
                }
            }
            case RemoveRaftVoterResponseData response -> {
                cluster.story().tell(0, 31, response.errorCode(), () -> "answer: " + response);
                if (response.errorCode() == 0) {
                    removed++;
                } else {
                    refused++;
                }
            }
            default -> throw new IllegalStateException();
        }
    }
}
