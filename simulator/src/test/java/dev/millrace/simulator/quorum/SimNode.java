package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.quorum.QuorumEngine.Proposal;
import dev.millrace.engine.quorum.QuorumLeader;
import dev.millrace.engine.quorum.QuorumSettings;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
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
    private @Nullable NodeLife life;
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

    QuorumSettings settings() {
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

    Storage folder() {
        try {
            return disk.storage().directory(FOLDER);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    SimDisk disk() {
        return disk;
    }

    double clockRate() {
        return clockRate;
    }

    /// What it has told others that it has on its disk.
    long claimedEnd() {
        return claimedEnd;
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
        return life != null && life.isStalled();
    }

    boolean listensAt(Peers.Address address) {
        return life != null
                && controller
                && address.port() == port
                && address.host().equals(host());
    }

    QuorumLeader leader() {
        return life == null ? QuorumLeader.UNKNOWN : life.quorum().leader();
    }

    long heardTo() {
        return life == null ? -1 : life.replica().lastOffset();
    }

    LogWatch.@Nullable Voters voters() {
        return life == null ? null : life.watch().voters();
    }

    LogWatch.@Nullable Voters votersBefore(int epoch) {
        return life == null ? null : life.watch().votersBefore(epoch);
    }

    // ------------------------------------------------------------------ its end

    /// The process is gone, by itself or with the power.
    void end(NodeLife at) {
        at.stop();
        life = null;
        forgetClaim(at);
        disk = killed ? disk.afterKill() : disk.afterCrash(chance);
        killed = false;
    }

    /// What was cut off since it was told of need not be there.
    private void forgetClaim(NodeLife at) {
        List<String> operations = disk.operations();
        boolean cut = false;
        for (int i = at.changesSeen(); i < operations.size(); i++) {
            cut |= !operations.get(i).startsWith("append");
        }
        claimedEnd = cut ? 0 : Math.min(claimedEnd, at.watch().end());
    }

    // ------------------------------------------------------------------ what the nemesis does

    /// @return false when the process could not start
    boolean start() {
        incarnation++;
        cluster.story().tell(id, 1, incarnation, () -> "starts at port " + port);
        try {
            var started = new NodeLife(this, cluster, chance);
            life = started;
            started.wake();
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
        NodeLife now = life;
        if (now != null) {
            now.stop();
            life = null;
            forgetClaim(now);
            disk = disk.afterKill();
        }
    }

    /// The power goes, now or before one of the next operations of the disk.
    void losePower(int operations) {
        NodeLife now = life;
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
        NodeLife now = life;
        if (now != null) {
            now.stop();
            forgetClaim(now);
            life = null;
            try {
                now.quorum().close();
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
        NodeLife now = life;
        if (now != null) {
            now.pause(ns);
        }
    }

    void goOnNow() {
        NodeLife now = life;
        if (now != null) {
            now.goOnNow();
        }
    }

    void moveWallClock(long ms) {
        if (life != null) {
            life.env().moveWallClock(ms);
        }
    }

    /// See [LogDamage].
    void flipBit(Random random) {
        damaged |= LogDamage.flipBit(disk, folder(), random);
    }

    boolean isDamaged() {
        return damaged;
    }

    void resign() {
        NodeLife now = life;
        if (now != null) {
            now.enter(() -> {
                QuorumLeader leader = now.quorum().leader();
                if (leader.id() == id) {
                    now.quorum().resign(leader.epoch());
                }
            });
        }
    }

    // ------------------------------------------------------------------ what clients and peers do

    void propose(long proposal, int count, String text) {
        NodeLife now = life;
        if (now != null) {
            now.enter(() -> {
                QuorumLeader leader = now.quorum().leader();
                if (now.quorum().propose(leader.epoch(), Replica.records(proposal, count, text))
                        instanceof Proposal.Accepted(long last)) {
                    cluster.truth()
                            .proposed(new Truth.Proposal(proposal, id, leader.epoch(), last));
                    now.quorum().schedule();
                }
            });
        }
    }

    void receive(short api, short version, ApiMessage request, Consumer<byte[]> answer) {
        NodeLife now = life;
        if (now == null) {
            return;
        }
        now.enter(() -> {
            if (api == org.apache.kafka.common.protocol.ApiKeys.API_VERSIONS.id) {
                answer.accept(Wire.bytes(Votes.apiVersions(), version));
                return;
            }
            now.quorum()
                    .handle(LISTENER, 1, version, request)
                    .whenComplete((response, failure) -> {
                        if (response != null && !disk.crashed()) {
                            answer(now, request, response, version, answer);
                        }
                    });
        });
    }

    private void answer(
            NodeLife now,
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
        NodeLife now = life;
        if (now != null
                && now.replica().sinceSnapshot() >= cluster.options().snapshotEvery()
                && !isStalled()) {
            now.enter(() -> {
                Replica replica = now.replica();
                now.quorum()
                        .writeSnapshot(
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
