package dev.millrace.simulator.quorum;

import dev.millrace.simulator.world.SimWorld;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One seed: a cluster to which anything may happen for some minutes, and which is then left in peace.
///
/// ```
/// safety:   faults, proposals, snapshots, changes of voters; M1..M9 after every event
/// liveness: everything is healed and started; within 180 virtual seconds one leader is known to all, a proposal is
///           committed, and every node has heard it and all that came before
/// ```
final class QuorumRun {
    private static final long SECOND = 1_000_000_000;
    private static final int PEACE_SECONDS = 180;

    /// More than any sensible run has.
    private static final long MOST_EVENTS = 3_000_000;

    /// @param violation the first broken rule; null when there is none
    /// @param story the last events, when they were asked for
    record Result(
            long seed,
            long hash,
            long virtualMs,
            long events,
            int committed,
            int elections,
            int snapshotsWritten,
            int snapshotsLoaded,
            int votersAdded,
            int votersRemoved,
            int changesRefused,
            Map<String, Integer> faults,
            @Nullable String violation,
            List<String> story) {}

    private final SimWorld world;
    private final Options options;
    private final Story story;
    private final Cluster cluster;
    private final Admin admin;
    private final Nemesis nemesis;
    private final Random workload;
    private long proposals;
    private boolean peace;

    private QuorumRun(long seed, boolean told) {
        this.world = new SimWorld(seed);
        this.options = Options.of(world.stream("options"));
        this.story = new Story(world, told);
        this.cluster = new Cluster(world, options, story);
        this.admin = new Admin(cluster);
        this.nemesis = new Nemesis(cluster, admin);
        this.workload = world.stream("workload");
    }

    static Result of(long seed) {
        return new QuorumRun(seed, false).run(seed);
    }

    /// As [#of], with the story of the run.
    static Result told(long seed) {
        return new QuorumRun(seed, true).run(seed);
    }

    private Result run(long seed) {
        cluster.nodes().forEach(SimNode::start);
        world.schedule(SECOND, this::work);
        world.schedule(2 * SECOND, nemesis::begin);
        runFor(options.seconds());
        if (cluster.truth().violation() == null) {
            liveness();
        }
        Map<String, Integer> faults = new TreeMap<>();
        nemesis.done().forEach((fault, count) -> faults.put(fault.name(), count));
        faults.put("message lost", cluster.network().lost);
        faults.put("message twice", cluster.network().twice);
        faults.put("message of a zombie", cluster.network().zombies);
        faults.put("message corrupted", cluster.network().corrupted);
        return new Result(
                seed,
                story.hash(),
                world.nowNs() / 1_000_000,
                world.ran(),
                cluster.truth().committedRecords(),
                cluster.truth().elections(),
                cluster.snapshotsWritten(),
                cluster.snapshotsLoaded(),
                admin.added,
                admin.removed,
                admin.refused,
                faults,
                cluster.truth().violation() == null
                        ? null
                        : cluster.truth().violation() + "\nwith " + options,
                story.lines());
    }

    private void runFor(int seconds) {
        long end = world.nowNs() + seconds * SECOND;
        while (world.nowNs() < end && cluster.truth().violation() == null) {
            world.step();
            if (world.ran() > MOST_EVENTS) {
                cluster.truth().violated("so many events in a run");
            }
        }
    }

    /// Clients and snapshots.
    private void work() {
        if (!peace) {
            SimNode leader = cluster.leader();
            if (leader != null) {
                propose(leader);
            }
        }
        cluster.nodes().forEach(SimNode::maybeSnapshot);
        double seconds = -Math.log(1 - workload.nextDouble()) / options.proposalsPerSecond();
        world.schedule((long) (Math.min(seconds, 10) * SECOND), this::work);
    }

    private long propose(SimNode leader) {
        long id = ++proposals;
        String text = "x".repeat(workload.nextInt(workload.nextInt(8) == 0 ? 400 : 40));
        leader.propose(id, 1 + workload.nextInt(4), text);
        return id;
    }

    private void liveness() {
        peace = true;
        story.tell(0, 6, 0, () -> "PEACE");
        nemesis.end();
        for (int i = 0; i < PEACE_SECONDS && cluster.truth().violation() == null; i++) {
            runFor(1);
            SimNode leader = cluster.leader();
            if (leader != null && isSettled(leader)) {
                long before = cluster.truth().lastCommitted();
                propose(leader);
                runFor(2);
                if (cluster.truth().lastCommitted() > before && isSettled(leader)) {
                    return;
                }
            }
        }
        cluster.truth().violated("liveness: " + state());
    }

    private boolean isSettled(SimNode leader) {
        return cluster.nodes().stream()
                .allMatch(node ->
                        node.runs()
                                && node.leader().equals(leader.leader())
                                && node.heardTo() == cluster.truth().lastCommitted());
    }

    private String state() {
        var text = new StringBuilder("committed to " + cluster.truth().lastCommitted());
        for (SimNode node : cluster.nodes()) {
            LogWatch.Voters voters = node.voters();
            text.append(
                    "\n  n%d at port %d: runs %s, %s, heard to %d, voters %s"
                            .formatted(
                                    node.id,
                                    node.port(),
                                    node.runs(),
                                    node.leader(),
                                    node.heardTo(),
                                    String.valueOf(voters)));
        }
        return text.toString();
    }
}
