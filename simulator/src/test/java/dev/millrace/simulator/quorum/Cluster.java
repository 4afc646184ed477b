package dev.millrace.simulator.quorum;

import dev.millrace.engine.quorum.QuorumSettings;
import dev.millrace.simulator.world.SimWorld;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// The nodes of one run, and what they share.
final class Cluster {
    private final SimWorld world;
    private final Options options;
    private final Story story;
    private final Truth truth = new Truth();
    private final Network network;
    private final List<SimNode> nodes = new ArrayList<>();
    private boolean calm;
    private int snapshotsWritten;
    private int snapshotsLoaded;

    Cluster(SimWorld world, Options options, Story story) {
        this.world = world;
        this.options = options;
        this.story = story;
        this.network = new Network(world, options, story);
        List<QuorumSettings.FirstVoter> first = new ArrayList<>();
        if (options.dynamic()) {
            for (int id = 1; id <= options.voters(); id++) {
                first.add(
                        new QuorumSettings.FirstVoter(
                                id, new Uuid(0x5EED_0000 + id, 1), "n" + id, 9093));
            }
        }
        int controllers = options.voters() + options.spares();
        for (int id = 1; id <= controllers + options.observers(); id++) {
            nodes.add(
                    new SimNode(
                            this,
                            id,
                            id <= controllers,
                            id <= options.voters() ? first : List.of()));
        }
        network.connect(nodes);
    }

    SimWorld world() {
        return world;
    }

    Options options() {
        return options;
    }

    Story story() {
        return story;
    }

    Truth truth() {
        return truth;
    }

    Network network() {
        return network;
    }

    List<SimNode> nodes() {
        return nodes;
    }

    List<SimNode> controllers() {
        return nodes.stream().filter(node -> node.controller).toList();
    }

    Map<Integer, InetSocketAddress> staticVoters() {
        Map<Integer, InetSocketAddress> voters = new LinkedHashMap<>();
        if (!options.dynamic()) {
            for (int id = 1; id <= options.voters(); id++) {
                voters.put(id, InetSocketAddress.createUnresolved("n" + id, 9093));
            }
        }
        return voters;
    }

    /// Where to look for a leader: all controllers, where they listen now.
    List<InetSocketAddress> bootstrapServers() {
        return controllers().stream()
                .map(node -> InetSocketAddress.createUnresolved(node.host(), node.port()))
                .toList();
    }

    boolean isCalm() {
        return calm;
    }

    void calm() {
        calm = true;
        network.calm();
    }

    /// The node that has led last and still may; null when there is none.
    @Nullable SimNode leader() {
        SimNode leader = null;
        for (SimNode node : nodes) {
            if (node.runs()
                    && node.leader().id() == node.id
                    && (leader == null || node.leader().epoch() > leader.leader().epoch())) {
                leader = node;
            }
        }
        return leader;
    }

    /// The voters that all running controllers agree on; null when they do not, or none runs.
    @Nullable Set<Ballot> settledVoters() {
        Set<Ballot> settled = null;
        for (SimNode node : controllers()) {
            if (node.runs()) {
                LogWatch.Voters voters = node.voters();
                Set<Ballot> known = voters == null ? Set.of() : voters.keys();
                if (settled != null && !settled.equals(known)) {
                    return null;
                }
                settled = known;
            }
        }
        return settled;
    }

    /// Whether a controller listens elsewhere than the voters' record says. Who changes voters meanwhile may need the vote of one that
    /// nobody finds.
    boolean isOneMoved() {
        return nodes.stream().anyMatch(this::hasOldAddresses);
    }

    private boolean hasOldAddresses(SimNode of) {
        LogWatch.Voters voters = of.voters();
        return voters != null
                && controllers().stream()
                        .anyMatch(node ->
                                voters.ports().getOrDefault(node.id, node.port()) != node.port());
    }

    /// Of these voters those whose disk is there.
    Set<Integer> healthy(Set<Ballot> voters) {
        Set<Integer> healthy = new TreeSet<>();
        for (SimNode node : nodes) {
            if (voters.contains(node.ballot())) {
                healthy.add(node.id);
            }
        }
        return healthy;
    }

    /// Who could elect a node.
    Set<Ballot> electorate(SimNode node, int epoch) {
        LogWatch.Voters voters = node.votersBefore(epoch);
        if (voters != null) {
            return voters.keys();
        }
        return Set.copyOf(
                nodes.stream().filter(n -> n.id <= options.voters()).map(SimNode::ballot).toList());
    }

    /// A process has ended by itself.
    void stopped(SimNode node, Throwable cause) {
        var trace = new StringWriter();
        cause.printStackTrace(new PrintWriter(trace));
        truth.violated("node " + node.id + " has ended by itself: " + trace);
    }

    void loadedSnapshot() {
        snapshotsLoaded++;
    }

    void wroteSnapshot() {
        snapshotsWritten++;
    }

    int snapshotsLoaded() {
        return snapshotsLoaded;
    }

    int snapshotsWritten() {
        return snapshotsWritten;
    }
}
