package dev.millrace.simulator.fault;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.world.Fault;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Does bad things at random moments. What no replicated system survives, it does not do: while a machine whose disk is gone has not
/// all its data again, no other comes to harm.
public final class Nemesis {
    private static final long SECOND = 1_000_000_000;
    private static final int MOST_BROKERS = 6;
    private static final int LONGEST_PEACE_SECONDS = 30;
    private static final long BYTES_LEFT = 220_000;

    private final SimCluster cluster;
    private final Admin admin;
    private final Random chance;
    private final List<Fault> kinds;
    private boolean over;

    /// The machine whose disk is gone, until it has its data again.
    private @Nullable SimMachine wiped;

    private long wipedAtNs;

    /// Machines that are started again at once.
    private final Set<SimMachine> hasty = new HashSet<>();

    public Nemesis(SimCluster cluster, Admin admin) {
        this.cluster = cluster;
        this.admin = admin;
        this.chance = cluster.world().stream("nemesis");
        this.kinds = new ArrayList<>(cluster.options().faults());
        kinds.remove(Fault.ZOMBIE); // an actor of its own
    }

    public void begin() {
        next();
        cluster.world().schedule(SECOND / 4, this::powerReturns);
    }

    private void next() {
        double mean = cluster.options().faultEverySeconds();
        double seconds = -Math.log(1 - chance.nextDouble()) * mean;
        double most = Math.max(LONGEST_PEACE_SECONDS, 3 * mean);
        cluster.world()
                .schedule(
                        (long) (Math.min(seconds, most) * SECOND),
                        () -> {
                            if (!over && !kinds.isEmpty()) {
                                act(kinds.get(chance.nextInt(kinds.size())));
                                next();
                            }
                        });
    }

    /// Heals everything, for good.
    public void end() {
        over = true;
        cluster.calm();
        for (SimMachine machine : cluster.machines()) {
            machine.disk().limit(Long.MAX_VALUE);
            machine.goOnNow();
            machine.start();
        }
    }

    /// A machine whose process has ended is started again some time.
    private void powerReturns() {
        for (SimMachine machine : cluster.machines()) {
            if (!machine.runs() && (over || hasty.remove(machine) || chance.nextInt(16) == 0)) {
                machine.start();
                stopSoon(machine);
            }
        }
        cluster.world().schedule(SECOND / 4, this::powerReturns);
    }

    /// Some are told to stop before they have come far; not by then who may hold the only copy of what was on a lost disk.
    private void stopSoon(SimMachine machine) {
        if (!over && kinds.contains(Fault.CLEAN_STOP) && chance.nextInt(4) == 0) {
            cluster.world()
                    .schedule(
                            chance.nextLong(2 * SECOND),
                            () -> {
                                int withinMs = chance.nextInt(3_000);
                                if (!over && !isRecovering()) {
                                    cluster.tally().count("stopped soon");
                                    machine.stopCleanly(withinMs);
                                }
                            });
        }
    }

    private SimMachine any() {
        List<SimMachine> machines = cluster.machines();
        return machines.get(chance.nextInt(machines.size()));
    }

    private SimMachine anyBroker() {
        List<SimMachine> brokers = cluster.brokers();
        return brokers.get(chance.nextInt(brokers.size()));
    }

    private void act(Fault fault) {
        if (isRecovering() && isHarmful(fault)) {
            return;
        }
        SimMachine machine = any();
        cluster.tale().tell(machine.id(), 5, fault.name().hashCode(), () -> "NEMESIS " + fault);
        cluster.tally().count(fault.name());
        if (chance.nextInt(3) == 0) {
            hasty.add(machine);
        } else {
            hasty.remove(machine);
        }
        switch (fault) {
            case KILL -> {
                if (chance.nextBoolean()) {
                    machine.kill();
                } else {
                    machine.killWithin(chance.nextInt(60));
                }
            }
            case POWER_LOSS -> machine.losePower(chance.nextInt(3) == 0 ? 0 : chance.nextInt(80));
            case POWER_LOSS_EVERYWHERE ->
                    cluster.machines().forEach(each -> each.losePower(chance.nextInt(4)));
            case CLEAN_STOP -> machine.stopCleanly(2_000 + chance.nextInt(8_000));
            case PAUSE -> machine.pause(chance.nextLong(15 * SECOND));
            case SLOW_SYNC -> cluster.slowSyncs(chance.nextLong(10 * SECOND));
            case DISK_FULL -> fillDisk(anyBroker());
            case WIPE -> wipe(anyBroker());
            case CLOCK_STEP -> machine.stepWallClock(chance.nextInt(-3_600_000, 3_600_000));
            case ISOLATE -> forAWhile(() -> isolate(machine, true, true));
            case ISOLATE_LEADER -> {
                SimMachine active = cluster.activeController();
                forAWhile(() -> isolate(active == null ? machine : active, true, true));
            }
            case ONE_WAY ->
                    forAWhile(() -> {
                        boolean in = chance.nextBoolean();
                        isolate(machine, in, !in);
                    });
            case SPLIT -> forAWhile(() -> split(null));
            case BRIDGE -> forAWhile(() -> split(machine));
            case STORM -> cluster.roads().storm(chance.nextLong(6 * SECOND));
            case CONNECTIONS_BREAK -> cluster.breakConnections(chance);
            case BROKER_ADDED -> {
                if (cluster.brokers().size() < MOST_BROKERS) {
                    cluster.addBroker().start();
                }
            }
            case TOPIC_CREATED -> admin.createTopic();
            case TOPIC_DELETED -> admin.deleteTopic();
            case PARTITIONS_ADDED -> admin.addPartitions();
            case REASSIGNMENT -> admin.reassign();
            case PREFERRED_LEADERS -> {
                if (chance.nextInt(4) == 0) {
                    admin.electPreferred();
                } else {
                    admin.moveLeader();
                }
            }
            case CONFIG_CHANGED -> admin.changeConfig();
            case ZOMBIE -> {}
        }
    }

    /// While data has fewer copies than it should have, what could take another one waits.
    private static boolean isHarmful(Fault fault) {
        return switch (fault) {
            case KILL,
                    POWER_LOSS,
                    POWER_LOSS_EVERYWHERE,
                    CLEAN_STOP,
                    PAUSE,
                    WIPE,
                    DISK_FULL,
                    ISOLATE,
                    ISOLATE_LEADER,
                    ONE_WAY,
                    SPLIT,
                    BRIDGE,
                    STORM,
                    REASSIGNMENT ->
                    true;
            default -> false;
        };
    }

    /// It fills within a second, so that a broker sees it come.
    private void fillDisk(SimMachine machine) {
        long left = BYTES_LEFT + chance.nextLong(100_000);
        machine.disk().announce(left);
        cluster.world()
                .schedule(
                        SECOND * 5 / 4,
                        () -> {
                            if (!over) {
                                machine.disk().limit(left);
                            }
                        });
        cluster.world()
                .schedule(
                        SECOND * 5 / 4 + chance.nextLong(10 * SECOND),
                        () -> machine.disk().limit(Long.MAX_VALUE));
    }

    // ------------------------------------------------------------------ lost disks

    /// Whether somebody who has lost a disk has not got all data again.
    private boolean isRecovering() {
        SimMachine of = wiped;
        if (of == null) {
            return false;
        }
        boolean whole = cluster.world().nowNs() > wipedAtNs + SECOND && of.isReady() && isWhole(of);
        if (whole) {
            wiped = null;
        }
        return !whole;
    }

    private boolean isWhole(SimMachine machine) {
        MetadataImage image = newestImage();
        if (image == null) {
            return false;
        }
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int p = 0; p < topic.partitions().size(); p++) {
                PartitionImage partition = topic.partitions().get(p);
                if (partition.replicas().contains(machine.id())
                        && !partition.isr().contains(machine.id())
                        && !cluster.lostDisks().awaits(topic.id(), p, partition)) {
                    return false;
                }
            }
        }
        return true;
    }

    private @Nullable MetadataImage newestImage() {
        SimMachine active = cluster.activeController();
        return active == null ? null : active.image();
    }

    /// Only where everything that it holds is in sync on another machine that is well, and it does not vote. Who is cut off at that
    /// moment will be taken for dead in a moment, and its copy with it.
    private void wipe(SimMachine machine) {
        MetadataImage image = newestImage();
        if (image == null || machine.isController() || !allAreWell()) {
            return;
        }
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (PartitionImage partition : topic.partitions()) {
                boolean holds = partition.replicas().contains(machine.id());
                boolean elsewhere =
                        partition.isr().containsAll(partition.replicas())
                                && partition.replicas().size() > 1;
                if (holds && !elsewhere) {
                    return;
                }
            }
        }
        cluster.tale().tell(machine.id(), 6, 0, () -> "loses its disk");
        cluster.tally().count("disk lost");
        machine.wipe();
        wiped = machine;
        wipedAtNs = cluster.world().nowNs();
    }

    private boolean allAreWell() {
        return cluster.roads().wereGood(4 * SECOND)
                && cluster.machines().stream()
                        .allMatch(each ->
                                each.isReady() && !each.isStalled() && !each.disk().isDoomed());
    }

    // ------------------------------------------------------------------ roads

    private void forAWhile(Runnable closing) {
        cluster.roads().openAll();
        closing.run();
        cluster.world()
                .schedule(
                        chance.nextLong(20 * SECOND),
                        () -> {
                            if (!over) {
                                cluster.tale().tell(0, 7, 0, () -> "roads are open");
                                cluster.roads().openAll();
                            }
                        });
    }

    private void isolate(SimMachine machine, boolean in, boolean out) {
        cluster.tale().say(machine.id(), () -> "cut off, in %s, out %s".formatted(in, out));
        for (SimMachine other : cluster.machines()) {
            if (other != machine) {
                if (in) {
                    cluster.roads().close(other.id(), machine.id());
                }
                if (out) {
                    cluster.roads().close(machine.id(), other.id());
                }
            }
        }
    }

    /// Two sides, that only the bridge can reach if there is one.
    private void split(@Nullable SimMachine bridge) {
        List<SimMachine> all = cluster.machines();
        int sides = chance.nextInt(1 << all.size());
        cluster.tale().say(0, () -> "split " + Integer.toBinaryString(sides));
        for (int a = 0; a < all.size(); a++) {
            for (int b = 0; b < all.size(); b++) {
                if (all.get(a) != bridge
                        && all.get(b) != bridge
                        && (sides >> a & 1) != (sides >> b & 1)) {
                    cluster.roads().close(all.get(a).id(), all.get(b).id());
                }
            }
        }
    }
}
