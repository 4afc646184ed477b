package dev.millrace.simulator.run;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.checker.Anomaly;
import dev.millrace.simulator.fault.Admin;
import dev.millrace.simulator.fault.Nemesis;
import dev.millrace.simulator.fault.Zombie;
import dev.millrace.simulator.invariant.ClusterRules;
import dev.millrace.simulator.workload.ClusterBrokers;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.ClusterOptions;
import dev.millrace.simulator.world.Fault;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import dev.millrace.simulator.world.SimWorld;
import dev.millrace.simulator.world.Tale;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One seed: a cluster to which anything may happen for a while, and which is then left in peace.
///
/// ```
/// start:    every machine starts; the topic is made
/// safety:   clients work, faults happen; the rules are checked after every change of metadata and every answer
/// liveness: everything is healed and started. Within a bound of virtual time one controller is active, every partition has a leader
///           and a whole ISR; then every client makes progress; then all come to an end, and everything is read;
///           then others lead, and everything is read again, from its beginning
/// check:    replicas agree; the history of the clients can have been
/// ```
public final class ClusterRun {
    private static final long SECOND = 1_000_000_000;
    private static final int START_SECONDS = 120;
    private static final int REST_SECONDS = 240;
    private static final int PROGRESS_SECONDS = 120;
    private static final int LAG_SECONDS = 30;
    private static final int ADMIN_ID = 100;

    /// More than any sensible run has.
    private static final long MOST_EVENTS = 8_000_000;

    private final long seed;
    private final SimWorld world;
    private final Tale tale;
    private final SimCluster cluster;
    private final ClusterRules rules = new ClusterRules();
    private final ClusterBrokers adminBrokers;
    private final Nemesis nemesis;
    private final OtherLeaders others;
    private final Zombie zombie;
    private final Clients clients;
    private @Nullable Uuid topic;

    private ClusterRun(long seed, ClusterOptions options, boolean told) {
        this.seed = seed;
        this.world = new SimWorld(seed);
        this.tale = new Tale(world, told);
        this.cluster = new SimCluster(world, options, tale, rules);
        rules.watch(cluster);
        this.adminBrokers = new ClusterBrokers(cluster, ADMIN_ID);
        var admin = new Admin(cluster, adminBrokers);
        this.nemesis = new Nemesis(cluster, admin);
        this.others = new OtherLeaders(cluster, admin);
        this.zombie = new Zombie(cluster);
        this.clients = new Clients(cluster, rules);
    }

    /// What a seed stands for.
    public static ClusterOptions options(long seed, ClusterOptions.Limits limits) {
        return ClusterOptions.of(new SimWorld(seed).stream("options"), limits);
    }

    /// As [#options], in a short run (see [ClusterOptions#gate]).
    public static ClusterOptions gate(long seed, ClusterOptions.Limits limits) {
        return options(seed, limits).gate(new SimWorld(seed).stream("gate"));
    }

    public static RunResult of(long seed) {
        return of(seed, options(seed, ClusterOptions.Limits.NONE), false);
    }

    /// @param told whether the story is wanted
    public static RunResult of(long seed, ClusterOptions options, boolean told) {
        return new ClusterRun(seed, options, told).run();
    }

    private RunResult run() {
        try {
            phases();
        } catch (RuntimeException | AssertionError | StackOverflowError e) {
            var trace = new java.io.StringWriter();
            e.printStackTrace(new java.io.PrintWriter(trace));
            cluster.violated("the simulation itself: " + trace);
        }
        Map<String, Integer> counts = new TreeMap<>(cluster.tally().counts());
        counts.put("message held up", cluster.roads().held());
        return new RunResult(
                seed,
                cluster.options(),
                tale.hash(),
                world.nowNs() / 1_000_000,
                world.ran(),
                clients.operations(),
                rules.checks(),
                rules.leaderships(),
                rules.elections(),
                clients.acknowledged(),
                counts,
                cluster.violation(),
                tale.lines());
    }

    private void phases() {
        cluster.machines().forEach(SimMachine::start);
        if (!until(START_SECONDS, "the cluster starts", this::allAreReady)
                || !until(START_SECONDS, "the topic is made", this::topicIsMade)) {
            return;
        }
        world.pace(cluster.options().pace());
        clients.begin(java.util.Objects.requireNonNull(topic));
        nemesis.begin();
        if (cluster.options().faults().contains(Fault.ZOMBIE)) {
            zombie.begin();
        }
        runFor(cluster.options().seconds());
        if (isFine()) {
            tale.tell(0, 8, 0, () -> "PEACE");
            world.pace(1);
            zombie.end();
            nemesis.end();
            liveness();
        }
        check();
    }

    private boolean isFine() {
        return cluster.violation() == null;
    }

    // ------------------------------------------------------------------ start

    private boolean allAreReady() {
        return cluster.activeController() != null
                && cluster.brokers().stream().allMatch(SimMachine::isReady);
    }

    private boolean asked;

    private boolean topicIsMade() {
        if (topic != null) {
            return true;
        }
        if (!asked) {
            asked = true;
            world.schedule(SECOND, () -> asked = false);
            adminBrokers.ask(
                    org.apache.kafka.common.protocol.ApiKeys.CREATE_TOPICS,
                    7,
                    Requests.createTopic(
                            Requests.TOPIC,
                            Requests.PARTITIONS,
                            cluster.options().replicas(),
                            cluster.options().topic()),
                    _ -> {});
        }
        SimMachine active = cluster.activeController();
        MetadataImage image = active == null ? null : active.image();
        TopicImage known = image == null ? null : image.topics().byName(Requests.TOPIC);
        if (known != null) {
            topic = known.id();
        }
        return topic != null;
    }

    // ------------------------------------------------------------------ liveness

    private void liveness() {
        boolean ok = until(REST_SECONDS, "V1 the cluster comes to rest", this::isAtRest);
        if (ok) {
            tale.tell(0, 9, 0, () -> "at rest");
            ok = laggardLeaves();
        }
        if (ok) {
            clients.peace();
            ok =
                    until(
                            PROGRESS_SECONDS + pauses(),
                            "A18 clients make progress",
                            clients::allHaveProgressed);
        }
        if (ok) {
            clients.stop();
            ok = until(PROGRESS_SECONDS, "A18 clients come to an end", clients::areIdle);
        }
        if (ok) {
            // What is late arrives, transactions time out.
            runFor(12);
            ok =
                    until(
                            PROGRESS_SECONDS,
                            "A17 T5 everything is decided and read",
                            clients::haveReadAll);
        }
        if (ok) {
            // A follower may wait for an answer of a leader's former process, that has lost its
            // power,
            // until its patience ends: 30 s; it was dropped meanwhile, and comes back.
            ok = until(REST_SECONDS, "V1 all are in sync at the end", this::isAtRest);
        }
        if (ok) {
            readAgain();
        }
    }

    private void readAgain() {
        boolean ok = until(REST_SECONDS, "V1 others lead, on request", others::lead);
        if (ok) {
            tale.tell(0, 14, 0, () -> "others lead: everything is read again");
            clients.readAgain(java.util.Objects.requireNonNull(topic));
            until(PROGRESS_SECONDS, "A17 everything is read again", clients::haveReadAll);
        }
    }

    /// Seconds: who paused when peace began pauses to the end.
    private int pauses() {
        return (int) cluster.options().pace();
    }

    /// V3: who cannot hear its leader, and nothing else is wrong, leaves the in-sync set, and comes back. Where lag is told soon only.
    private boolean laggardLeaves() {
        SimMachine active = cluster.activeController();
        PartitionImage first = watched(active);
        if (!"2000".equals(cluster.options().settings().get("replica.lag.time.max.ms"))
                || active == null
                || first == null
                || first.leader() == active.id()) {
            return true;
        }
        List<Integer> others = new java.util.ArrayList<>(first.isr());
        others.removeAll(List.of(first.leader(), active.id()));
        if (others.isEmpty()) {
            return true;
        }
        int laggard = others.getFirst();
        tale.tell(0, 13, laggard, () -> "does not hear its leader: " + laggard);
        cluster.roads().close(first.leader(), laggard);
        cluster.roads().close(laggard, first.leader());
        boolean ok =
                until(
                        // It lags once something is written that it has not.
                        LAG_SECONDS + pauses(),
                        "V3 a laggard leaves the ISR",
                        () -> {
                            PartitionImage now = watched(cluster.activeController());
                            return now != null
                                    && (!now.isr().contains(laggard)
                                            || now.leaderEpoch() != first.leaderEpoch());
                        });
        cluster.roads().openAll();
        return ok && until(REST_SECONDS, "V1 the laggard is back", this::isAtRest);
    }

    private @Nullable PartitionImage watched(@Nullable SimMachine by) {
        MetadataImage image = by == null ? null : by.image();
        TopicImage known = image == null ? null : image.topics().byName(Requests.TOPIC);
        return known == null ? null : known.partitions().getFirst();
    }

    private boolean isAtRest() {
        SimMachine active = cluster.activeController();
        if (active == null || !cluster.machines().stream().allMatch(SimMachine::runs)) {
            return false;
        }
        MetadataImage image = active.image();
        if (image == null || !cluster.brokers().stream().allMatch(SimMachine::isReady)) {
            return false;
        }
        for (SimMachine machine : cluster.machines()) {
            MetadataImage other = machine.image();
            if (other == null || other.offset() + 20 < image.offset()) {
                return false;
            }
        }
        return image.cluster().brokers().values().stream().noneMatch(broker -> broker.fenced())
                && image.topics().inNameOrder().stream().allMatch(this::isWhole);
    }

    private boolean isWhole(TopicImage topic) {
        for (int p = 0; p < topic.partitions().size(); p++) {
            PartitionImage now = topic.partitions().get(p);
            if (!isWhole(now) && !cluster.lostDisks().awaits(topic.id(), p, now)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWhole(PartitionImage partition) {
        return partition.hasLeader()
                && partition.isr().size() == partition.replicas().size()
                && partition.adding().isEmpty()
                && partition.removing().isEmpty()
                && (!partition.recovering() || partition.replicas().size() == 1);
    }

    private String state() {
        var text = new StringBuilder(clients.state());
        for (SimMachine machine : cluster.machines()) {
            MetadataImage image = machine.image();
            text.append(
                    "\n  machine %d: runs %s, ready %s, %s, metadata to %d"
                            .formatted(
                                    machine.id(),
                                    machine.runs(),
                                    machine.isReady(),
                                    machine.quorumLeader(),
                                    image == null ? -1 : image.offset()));
        }
        SimMachine active = cluster.activeController();
        MetadataImage image = active == null ? null : active.image();
        if (image != null) {
            image.cluster()
                    .brokers()
                    .values()
                    .forEach(broker ->
                            text.append(
                                    "\n  broker %d: epoch %d, fenced %s"
                                            .formatted(
                                                    broker.id(), broker.epoch(), broker.fenced())));
            image.topics()
                    .inNameOrder()
                    .forEach(each -> {
                        for (int p = 0; p < each.partitions().size(); p++) {
                            if (!isWhole(each.partitions().get(p))
                                    || each.name().equals(Requests.TOPIC)) {
                                text.append(
                                        "\n  %s-%d: %s ends %s"
                                                .formatted(
                                                        each.name(),
                                                        p,
                                                        each.partitions().get(p),
                                                        rules.ends(each, p)));
                            }
                        }
                    });
        }
        return text.toString();
    }

    // ------------------------------------------------------------------ time

    private void runFor(int seconds) {
        long end = world.nowNs() + seconds * SECOND;
        while (world.nowNs() < end && isFine()) {
            step();
        }
    }

    private boolean until(int seconds, String what, BooleanSupplier done) {
        long end = world.nowNs() + seconds * SECOND;
        long look = world.nowNs();
        while (isFine()) {
            if (world.nowNs() >= look) {
                if (done.getAsBoolean()) {
                    return true;
                }
                look = world.nowNs() + SECOND / 20;
            }
            if (world.nowNs() > end) {
                cluster.violated("not within %d s: %s; %s".formatted(seconds, what, state()));
            } else {
                step();
            }
        }
        return false;
    }

    private void step() {
        if (!world.step()) {
            cluster.violated("V2 nothing is left to happen");
        }
        if (world.ran() > MOST_EVENTS) {
            cluster.violated("V2 so many events in a run: " + state());
        }
    }

    // ------------------------------------------------------------------ check

    private void check() {
        boolean drained = isFine();
        if (drained) {
            SimMachine active = cluster.activeController();
            MetadataImage image = active == null ? null : active.image();
            if (image != null) {
                rules.atRest(image);
            }
        }
        List<Anomaly> anomalies = clients.anomalies(drained);
        if (!anomalies.isEmpty()) {
            cluster.violated(
                    "the history of the clients: "
                            + anomalies.subList(0, Math.min(5, anomalies.size())));
        }
    }
}
