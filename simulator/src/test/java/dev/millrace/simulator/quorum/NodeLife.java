package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Timers;
import dev.millrace.engine.quorum.KraftQuorum;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.world.SimWorld;
import dev.millrace.simulator.world.Stalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// One process of a [SimNode], from its start to its end: a consensus client, and what looks on.
final class NodeLife {
    private static final long WALL_MS = 1_700_000_000_000L;
    private static final long LONGEST_WAIT_MS = 10_000;
    private static final int MOST_STEPS_A_SECOND = 5_000;

    private final SimNode node;
    private final Cluster cluster;
    private final SimWorld world;
    private final Random chance;
    private final NodeEnv env;
    private final Replica replica;
    private final LogWatch watch;
    private final KraftQuorum quorum;
    private final Stalls stalls;
    private final List<Network.Leaving> leaving = new ArrayList<>();
    private long lastHighWatermark = -1;
    private int changesSeen = -1;
    private boolean over;
    private boolean stepDue;
    private int stepsNow;
    private long steppedAtNs;
    private Timers.@Nullable Timer next;

    NodeLife(SimNode node, Cluster cluster, Random chance) throws IOException {
        this.node = node;
        this.cluster = cluster;
        this.world = cluster.world();
        this.stalls = new Stalls(world, this::run);
        this.chance = chance;
        this.watch = new LogWatch(node.id, cluster.truth());
        env =
                new NodeEnv(
                        world, WALL_MS + world.nowNs() / 1_000_000, node.clockRate(), this::enter);
        replica = new Replica(node, cluster.truth());
        quorum =
                KraftQuorum.open(
                        node.settings(),
                        env,
                        cluster.network().peers(node, env, this::leave),
                        node.disk().storage(),
                        this::wake);
        quorum.listen(replica);
        look();
        cluster.truth()
                .check(
                        watch.end() >= node.claimedEnd() || snapshotCovers(),
                        "M4 M9 a restart finds what was told to be on the disk",
                        node.id,
                        watch.end(),
                        node.claimedEnd());
    }

    NodeEnv env() {
        return env;
    }

    KraftQuorum quorum() {
        return quorum;
    }

    Replica replica() {
        return replica;
    }

    LogWatch watch() {
        return watch;
    }

    /// How many operations of the disk there were when the log was looked at.
    int changesSeen() {
        return changesSeen;
    }

    boolean isStalled() {
        return stalls.leftNs() > 0;
    }

    void pause(long ns) {
        stalls.stall(ns);
    }

    void goOnNow() {
        stalls.goOnNow();
    }

    void stop() {
        over = true;
        stalls.end();
        env.end();
    }

    private boolean snapshotCovers() {
        try {
            return node.folder().files().stream()
                    .anyMatch(file ->
                            file.endsWith(".checkpoint")
                                    && Long.parseLong(file.substring(0, 20)) >= node.claimedEnd());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    void leave(Network.Leaving message) {
        leaving.add(message);
    }

    /// There is a reason to step.
    void wake() {
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
                            node.id,
                            quorum.leader());
        } else {
            stepsNow = 0;
        }
        steppedAtNs = world.nowNs();
        int syncs = node.disk().syncs();
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
        int syncs = node.disk().syncs() - syncsBefore;
        long slow = cluster.options().slowSyncNs();
        if (syncs > 0 && slow > 0 && !cluster.isCalm()) {
            stalls.stall(chance.nextLong(slow));
        }
    }

    /// Rules that hold after each step.
    void look() {
        int changes = node.disk().operations().size();
        if (changes != changesSeen) {
            changesSeen = changes;
            watch.refresh(node.folder());
        }
        long highWatermark = quorum.highWatermark();
        cluster.truth()
                .check(
                        highWatermark >= lastHighWatermark,
                        "M2 the high watermark does not go back",
                        node.id,
                        lastHighWatermark,
                        highWatermark);
        lastHighWatermark = highWatermark;
        cluster.truth()
                .check(
                        replica.lastOffset() < Math.max(highWatermark, 0)
                                || replica.lastOffset() < 0,
                        "M2 what is heard is below the high watermark",
                        node.id,
                        replica.lastOffset(),
                        highWatermark);
    }

    // ------------------------------------------------------------------ events

    /// Something happens to this process: now, or when it goes on.
    void enter(Runnable event) {
        if (!over) {
            stalls.enter(event);
        }
    }

    private void run(Runnable event) {
        try {
            event.run();
        } catch (SimCrash lost) {
            // Seen to below.
        } catch (RuntimeException | AssertionError | StackOverflowError failed) {
            if (!node.disk().crashed()) {
                cluster.stopped(node, failed);
            }
        }
        if (node.disk().crashed()) {
            leaving.clear();
            node.end(this);
            return;
        }
        long stallNs = stalls.leftNs();
        leaving.sort(Comparator.comparing(Network.Leaving::to));
        for (Network.Leaving each : leaving) {
            if (stallNs == 0) {
                each.message().run();
            } else {
                world.schedule(stallNs, each.message());
            }
        }
        leaving.clear();
    }
}
