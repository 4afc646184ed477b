package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every bug planted into the controller's decisions about leaders and in-sync sets is caught, and they are not as they are.
class ElectionMutantsTest {
    private static final int SEEDS = 400;
    private static final Ground METADATA =
            new Ground(
                    "dev.millrace.engine.metadata",
                    List.of("dev.millrace.engine.metadata."),
                    "dev.millrace.engine.metadata.ElectionsProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(
                METADATA.bug(
                        "who has lost its log stays eligible",
                        "PartitionChange",
                        "|| id == lost ||",
                        "||"),
                METADATA.bug(
                        "a broker that has crashed is believed",
                        "BrokerLifeDecisions",
                        "if (tellsCleanStop && !clean &&",
                        "if (tellsCleanStop && !clean && false &&"),
                METADATA.bug(
                        "eligible beside an in-sync set that is large enough",
                        "PartitionChange",
                        "if (!countsEligible || isr.size() >= minInSync) {",
                        "if (!countsEligible) {"),
                METADATA.bug(
                        "a fenced broker leads", "PartitionChange", "&& broker.active()\n", "\n"),
                METADATA.bug(
                        "a leader that may lack records does not recover",
                        "PartitionChange",
                        "recovering = true;",
                        ""),
                METADATA.bug(
                        "whoever is alive is elected",
                        "PartitionChange",
                        "            if (mayLead(replica)) {",
                        "            if (isOnline(replica)) {"),
                METADATA.bug(
                        "a replica is dropped in the same leader epoch",
                        "PartitionChange",
                        "} else if (anew || !replicas.containsAll(now.replicas())) {",
                        "} else if (anew) {"),
                METADATA.bug(
                        "a move is done before its target is in sync",
                        "PartitionChange",
                        "inSync.containsAll(fewer ? staying : adding)",
                        "true"),
                METADATA.bug(
                        "an old leader epoch is taken",
                        "InSyncDecisions",
                        "if (asked.leaderEpoch() < now.leaderEpoch()) {",
                        "if (false) {"),
                METADATA.bug(
                        "an old partition epoch is taken",
                        "InSyncDecisions",
                        "if (asked.partitionEpoch() < now.partitionEpoch()) {",
                        "if (false) {"),
                METADATA.bug(
                        "a fenced broker comes in",
                        "InSyncDecisions",
                        "&& broker.active()\n",
                        "\n"),
                METADATA.bug(
                        "a broker that has restarted comes in unseen",
                        "InSyncDecisions",
                        "|| member.brokerEpoch() == broker.epoch()",
                        "|| true"),
                METADATA.bug(
                        "a broker that goes stays in sync",
                        "LeaderElections",
                        "change -> change.without(broker),",
                        "_ -> {},"),
                METADATA.bug(
                        "a broker is unfenced before it has followed",
                        "BrokerLifeDecisions",
                        "|| !caughtUp\n",
                        "\n"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int seeds = mutant.seedsToCatch(SEEDS);
        System.out.printf("caught after %3d seeds: %s%n", seeds, mutant.name());
        assertTrue(seeds > 0, mutant.name() + " survives " + SEEDS + " seeds");
    }

    @Test
    void theDecisionsAsTheyArePass() throws Exception {
        assertEquals(-1, METADATA.asItIs().seedsToCatch(100));
    }
}
