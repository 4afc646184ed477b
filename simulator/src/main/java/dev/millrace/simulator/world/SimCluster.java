package dev.millrace.simulator.world;

import dev.millrace.engine.NodeSettings;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.quorum.QuorumSettings.FirstVoter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// The machines of one run, the roads between them, and what they share. One thread calls everything here.
public final class SimCluster {
    public static final long WALL_MS = 1_700_000_000_000L;
    private static final String CLUSTER_ID = "q1Sh-9_ISia_zwGINzRvyQ";
    private static final int FIRST_SEPARATE_CONTROLLER = 21;

    private final SimWorld world;
    private final ClusterOptions options;
    private final Tale tale;
    private final Tally tally = new Tally();
    private final LostDisks lostDisks = new LostDisks(this);
    private final Roads roads;
    private final Map<Integer, SimMachine> machines = new LinkedHashMap<>();
    private final List<Integer> voters = new ArrayList<>();
    private final Set<SimConnection> connections = new LinkedHashSet<>();
    private final Watch watch;
    private Sent recorder = (_, _, _, _) -> {};
    private long connectionIds;
    private boolean calm;
    private long slowUntilNs;
    private @Nullable String violation;

    public SimCluster(SimWorld world, ClusterOptions options, Tale tale, Watch watch) {
        this.world = world;
        this.options = options;
        this.tale = tale;
        this.watch = watch;
        this.roads = new Roads(world, options.late(), options.breaks());
        for (int i = 0; i < options.controllers(); i++) {
            voters.add(options.combined() ? i + 1 : FIRST_SEPARATE_CONTROLLER + i);
        }
        for (int id = 1; id <= options.brokers(); id++) {
            add(id, true, voters.contains(id));
        }
        for (int voter : voters) {
            if (!machines.containsKey(voter)) {
                add(voter, false, true);
            }
        }
    }

    private SimMachine add(int id, boolean broker, boolean controller) {
        var machine = new SimMachine(this, id, broker, controller);
        machines.put(id, machine);
        return machine;
    }

    /// A broker that was not there before; not started yet.
    public SimMachine addBroker() {
        int id = (int) machines.values().stream().filter(SimMachine::isBroker).count() + 1;
        return add(id, true, false);
    }

    static Uuid directory(int machine, int generation) {
        return new Uuid(0x5EED_0000 + machine, generation);
    }

    NodeSettings settings(SimMachine of, Endpoint controllers) {
        Map<Integer, InetSocketAddress> fixed = new LinkedHashMap<>();
        List<InetSocketAddress> bootstrap = new ArrayList<>();
        List<FirstVoter> first = new ArrayList<>();
        for (int voter : voters) {
            var address =
                    InetSocketAddress.createUnresolved("m" + voter, SimMachine.CONTROLLER_PORT);
            if (options.dynamicVoters()) {
                bootstrap.add(address);
                first.add(
                        new FirstVoter(
                                voter,
                                directory(voter, 1),
                                "m" + voter,
                                SimMachine.CONTROLLER_PORT));
            } else {
                fixed.put(voter, address);
            }
        }
        return new NodeSettings(
                CLUSTER_ID,
                of.id(),
                of.isBroker(),
                of.isController(),
                options.settings(),
                of.isBroker() ? List.of(of.advertised()) : List.of(),
                "rack" + of.id() % 2,
                controllers.listener(),
                controllers,
                fixed,
                bootstrap,
                of.isWiped() ? List.of() : first);
    }

    public SimWorld world() {
        return world;
    }

    public ClusterOptions options() {
        return options;
    }

    public Tale tale() {
        return tale;
    }

    public LostDisks lostDisks() {
        return lostDisks;
    }

    public Tally tally() {
        return tally;
    }

    public Roads roads() {
        return roads;
    }

    Watch watch() {
        return watch;
    }

    public List<SimMachine> machines() {
        return List.copyOf(machines.values());
    }

    public List<SimMachine> brokers() {
        return machines.values().stream().filter(SimMachine::isBroker).toList();
    }

    public @Nullable SimMachine machine(int id) {
        return machines.get(id);
    }

    @Nullable SimMachine at(Peers.Address address) {
        for (SimMachine machine : machines.values()) {
            if (machine.listensAt(address)) {
                return machine;
            }
        }
        return null;
    }

    /// Where messages to that address come among those that leave together.
    int order(Peers.Address address) {
        SimMachine machine = at(address);
        return machine == null ? Integer.MAX_VALUE : machine.id();
    }

    /// The node that leads the quorum, or has led last and may still think so; null when none does.
    public @Nullable SimMachine activeController() {
        SimMachine active = null;
        for (SimMachine machine : machines.values()) {
            if (machine.isController()
                    && machine.runs()
                    && machine.quorumLeader().id() == machine.id()
                    && (active == null
                            || machine.quorumLeader().epoch() > active.quorumLeader().epoch())) {
                active = machine;
            }
        }
        return active;
    }

    // ------------------------------------------------------------------ connections

    long nextConnectionId() {
        return ++connectionIds;
    }

    void opened(SimConnection connection) {
        connections.add(connection);
    }

    void ended(SimConnection connection) {
        connections.remove(connection);
    }

    List<SimConnection> connectionsTo(SimMachine machine) {
        return connections.stream().filter(each -> each.to() == machine).toList();
    }

    /// Breaks some of the connections that there are.
    public void breakConnections(Random chance) {
        for (SimConnection each : List.copyOf(connections)) {
            if (chance.nextInt(3) == 0) {
                each.end();
            }
        }
    }

    /// A client connects to a broker.
    ///
    /// @param inTime what the client has given up is not carried out later
    public SimConnection connect(
            int client, SimMachine broker, boolean inTime, SimConnection.Owner owner) {
        return new SimConnection(this, client, broker, false, inTime, owner);
    }

    void sent(SimConnection connection, byte[] frame) {
        recorder.sent(connection.from(), connection.to(), connection.controllers(), frame);
    }

    void arrived(byte[] frame) {
        recorder.arrived(frame);
    }

    /// Is told of every request that is sent, and when it comes to its machine.
    @FunctionalInterface
    public interface Sent {
        void sent(int from, SimMachine to, boolean controllers, byte[] frame);

        /// @param frame the very one that was sent
        default void arrived(byte[] frame) {}
    }

    public void record(Sent tapped) {
        recorder = tapped;
    }

    /// Sends a frame again, as a connection of its own.
    public void replay(
            int from,
            SimMachine to,
            boolean controllers,
            byte[] frame,
            SimConnection.Answer answer) {
        var connection = new SimConnection(this, from, to, controllers, false, () -> {});
        connection.send(Frames.api(frame), Frames.version(frame), frame, answer);
    }

    // ------------------------------------------------------------------ weather

    /// Syncs take long for a while.
    public void slowSyncs(long ns) {
        slowUntilNs = world.nowNs() + ns;
    }

    /// How long a process stands still for a sync.
    long slowness(Random chance) {
        if (calm) {
            return 0;
        }
        long usual = options.slowSyncNs() == 0 ? 0 : chance.nextLong(options.slowSyncNs());
        return world.nowNs() < slowUntilNs ? usual + chance.nextLong(200_000_000) : usual;
    }

    public void calm() {
        calm = true;
        roads.calm();
    }

    public boolean isCalm() {
        return calm;
    }

    // ------------------------------------------------------------------ rules

    /// A rule is broken. The first one stands; what follows from it is of no interest.
    public void violated(String rule) {
        if (violation == null) {
            violation = rule;
            tale.say(0, () -> "VIOLATION " + rule);
        }
    }

    public @Nullable String violation() {
        return violation;
    }

    void endedByItself(SimMachine machine, Throwable cause) {
        var trace = new StringWriter();
        cause.printStackTrace(new PrintWriter(trace));
        violated("machine " + machine.id() + " has ended by itself: " + trace);
    }
}
