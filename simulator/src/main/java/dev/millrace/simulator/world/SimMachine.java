package dev.millrace.simulator.world;

import dev.millrace.engine.Node;
import dev.millrace.engine.NodeSettings;
import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.quorum.QuorumLeader;
import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// One machine: its disk, its clock, and the process that runs on it, when one does: a whole node of the engine.
public final class SimMachine {
    public static final int BROKER_PORT = 9092;
    public static final int CONTROLLER_PORT = 9093;
    private static final String CONTROLLERS = "CONTROLLER";
    private static final long LONGEST_WAIT_MS = 10_000;
    private static final int MOST_STEPS_A_SECOND = 20_000;

    private final SimCluster cluster;
    private final SimWorld world;
    private final int id;
    private final String host;
    private final boolean broker;
    private final boolean controller;
    private final Random chance;
    private final double clockRate;
    private Uuid directory;
    private SimDisk disk = new SimDisk();
    private @Nullable Life life;
    private int incarnation;
    private boolean killed;
    private boolean wiped;

    /// Of the disks that it has lost.
    private final Set<Uuid> formerDirectories = new HashSet<>();

    /// The last process that was ready has ended without closing, and none has closed since that had been registered: the
    /// registration told of the crash, and what closes as that broker epoch has lost nothing since.
    private boolean crashed;

    private long wallStepMs;

    SimMachine(SimCluster cluster, int id, boolean broker, boolean controller) {
        this.cluster = cluster;
        this.world = cluster.world();
        this.id = id;
        this.host = "m" + id;
        this.broker = broker;
        this.controller = controller;
        this.chance = world.stream("machine " + id);
        this.clockRate = 1 + (chance.nextDouble() - 0.5) * cluster.options().clockDrift();
        this.directory = SimCluster.directory(id, 1);
        disk.keepNoWords();
    }

    // ------------------------------------------------------------------ one process

    /// One process, from its start to its end.
    final class Life {
        private record Leaving(int to, Runnable message) {}

        private final MachineEnv env;
        private final PeerDoor peers;
        private final Stalls stalls = new Stalls(world, this::run);
        private final List<Leaving> leaving = new ArrayList<>();
        private final Node node;
        private boolean over;
        private boolean running;
        private boolean stepDue;
        private int stepsNow;
        private long stepsSecond;
        private Timers.@Nullable Timer next;
        private @Nullable MetadataImage seen;

        Life() throws IOException {
            env =
                    new MachineEnv(
                            world,
                            world.stream("life %d of machine %d".formatted(incarnation, id)),
                            SimCluster.WALL_MS + world.nowNs() / 1_000_000 + wallStepMs,
                            clockRate,
                            this::enter);
            peers = new PeerDoor(cluster, SimMachine.this, this);
            var data = new LogDirectory(directory, "data", disk.storage());
            node =
                    Node.open(
                            settings(),
                            env,
                            peers,
                            broker ? List.of(data) : List.of(),
                            data,
                            this::wake);
        }

        MachineEnv env() {
            return env;
        }

        boolean isOver() {
            return over;
        }

        /// There is a reason to step.
        private void wake() {
            if (!stepDue) {
                stepDue = true;
                env.later(chance.nextLong(20_000), this::step);
            }
        }

        private void step() {
            stepDue = false;
            long second = world.nowNs() / 1_000_000_000;
            stepsNow = second == stepsSecond ? stepsNow + 1 : 0;
            stepsSecond = second;
            if (stepsNow > MOST_STEPS_A_SECOND) {
                cluster.violated("V2 machine %d spins".formatted(id));
            }
            long waitMs = node.step();
            if (waitMs == 0) {
                wake();
            } else {
                if (next != null) {
                    next.cancel();
                }
                next = env.later(Math.min(waitMs, LONGEST_WAIT_MS) * 1_000_000, this::wake);
            }
        }

        /// Something happens to this process: now, or when it goes on.
        void enter(Runnable event) {
            if (over) {
                return;
            }
            if (running) {
                world.schedule(0, () -> enter(event));
            } else {
                stalls.enter(event);
            }
        }

        /// As a worker or a waiting connection does it.
        void work(Runnable work) {
            env.later(chance.nextLong(200_000), work);
        }

        private void run(Runnable event) {
            int syncs = disk.syncs();
            running = true;
            try {
                event.run();
            } catch (SimCrash lost) {
                // Seen to below.
            } catch (RuntimeException | AssertionError | StackOverflowError failed) {
                if (!disk.crashed()) {
                    cluster.endedByItself(SimMachine.this, failed);
                }
            } finally {
                running = false;
            }
            if (disk.crashed()) {
                leaving.clear();
                end(this);
                return;
            }
            if (disk.syncs() > syncs) {
                stalls.stall(cluster.slowness(chance));
            }
            MetadataImage now = node.image();
            MetadataImage before = seen;
            if (before == null || now.offset() != before.offset()) {
                seen = now;
                cluster.watch().imageChanged(SimMachine.this, before, now);
            }
            depart();
        }

        /// The consensus client sends to all voters in the order of a set, which is another one in each JVM: those that leave
        /// together are put in order.
        private void depart() {
            if (leaving.size() > 1) {
                leaving.sort(Comparator.comparingInt(Leaving::to));
            }
            long stallNs = stalls.leftNs();
            for (Leaving each : List.copyOf(leaving)) {
                if (stallNs == 0) {
                    each.message.run();
                } else {
                    world.schedule(stallNs, each.message);
                }
            }
            leaving.clear();
        }

        /// Leaves this process when what it is doing is done.
        void leave(int to, Runnable message) {
            if (running) {
                leaving.add(new Leaving(to, message));
            } else {
                message.run();
            }
        }
    }

    private NodeSettings settings() {
        return cluster.settings(
                this,
                new Endpoint(CONTROLLERS, SecurityProtocol.PLAINTEXT, host(), CONTROLLER_PORT));
    }

    Endpoint advertised() {
        return new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, host(), BROKER_PORT);
    }

    // ------------------------------------------------------------------ what it is

    public int id() {
        return id;
    }

    String host() {
        return host;
    }

    public boolean isBroker() {
        return broker;
    }

    public boolean isController() {
        return controller;
    }

    Uuid directoryId() {
        return directory;
    }

    /// Whether its disk is not the first one.
    public boolean isWiped() {
        return wiped;
    }

    /// Whether that is the log directory of a disk that it has lost.
    boolean hadDirectory(Uuid id) {
        return formerDirectories.contains(id);
    }

    /// Whether it may have lost what was not flushed since it was last ready: its disk says nothing else.
    public boolean hasCrashed() {
        return crashed;
    }

    public SimDisk disk() {
        return disk;
    }

    public boolean runs() {
        return life != null;
    }

    /// Which process it is, counted from 1.
    public int incarnation() {
        return incarnation;
    }

    public boolean isStalled() {
        return life != null && life.stalls.leftNs() > 0;
    }

    /// Whether it serves.
    public boolean isReady() {
        return life != null && isReady(life);
    }

    private static boolean isReady(Life at) {
        return at.node.ready().toCompletableFuture().isDone();
    }

    public QuorumLeader quorumLeader() {
        return life == null ? QuorumLeader.UNKNOWN : life.node.quorumLeader();
    }

    /// Whether metadata name the process that runs as their broker: what is older than its registration it reads and does not act
    /// upon.
    public boolean isNamedBy(MetadataImage now) {
        Life at = life;
        BrokerImage known = now.cluster().broker(id);
        return at != null && known != null && known.incarnation().equals(at.node.incarnation());
    }

    /// What it knows of the cluster; null when it does not run.
    public @Nullable MetadataImage image() {
        return life == null ? null : life.node.image();
    }

    boolean isControllersAt(Peers.Address address) {
        return controller && address.port() == CONTROLLER_PORT;
    }

    boolean listensAt(Peers.Address address) {
        return address.host().equals(host())
                && ((broker && address.port() == BROKER_PORT) || isControllersAt(address));
    }

    // ------------------------------------------------------------------ connections

    /// Null when nobody listens.
    @Nullable Served accept(SimConnection connection) {
        Life now = life;
        if (now == null || (!connection.controllers() && !isReady(now))) {
            return null;
        }
        Router router = connection.controllers() ? now.node.controllerRouter() : now.node.router();
        return new Served(this, now, connection, router, client(connection));
    }

    private ClientConnection client(SimConnection connection) {
        return new ClientConnection(
                cluster.nextConnectionId(),
                connection.controllers() ? CONTROLLERS : "PLAINTEXT",
                SecurityProtocol.PLAINTEXT,
                "10.0.0." + connection.from(),
                host(),
                connection.controllers() ? CONTROLLER_PORT : BROKER_PORT,
                KafkaPrincipal.ANONYMOUS);
    }

    void answers(Router.Call call, ApiMessage response) {
        cluster.watch().answers(this, call, response);
    }

    // ------------------------------------------------------------------ what is done to it

    /// Starts a process; it serves once it is registered.
    public void start() {
        if (life != null) {
            return;
        }
        incarnation++;
        cluster.tale().tell(id, 1, incarnation, () -> "starts");
        try {
            var started = new Life();
            life = started;
            started.node.ready().whenComplete((epoch, failure) -> ready(epoch, failure));
            started.wake();
        } catch (SimCrash lost) {
            life = null;
            disk = killed ? disk.afterKill() : disk.afterCrash(chance);
            killed = false;
        } catch (IOException | RuntimeException failed) {
            if (disk.crashed()) {
                disk = killed ? disk.afterKill() : disk.afterCrash(chance);
                killed = false;
            } else {
                cluster.endedByItself(this, failed);
            }
        }
    }

    private void ready(@Nullable Long epoch, @Nullable Throwable failure) {
        if (failure != null) {
            cluster.endedByItself(this, failure);
        } else {
            cluster.tale().say(id, () -> "is ready, broker epoch " + epoch);
        }
    }

    private void end(Life at) {
        boolean wasKilled = killed;
        cluster.tale()
                .tell(
                        id,
                        2,
                        incarnation,
                        () -> wasKilled ? "is killed in the middle" : "loses power in the middle");
        gone(at, killed);
        disk = killed ? disk.afterKill() : disk.afterCrash(chance);
        killed = false;
    }

    /// @param says whether the machine goes on and tells the others
    private void gone(Life at, boolean says) {
        crashed |= isReady(at);
        at.over = true;
        at.stalls.end();
        life = null;
        at.peers.close();
        if (says) {
            cluster.connectionsTo(this).forEach(SimConnection::reset);
        }
    }

    /// The process ends now; what it had written stays in the cache.
    public void kill() {
        Life now = life;
        if (now != null) {
            gone(now, true);
            disk = disk.afterKill();
        }
    }

    /// The process is killed before one of the next operations of the disk.
    public void killWithin(int operations) {
        if (life != null) {
            killed = true;
            disk.crashAt(disk.changes() + operations);
        }
    }

    /// The power goes, now or before one of the next operations of the disk.
    public void losePower(int operations) {
        Life now = life;
        if (now == null) {
            disk = disk.afterCrash(chance);
        } else if (operations == 0) {
            gone(now, false);
            disk = disk.afterCrash(chance);
        } else {
            killed = false;
            disk.crashAt(disk.changes() + operations);
        }
    }

    /// Asks for leave, as on SIGTERM, and ends when it has it.
    public void stopCleanly(long withinMs) {
        Life now = life;
        if (now != null) {
            now.enter(() -> {
                var _ =
                        now.node
                                .leave(withinMs)
                                .whenComplete((_, _) -> world.schedule(0, () -> closed(now)));
            });
        }
    }

    private void closed(Life at) {
        if (at.over) {
            return;
        }
        cluster.tale().tell(id, 3, incarnation, () -> "stops");
        boolean crashedBefore = crashed;
        boolean leavesItsEpoch = isReady(at) || isNamedBy(at.node.image());
        gone(at, true);
        try {
            at.node.close();
            disk = disk.afterKill();
            crashed = !leavesItsEpoch && crashedBefore;
        } catch (RuntimeException failed) {
            if (!disk.crashed()) {
                cluster.endedByItself(this, failed);
            }
            disk = killed ? disk.afterKill() : disk.afterCrash(chance);
            killed = false;
            crashed = !saysCleanlyStopped() || (!leavesItsEpoch && crashedBefore);
        }
    }

    /// It ended amid the stop, but after all logs were closed, or left as they were found: what says so is the last thing about them that
    /// is written.
    private boolean saysCleanlyStopped() {
        try {
            return LogCheckpoints.cleanShutdownEpoch(disk.storage()) >= 0;
        } catch (IOException unreadable) {
            return false;
        }
    }

    /// A new disk: to the quorum and to the partitions it is somebody else from now on.
    public void wipe() {
        kill();
        formerDirectories.add(directory);
        disk = new SimDisk();
        disk.keepNoWords();
        directory = SimCluster.directory(id, (int) directory.getLeastSignificantBits() + 1);
        wiped = true;
    }

    public void pause(long ns) {
        Life now = life;
        if (now != null) {
            now.stalls.stall(ns);
        }
    }

    /// Nothing holds it up any more.
    public void goOnNow() {
        Life now = life;
        if (now != null) {
            now.stalls.goOnNow();
        }
    }

    public void stepWallClock(long ms) {
        wallStepMs += ms;
        if (life != null) {
            life.env.stepWallClock(ms);
        }
    }
}
