package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.quorum.KraftQuorum;
import dev.millrace.engine.quorum.QuorumEngine.Proposal;
import dev.millrace.engine.quorum.QuorumLeader;
import dev.millrace.engine.quorum.QuorumSettings;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// One machine: its disk, its clock, and the process that runs on it, when one does.
final class SimNode {
    static final String LISTENER = "CONTROLLER";
    static final String CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk";
    static final String FOLDER = "__cluster_metadata-0";
    private static final long WALL_MS = 1_700_000_000_000L;
    private static final long LONGEST_WAIT_MS = 10_000;
    private static final int CRC_COVERS_FROM = 21;
    private static final int MOST_STEPS_A_SECOND = 5_000;

    final int id;
    final boolean controller;
    private final Cluster cluster;
    private final SimWorld world;
    private final Random chance;
    private final double clockRate;
    private Uuid directory;
    private int port = 9093;
    private List<QuorumSettings.FirstVoter> firstVoters;
    private SimDisk disk = new SimDisk();
    private @Nullable Life life;
    private int incarnation;
    private boolean killed;
    private boolean damaged;

    /// What this node has told others that it has on its disk.
    private long claimedEnd;

    SimNode(
            Cluster cluster,
            int id,
            boolean controller,
            List<QuorumSettings.FirstVoter> firstVoters) {
        this.cluster = cluster;
        this.world = cluster.world();
        this.id = id;
        this.controller = controller;
        this.chance = world.stream("node " + id);
        this.clockRate = 1 + (chance.nextDouble() - 0.5) / 20;
        this.directory = new Uuid(0x5EED_0000 + id, 1);
        this.firstVoters = firstVoters;
    }

    /// One process.
    private final class Life {
        private final NodeEnv env;
        private final Replica replica;
        private final LogWatch watch = new LogWatch(id, cluster.truth());
        private final KraftQuorum quorum;
        private final ArrayDeque<Runnable> backlog = new ArrayDeque<>();
        private final List<Network.Leaving> leaving = new ArrayList<>();
        private long stalledUntilNs;
        private long lastHighWatermark = -1;
        private int changesSeen = -1;
        private boolean over;
        private boolean stepDue;
        private int stepsNow;
        private long steppedAtNs;
        private Timers.@Nullable Timer next;

        Life() throws IOException {
            env =
                    new NodeEnv(
                            world,
                            WALL_MS + world.nowNs() / 1_000_000,
                            clockRate,
                            event -> enter(this, event));
            replica = new Replica(SimNode.this, cluster.truth());
            quorum =
                    KraftQuorum.open(
                            settings(),
                            env,
                            cluster.network().peers(SimNode.this, env, this::leave),
                            disk.storage(),
                            this::wake);
            quorum.listen(replica);
            look();
            cluster.truth()
                    .check(
                            watch.end() >= claimedEnd || snapshotCovers(),
                            "M4 M9 a restart finds what was told to be on the disk",
                            id,
                            watch.end(),
                            claimedEnd);
        }

        private void stop() {
            over = true;
            backlog.clear();
            env.end();
        }

        private boolean snapshotCovers() {
            try {
                return folder().files().stream()
                        .anyMatch(file ->
                                file.endsWith(".checkpoint")
                                        && Long.parseLong(file.substring(0, 20)) >= claimedEnd);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private void leave(Network.Leaving message) {
            leaving.add(message);
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
            if (steppedAtNs / 1_000_000_000 == world.nowNs() / 1_000_000_000) {
                cluster.truth()
                        .check(
                                ++stepsNow < MOST_STEPS_A_SECOND,
                                "a node does not spin",
                                id,
                                quorum.leader());
            } else {
                stepsNow = 0;
            }
            steppedAtNs = world.nowNs();
            int syncs = disk.syncs();
            long waitMs = quorum.step();
            stall(syncs);
            look();
            if (waitMs == 0) {
                wake();
            } else {
                if (next != null) {
                    next.cancel();
                }
                next = env.later(Math.min(waitMs, LONGEST_WAIT_MS) * 1_000_000, this::wake);
            }
        }

        /// Syncs take their time, in which this node does nothing else.
        private void stall(int syncsBefore) {
            int syncs = disk.syncs() - syncsBefore;
            long slow = cluster.options().slowSyncNs();
            if (syncs > 0 && slow > 0 && !cluster.isCalm()) {
                stalledUntilNs = world.nowNs() + chance.nextLong(slow);
            }
        }

        /// Rules that hold after each step.
        private void look() {
            int changes = disk.operations().size();
            if (changes != changesSeen) {
                changesSeen = changes;
                watch.refresh(folder());
            }
            long highWatermark = quorum.highWatermark();
            cluster.truth()
                    .check(
                            highWatermark >= lastHighWatermark,
                            "M2 the high watermark does not go back",
                            id,
                            lastHighWatermark,
                            highWatermark);
            lastHighWatermark = highWatermark;
            cluster.truth()
                    .check(
                            replica.lastOffset() < Math.max(highWatermark, 0)
                                    || replica.lastOffset() < 0,
                            "M2 what is heard is below the high watermark",
                            id,
                            replica.lastOffset(),
                            highWatermark);
        }
    }

    private QuorumSettings settings() {
        return new QuorumSettings(
                CLUSTER,
                id,
                controller,
                directory,
                LISTENER,
                new Endpoint(LISTENER, SecurityProtocol.PLAINTEXT, host(), port),
                cluster.staticVoters(),
                cluster.bootstrapServers(),
                firstVoters,
                cluster.options().config());
    }

    private Storage folder() {
        try {
            return disk.storage().directory(FOLDER);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    String host() {
        return "n" + id;
    }

    int port() {
        return port;
    }

    Ballot ballot() {
        return new Ballot(id, directory);
    }

    int incarnation() {
        return incarnation;
    }

    boolean runs() {
        return life != null;
    }

    boolean isStalled() {
        return life != null && life.stalledUntilNs > world.nowNs();
    }

    boolean listensAt(Peers.Address address) {
        return life != null
                && controller
                && address.port() == port
                && address.host().equals(host());
    }

    QuorumLeader leader() {
        return life == null ? QuorumLeader.UNKNOWN : life.quorum.leader();
    }

    long heardTo() {
        return life == null ? -1 : life.replica.lastOffset();
    }

    LogWatch.@Nullable Voters voters() {
        return life == null ? null : life.watch.voters();
    }

    LogWatch.@Nullable Voters votersBefore(int epoch) {
        return life == null ? null : life.watch.votersBefore(epoch);
    }

    // ------------------------------------------------------------------ events

    private void enter(Life at, Runnable event) {
        if (at.over) {
            return;
        }
        if (world.nowNs() < at.stalledUntilNs || !at.backlog.isEmpty()) {
            if (at.backlog.isEmpty()) {
                goOnLater(at);
            }
            at.backlog.add(event);
            return;
        }
        run(at, event);
    }

    private void goOnLater(Life at) {
        world.schedule(at.stalledUntilNs - world.nowNs(), () -> goOn(at));
    }

    private void goOn(Life at) {
        while (!at.over && !at.backlog.isEmpty()) {
            if (world.nowNs() < at.stalledUntilNs) {
                goOnLater(at);
                return;
            }
            run(at, at.backlog.poll());
        }
    }

    private void run(Life at, Runnable event) {
        try {
            event.run();
        } catch (SimCrash lost) {
            // Seen to below.
        } catch (RuntimeException | AssertionError | StackOverflowError failed) {
            if (!disk.crashed()) {
                cluster.stopped(this, failed);
            }
        }
        if (disk.crashed()) {
            at.leaving.clear();
            end(at);
            return;
        }
        long stallNs = Math.max(0, at.stalledUntilNs - world.nowNs());
        at.leaving.sort(Comparator.comparing(Network.Leaving::to));
        for (Network.Leaving each : at.leaving) {
            if (stallNs == 0) {
                each.message().run();
            } else {
                world.schedule(stallNs, each.message());
            }
        }
        at.leaving.clear();
    }

    /// The process is gone, by itself or with the power.
    private void end(Life at) {
        at.stop();
        life = null;
        forgetClaim(at);
        disk = killed ? disk.afterKill() : disk.afterCrash(chance);
        killed = false;
    }

    /// What was cut off since it was told of need not be there.
    private void forgetClaim(Life at) {
        List<String> operations = disk.operations();
        boolean cut = false;
        for (int i = at.changesSeen; i < operations.size(); i++) {
            cut |= !operations.get(i).startsWith("append");
        }
        claimedEnd = cut ? 0 : Math.min(claimedEnd, at.watch.end());
    }

    // ------------------------------------------------------------------ what the nemesis does

    /// @return false when the process could not start
    boolean start() {
        incarnation++;
        cluster.story().tell(id, 1, incarnation, () -> "starts at port " + port);
        try {
            life = new Life();
            life.wake();
            return true;
        } catch (SimCrash lost) {
            end0();
            return true;
        } catch (IOException | RuntimeException failed) {
            cluster.story().tell(id, 2, 0, () -> "cannot start: " + failed);
            return false;
        }
    }

    private void end0() {
        life = null;
        disk = disk.afterCrash(chance);
    }

    /// The process ends now; what it had written stays in the cache.
    void kill() {
        Life now = life;
        if (now != null) {
            now.stop();
            life = null;
            forgetClaim(now);
            disk = disk.afterKill();
        }
    }

    /// The power goes, now or before one of the next operations of the disk.
    void losePower(int operations) {
        Life now = life;
        if (now == null) {
            disk = disk.afterCrash(chance);
        } else if (operations == 0) {
            now.stop();
            life = null;
            forgetClaim(now);
            disk = disk.afterCrash(chance);
        } else {
            disk.crashAt(disk.operations().size() + operations);
        }
    }

    /// The process is killed before one of the next operations of the disk.
    void killWithin(int operations) {
        if (life != null) {
            killed = true;
            disk.crashAt(disk.operations().size() + operations);
        }
    }

    void stopCleanly() {
        Life now = life;
        if (now != null) {
            now.stop();
            forgetClaim(now);
            life = null;
            try {
                now.quorum.close();
                disk = disk.afterKill();
            } catch (SimCrash lost) {
                disk = disk.afterCrash(chance);
            }
        }
    }

    /// A new disk: this node is somebody else from now on.
    void wipe() {
        kill();
        disk = new SimDisk();
        directory = new Uuid(0x5EED_0000 + id, directory.getLeastSignificantBits() + 1);
        firstVoters = List.of();
        claimedEnd = 0;
        damaged = false;
    }

    /// Where the next process listens.
    void move() {
        port++;
    }

    void pause(long ns) {
        Life now = life;
        if (now != null) {
            now.stalledUntilNs = Math.max(now.stalledUntilNs, world.nowNs() + ns);
        }
    }

    void goOnNow() {
        Life now = life;
        if (now != null) {
            now.stalledUntilNs = world.nowNs();
            goOn(now);
        }
    }

    void moveWallClock(long ms) {
        if (life != null) {
            life.env.moveWallClock(ms);
        }
    }

    /// One bit of the log flips while nothing runs: within what a batch's checksum covers, and not in the last batch, which could as
    /// well have been torn.
    void flipBit(Random random) {
        List<String> logs = logs();
        if (logs.isEmpty()) {
            return; // it has not begun
        }
        String path = FOLDER + "/" + logs.get(random.nextInt(logs.size()));
        ByteBuffer bytes = ByteBuffer.wrap(disk.bytes(path));
        List<Integer> batches = new ArrayList<>();
        for (int at = 0; at + 12 <= bytes.limit(); at += 12 + bytes.getInt(at + 8)) {
            batches.add(at);
        }
        if (batches.size() > 1) {
            int at = batches.get(random.nextInt(batches.size() - 1));
            int covered = 12 + bytes.getInt(at + 8) - CRC_COVERS_FROM;
            int position = at + CRC_COVERS_FROM + random.nextInt(covered);
            disk.flip(path, position, random.nextInt(8));
            damaged = true;
        }
    }

    private List<String> logs() {
        try {
            return folder().files().stream().filter(name -> name.endsWith(".log")).toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean isDamaged() {
        return damaged;
    }

    void resign() {
        Life now = life;
        if (now != null) {
            enter(
                    now,
                    () -> {
                        QuorumLeader leader = now.quorum.leader();
                        if (leader.id() == id) {
                            now.quorum.resign(leader.epoch());
                        }
                    });
        }
    }

    // ------------------------------------------------------------------ what clients and peers do

    void propose(long proposal, int count, String text) {
        Life now = life;
        if (now != null) {
            enter(
                    now,
                    () -> {
                        QuorumLeader leader = now.quorum.leader();
                        if (now.quorum.propose(
                                        leader.epoch(), Replica.records(proposal, count, text))
                                instanceof Proposal.Accepted(long last)) {
                            cluster.truth()
                                    .proposed(
                                            new Truth.Proposal(proposal, id, leader.epoch(), last));
                            now.quorum.schedule();
                        }
                    });
        }
    }

    void receive(short api, short version, ApiMessage request, Consumer<byte[]> answer) {
        Life now = life;
        if (now == null) {
            return;
        }
        enter(
                now,
                () -> {
                    if (api == org.apache.kafka.common.protocol.ApiKeys.API_VERSIONS.id) {
                        answer.accept(Wire.bytes(Votes.apiVersions(), version));
                        return;
                    }
                    now.quorum
                            .handle(LISTENER, 1, version, request)
                            .whenComplete((response, failure) -> {
                                if (response != null && !disk.crashed()) {
                                    answer(now, request, response, version, answer);
                                }
                            });
                });
    }

    private void answer(
            Life now,
            ApiMessage request,
            ApiMessage response,
            short version,
            Consumer<byte[]> answer) {
        try {
            Votes.answered(cluster.truth(), this, request, response);
            byte[] bytes = Wire.bytes(response, version);
            now.leave(new Network.Leaving("", () -> answer.accept(bytes)));
        } catch (RuntimeException failed) {
            cluster.stopped(this, failed); // the caller would swallow it
        }
    }

    /// A request of this node's goes out.
    void sends(ApiMessage request) {
        if (!disk.crashed()) {
            long end = Votes.sent(cluster.truth(), this, request);
            if (end >= 0 && controller) {
                claimedEnd = end;
            }
        }
    }

    void heardOfLeader(QuorumLeader leader, long heardTo) {
        cluster.story().tell(id, 3, leader.epoch(), () -> "hears of " + leader);
        if (leader.id() == id) {
            cluster.truth().votes(ballot(), leader.epoch(), ballot());
            cluster.truth().leads(this, leader.epoch(), heardTo);
            cluster.truth()
                    .elected(ballot(), leader.epoch(), cluster.electorate(this, leader.epoch()));
        }
    }

    void loadedSnapshot(long lastOffset) {
        cluster.story().tell(id, 4, lastOffset, () -> "loads a snapshot to " + lastOffset);
        cluster.loadedSnapshot();
    }

    /// Writes a snapshot when enough has come since the last.
    void maybeSnapshot() {
        Life now = life;
        if (now != null
                && now.replica.sinceSnapshot() >= cluster.options().snapshotEvery()
                && !isStalled()) {
            enter(
                    now,
                    () -> {
                        Replica replica = now.replica;
                        now.quorum.writeSnapshot(
                                replica.lastOffset(),
                                replica.lastEpoch(),
                                replica.lastAppendedMs(),
                                replica.snapshot());
                        cluster.wroteSnapshot();
                        now.look();
                    });
        }
    }
}
