package dev.millrace.simulator.quorum;

import dev.millrace.simulator.quorum.Options.Fault;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// Does bad things at random moments. What would leave most voters without their disks, it does not do: no protocol survives that.
final class Nemesis {
    private static final long SECOND = 1_000_000_000;

    private final Cluster cluster;
    private final Admin admin;
    private final Random chance;
    private final List<Fault> kinds;
    private final Map<Fault, Integer> done = new EnumMap<>(Fault.class);
    private boolean over;

    Nemesis(Cluster cluster, Admin admin) {
        this.cluster = cluster;
        this.admin = admin;
        this.chance = cluster.world().stream("nemesis");
        this.kinds = new ArrayList<>(cluster.options().faults());
        kinds.remove(Fault.ZOMBIE);
        if (!cluster.options().dynamic()) {
            kinds.removeAll(
                    List.of(
                            Fault.ADD_VOTER,
                            Fault.REMOVE_VOTER,
                            Fault.REMOVE_LEADER,
                            Fault.WIPE,
                            Fault.BIT_FLIP,
                            Fault.MOVE));
        }
    }

    Map<Fault, Integer> done() {
        return done;
    }

    void begin() {
        next();
        cluster.world().schedule(SECOND / 4, this::powerReturns);
    }

    private void next() {
        double seconds = -Math.log(1 - chance.nextDouble()) * cluster.options().faultEverySeconds();
        cluster.world()
                .schedule(
                        (long) (Math.min(seconds, 60) * SECOND),
                        () -> {
                            if (!over && !kinds.isEmpty()) {
                                act(kinds.get(chance.nextInt(kinds.size())));
                                next();
                            }
                        });
    }

    /// Heals everything, for good.
    void end() {
        over = true;
        cluster.calm();
        for (SimNode node : cluster.nodes()) {
            node.goOnNow();
            restart(node);
        }
        cluster.world().schedule(SECOND, this::powerReturns);
    }

    /// A node that lost its power in the middle of something is started again some time.
    private void powerReturns() {
        for (SimNode node : cluster.nodes()) {
            if (!node.runs() && (over || chance.nextInt(40) == 0)) {
                restart(node);
            }
        }
        cluster.world().schedule(SECOND / 4, this::powerReturns);
    }

    private void restart(SimNode node) {
        if (!node.runs() && !node.start()) {
            // Its log is damaged: it does not vote with it (M9), and comes back as another.
            cluster.truth().check(node.isDamaged(), "a node starts", node.id);
            node.wipe();
            count(Fault.WIPE);
            node.start();
        }
    }

    private void count(Fault fault) {
        done.merge(fault, 1, Integer::sum);
    }

    private SimNode any() {
        List<SimNode> nodes = cluster.nodes();
        return nodes.get(chance.nextInt(nodes.size()));
    }

    private void act(Fault fault) {
        SimNode node = any();
        cluster.story().tell(node.id, fault.name().hashCode(), 0, () -> "NEMESIS " + fault);
        switch (fault) {
            case KILL -> {
                if (chance.nextBoolean()) {
                    node.kill();
                } else {
                    node.killWithin(chance.nextInt(30));
                }
            }
            case POWER_LOSS -> node.losePower(chance.nextInt(3) == 0 ? 0 : chance.nextInt(40));
            case POWER_LOSS_EVERYWHERE ->
                    cluster.nodes().forEach(each -> each.losePower(chance.nextInt(3)));
            case CLEAN_STOP -> node.stopCleanly();
            case PAUSE -> node.pause(chance.nextLong(15 * SECOND));
            case ISOLATE -> forAWhile(() -> isolate(node, true, true));
            case ISOLATE_LEADER -> {
                SimNode leader = cluster.leader();
                forAWhile(() -> isolate(leader == null ? node : leader, true, true));
            }
            case ONE_WAY ->
                    forAWhile(() -> {
                        boolean in = chance.nextBoolean();
                        isolate(node, in, !in);
                    });
            case SPLIT -> forAWhile(this::split);
            case BRIDGE -> forAWhile(() -> bridge(node));
            case STORM -> cluster.network().storm(chance.nextLong(10 * SECOND));
            case CLOCK -> node.moveWallClock(chance.nextInt(-3_600_000, 3_600_000));
            case RESIGN -> {
                SimNode leader = cluster.leader();
                (leader == null ? node : leader).resign();
            }
            case WIPE -> wipe(node);
            case BIT_FLIP -> flip(node);
            case MOVE -> move(node);
            case ADD_VOTER -> admin.add();
            case REMOVE_VOTER -> admin.remove(false);
            case REMOVE_LEADER -> admin.remove(true);
            case ZOMBIE -> {}
        }
        count(fault);
    }

    private void forAWhile(Runnable partition) {
        cluster.network().openAll();
        partition.run();
        cluster.world()
                .schedule(
                        chance.nextLong(40 * SECOND),
                        () -> {
                            cluster.story().tell(0, 5, 0, () -> "roads are open");
                            cluster.network().openAll();
                        });
    }

    private void isolate(SimNode node, boolean in, boolean out) {
        for (SimNode other : cluster.nodes()) {
            if (other != node) {
                if (in) {
                    cluster.network().close(other.id, node.id);
                }
                if (out) {
                    cluster.network().close(node.id, other.id);
                }
            }
        }
    }

    private void split() {
        int sides = chance.nextInt(1 << cluster.nodes().size());
        for (SimNode a : cluster.nodes()) {
            for (SimNode b : cluster.nodes()) {
                if ((sides >> (a.id - 1) & 1) != (sides >> (b.id - 1) & 1)) {
                    cluster.network().close(a.id, b.id);
                }
            }
        }
    }

    /// Two sides that only one node can reach.
    private void bridge(SimNode bridge) {
        int sides = chance.nextInt(1 << cluster.nodes().size());
        for (SimNode a : cluster.nodes()) {
            for (SimNode b : cluster.nodes()) {
                if (a != bridge
                        && b != bridge
                        && (sides >> (a.id - 1) & 1) != (sides >> (b.id - 1) & 1)) {
                    cluster.network().close(a.id, b.id);
                }
            }
        }
    }

    /// Whether most of the voters keep their disks when this one loses its.
    private boolean mayLose(SimNode node) {
        Set<Ballot> voters = cluster.settledVoters();
        if (voters == null || !admin.isQuiet() || voters.size() < 3 || cluster.isOneMoved()) {
            return false;
        }
        Set<Integer> healthy = cluster.healthy(voters);
        int left = healthy.size() - (healthy.contains(node.id) ? 1 : 0);
        return 2 * left > voters.size() && cluster.controllers().stream().allMatch(SimNode::runs);
    }

    private void wipe(SimNode node) {
        if (mayLose(node)) {
            node.wipe();
        }
    }

    private void flip(SimNode node) {
        if (mayLose(node)) {
            node.kill();
            node.flipBit(chance);
            restart(node); // a disk that is lost counts as lost from now on
        }
    }

    /// Only when all others are where the voters' record says they are.
    private void move(SimNode node) {
        LogWatch.Voters voters = cluster.leader() == null ? null : cluster.leader().voters();
        if (voters == null || voters.keys().size() < 3 || cluster.settledVoters() == null) {
            return;
        }
        if (cluster.healthy(voters.keys()).size() < voters.keys().size()) {
            return;
        }
        for (SimNode other : cluster.controllers()) {
            Integer port = voters.ports().get(other.id);
            if (!other.runs() || (port != null && port != other.port())) {
                return;
            }
        }
        node.kill();
        node.move();
    }
}
