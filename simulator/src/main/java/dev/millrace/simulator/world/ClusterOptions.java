package dev.millrace.simulator.world;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// What one seed's cluster is like, and what may happen to it: drawn anew for each, so that rare combinations come up.
///
/// @param brokers at the beginning
/// @param controllers how many voters the quorum has
/// @param combined whether the first brokers are the controllers
/// @param dynamicVoters whether voters are kept in the metadata log (KIP-853)
/// @param replicas the replication factor of the topics
/// @param minInSync `min.insync.replicas`
/// @param flush `millrace.flush`
/// @param partitions of the topic that is watched
/// @param late chance that a message takes much longer than others
/// @param breaks chance that a connection breaks at a message
/// @param clockDrift how far apart clocks run, as a share
/// @param slowSyncNs at most so long takes a sync; the process does nothing else meanwhile
/// @param faultEverySeconds on the average
/// @param seconds before everything is healed
/// @param pace how many times longer clients pause than they do in a run of a minute
/// @param settings of every node, by Kafka's keys
/// @param topic settings of the topic that is watched
public record ClusterOptions(
        int brokers,
        int controllers,
        boolean combined,
        boolean dynamicVoters,
        int replicas,
        int minInSync,
        String flush,
        int partitions,
        double late,
        double breaks,
        double clockDrift,
        long slowSyncNs,
        double faultEverySeconds,
        int seconds,
        double pace,
        Set<Fault> faults,
        Map<String, String> settings,
        Map<String, String> topic) {

    /// What a build can run so far, and what a command asks for.
    ///
    /// @param brokers how many; 0 draws
    /// @param seconds how long; 0 draws
    public record Limits(int brokers, int seconds) {
        public static final Limits NONE = new Limits(0, 0);
    }

    private static final int GATE_LEAST_SECONDS = 3;
    private static final int GATE_MORE_SECONDS = 13;
    private static final double UNHURRIED_FAULTS = 40;
    private static final double UNHURRIED_CLIENTS = 400;

    /// More than one voter works in real processes.
    private static final boolean SEVERAL_VOTERS = true;

    /// Followers follow.
    private static final boolean REPLICATION = true;

    public static ClusterOptions of(Random random, Limits limits) {
        int drawn = pick(random, 1, 2, 3, 3, 3, 4, 5);
        int brokers = limits.brokers > 0 ? limits.brokers : drawn;
        int manyControllers = pick(random, 1, 3, 3);
        boolean combinedDrawn = random.nextBoolean();
        int controllers = SEVERAL_VOTERS ? manyControllers : 1;
        boolean combined =
                combinedDrawn && brokers >= controllers && (SEVERAL_VOTERS || brokers == 1);
        boolean dynamic = random.nextBoolean() && SEVERAL_VOTERS;
        int replicasDrawn = pick(random, 1, 2, 3, 3, 3, 3);
        int replicas = REPLICATION ? Math.min(brokers, replicasDrawn) : 1;
        int minInSync = replicas == 3 ? pick(random, 1, 2, 2, 2) : pick(random, 1, 1, replicas, 1);
        String flush = random.nextInt(4) == 0 ? "os" : "ack";
        var faults = EnumSet.noneOf(Fault.class);
        for (Fault fault : Fault.values()) {
            if (random.nextInt(100) < 45) {
                faults.add(fault);
            }
        }
        // What is in the page cache only is lost with the power; that is what the setting means.
        if (flush.equals("os")) {
            faults.removeAll(List.of(Fault.POWER_LOSS, Fault.POWER_LOSS_EVERYWHERE));
        }
        int secondsDrawn = 15 + random.nextInt(60);
        return new ClusterOptions(
                brokers,
                controllers,
                combined,
                dynamic,
                replicas,
                minInSync,
                flush,
                1 + random.nextInt(4),
                pick(random, 0, 0, 1, 3) / 100.0,
                pick(random, 0, 0, 1, 5) / 1000.0,
                pick(random, 0, 1, 4) / 100.0,
                new long[] {0, 500_000, 10_000_000}[random.nextInt(3)],
                0.5 + random.nextInt(6),
                limits.seconds > 0 ? limits.seconds : secondsDrawn,
                1,
                faults,
                settings(random, replicas, minInSync, flush),
                topic(random, minInSync, flush));
    }

    private static Map<String, String> settings(
            Random random, int replicas, int minInSync, String flush) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("offsets.topic.num.partitions", "" + pick(random, 1, 3));
        settings.put("offsets.topic.replication.factor", "" + replicas);
        settings.put("transaction.state.log.num.partitions", "" + pick(random, 1, 2));
        settings.put("transaction.state.log.replication.factor", "" + replicas);
        settings.put("transaction.state.log.min.isr", "" + minInSync);
        settings.put("min.insync.replicas", "" + minInSync);
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("default.replication.factor", "" + replicas);
        settings.put("millrace.flush", flush);
        settings.put("millrace.disk.reserve.bytes", "200000");
        settings.put("log.flush.offset.checkpoint.interval.ms", pick(random, "2000", "60000"));
        boolean quick = random.nextBoolean();
        settings.put("broker.session.timeout.ms", quick ? "3000" : "9000");
        settings.put("broker.heartbeat.interval.ms", quick ? "500" : "2000");
        settings.put("replica.lag.time.max.ms", pick(random, "2000", "10000", "30000"));
        settings.put("replica.fetch.wait.max.ms", pick(random, "100", "500"));
        settings.put("replica.fetch.max.bytes", pick(random, "500", "1048576"));
        settings.put("metadata.log.segment.bytes", pick(random, "8000", "1073741824"));
        settings.put(
                "metadata.log.max.record.bytes.between.snapshots",
                pick(random, "4000", "20971520"));
        if (random.nextInt(3) == 0) {
            settings.put("controller.quorum.election.timeout.ms", "400");
            settings.put("controller.quorum.fetch.timeout.ms", "800");
            settings.put("controller.quorum.request.timeout.ms", "900");
        }
        return settings;
    }

    private static Map<String, String> topic(Random random, int minInSync, String flush) {
        Map<String, String> topic = new TreeMap<>();
        topic.put("min.insync.replicas", "" + minInSync);
        topic.put("millrace.flush", flush);
        // The smaller ones hold some dozens of batches: logs roll, and sealed segments are flushed,
        // truncated away and fetched.
        topic.put("internal.segment.bytes", pick(random, "3000", "20000", "1073741824"));
        topic.put("retention.ms", "-1");
        // Clocks are set by hours, and clients are not the brokers' clocks.
        topic.put("message.timestamp.after.max.ms", "" + Long.MAX_VALUE);
        return topic;
    }

    private static int pick(Random random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /// Whether a machine may lose what was not flushed.
    public boolean mayLosePower() {
        return faults.contains(Fault.POWER_LOSS) || faults.contains(Fault.POWER_LOSS_EVERYWHERE);
    }

    /// With fewer kinds of faults.
    public ClusterOptions with(Set<Fault> fewer) {
        return with(faultEverySeconds, seconds, pace, fewer, settings);
    }

    /// Over sooner or later.
    public ClusterOptions within(int otherSeconds) {
        return with(faultEverySeconds, otherSeconds, pace, faults, settings);
    }

    /// The same cluster in a short run, for many seeds in a build: some seconds of faults that follow each other twice as fast.
    ///
    /// @param random draws how many seconds
    public ClusterOptions gate(Random random) {
        return with(
                faultEverySeconds / 2,
                GATE_LEAST_SECONDS + random.nextInt(GATE_MORE_SECONDS),
                pace,
                faults,
                settings);
    }

    /// The same cluster over hours in which little happens at a time: what a broker does every five minutes or every hour comes to pass,
    /// and meets faults. Brokers wait for each other as long as they do by default.
    public ClusterOptions over(int hours) {
        var patient = new TreeMap<>(settings);
        patient.keySet()
                .removeAll(
                        List.of(
                                "replica.fetch.wait.max.ms",
                                "broker.heartbeat.interval.ms",
                                "broker.session.timeout.ms"));
        return with(
                faultEverySeconds * UNHURRIED_FAULTS,
                hours * 3_600,
                UNHURRIED_CLIENTS,
                faults,
                patient);
    }

    private ClusterOptions with(
            double everySeconds,
            int otherSeconds,
            double otherPace,
            Set<Fault> otherFaults,
            Map<String, String> otherSettings) {
        return new ClusterOptions(
                brokers,
                controllers,
                combined,
                dynamicVoters,
                replicas,
                minInSync,
                flush,
                partitions,
                late,
                breaks,
                clockDrift,
                slowSyncNs,
                everySeconds,
                otherSeconds,
                otherPace,
                otherFaults,
                otherSettings,
                topic);
    }

    @Override
    public String toString() {
        var words = new ArrayList<String>();
        words.add(brokers + (brokers == 1 ? " broker" : " brokers"));
        words.add(controllers + (combined ? " combined" : " separate") + " controllers");
        words.add(dynamicVoters ? "voters in the log" : "fixed voters");
        words.add("replication factor " + replicas + ", min ISR " + minInSync);
        words.add("flush " + flush);
        words.add(partitions + " partitions");
        words.add("late %.2f, breaks %.3f, drift %.2f".formatted(late, breaks, clockDrift));
        words.add("syncs up to %.1f ms".formatted(slowSyncNs / 1e6));
        words.add(
                "a fault every %.1f s for %d s of %s"
                        .formatted(faultEverySeconds, seconds, faults));
        words.add("nodes " + settings);
        words.add("topic " + topic);
        return String.join("; ", words);
    }
}
