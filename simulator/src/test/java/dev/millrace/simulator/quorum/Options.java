package dev.millrace.simulator.quorum;

import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// What one seed's cluster is like, and what may happen to it: drawn anew for each, so that rare combinations come up.
///
/// @param voters of the new cluster
/// @param spares controllers that are not among them
/// @param observers brokers that only follow
/// @param dynamic voters are kept in the log and may change (KIP-853); otherwise they are fixed
/// @param loss chance that a message is lost
/// @param duplicate chance that a request comes twice
/// @param late chance that a message is much later than others
/// @param slowSyncNs at most so long takes a sync; the node does nothing else meanwhile
/// @param snapshotEvery records between two snapshots of a node
/// @param seconds before everything is healed
record Options(
        int voters,
        int spares,
        int observers,
        boolean dynamic,
        double loss,
        double duplicate,
        double late,
        double corrupt,
        long slowSyncNs,
        int snapshotEvery,
        double proposalsPerSecond,
        double faultEverySeconds,
        int seconds,
        Set<Fault> faults,
        Map<String, String> config) {
    /// What may happen.
    enum Fault {
        KILL,
        POWER_LOSS,
        POWER_LOSS_EVERYWHERE,
        CLEAN_STOP,
        PAUSE,
        ISOLATE,
        ISOLATE_LEADER,
        SPLIT,
        ONE_WAY,
        BRIDGE,
        STORM,
        CLOCK,
        RESIGN,
        WIPE,
        BIT_FLIP,
        MOVE,
        ADD_VOTER,
        REMOVE_VOTER,
        REMOVE_LEADER,
        ZOMBIE
    }

    static Options of(Random random) {
        var faults = EnumSet.noneOf(Fault.class);
        for (Fault fault : Fault.values()) {
            if (random.nextInt(100) < 60) {
                faults.add(fault);
            }
        }
        Map<String, String> config = new TreeMap<>();
        config.put("metadata.log.segment.bytes", pick(random, "1500", "4000", "20000"));
        config.put("controller.quorum.fetch.max.bytes", pick(random, "400", "2000", "1048576"));
        config.put(
                "controller.quorum.fetch.snapshot.max.bytes",
                pick(random, "200", "700", "1048576"));
        config.put("controller.quorum.auto.join.enable", pick(random, "true", "false"));
        config.put("controller.quorum.append.linger.ms", pick(random, "0", "0", "25"));
        if (random.nextInt(3) == 0) {
            config.put("controller.quorum.election.timeout.ms", "300");
            config.put("controller.quorum.fetch.timeout.ms", "600");
            config.put("controller.quorum.request.timeout.ms", "700");
        }
        int voters = new int[] {1, 3, 3, 5, 5}[random.nextInt(5)];
        boolean dynamic = random.nextInt(100) < 80;
        return new Options(
                voters,
                dynamic ? random.nextInt(3) : 0,
                random.nextInt(2),
                dynamic,
                new double[] {0, 0, 0.01, 0.05, 0.1}[random.nextInt(5)],
                new double[] {0, 0.02, 0.1}[random.nextInt(3)],
                new double[] {0, 0.01, 0.05}[random.nextInt(3)],
                new double[] {0, 0, 0.02}[random.nextInt(3)],
                new long[] {0, 500_000, 20_000_000}[random.nextInt(3)],
                10 + random.nextInt(60),
                0.5 + random.nextInt(5),
                1 + random.nextInt(8),
                120 + random.nextInt(240),
                faults,
                config);
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    boolean autoJoin() {
        return Boolean.parseBoolean(config.get("controller.quorum.auto.join.enable"));
    }
}
