package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Bugs planted into what makes brokers a cluster are caught by the simulation of whole clusters: by a short run of the gate's, or by a whole
/// one where none of those has caught it. A seed takes up to some seconds, so that each is met with the first seed that catches it only; `-Dmillrace.cluster.mutants=N` looks for it among the first N.
class ClusterMutantsTest {
    private static final int SEARCH = Integer.getInteger("millrace.cluster.mutants", 0);

    private static final String WHOLE = "dev.millrace.simulator.run.ClusterProbe";

    private static Ground ground(String source) {
        return new Ground(
                source,
                List.of("dev.millrace.engine.", "dev.millrace.simulator."),
                WHOLE + "$Gate");
    }

    private static final Ground REPLICA = ground("dev.millrace.engine.replica");
    private static final Ground ENGINE = ground("dev.millrace.engine");
    private static final Ground METADATA = ground("dev.millrace.engine.metadata");
    private static final Ground COORDINATOR = ground("dev.millrace.engine.coordinator");
    private static final Ground API = ground("dev.millrace.engine.api");

    /// @param seed the first that catches it
    record Planted(int seed, Mutant mutant) {
        @Override
        public String toString() {
            return mutant.toString();
        }
    }

    private static Planted bug(
            Ground ground, int seed, String name, String file, String from, String to) {
        return new Planted(seed, ground.bug(name, file, from, to));
    }

    /// Met by a whole run: no short one has caught it yet.
    private static Planted whole(
            Ground ground, int seed, String name, String file, String from, String to) {
        return bug(new Ground(ground.source(), ground.own(), WHOLE), seed, name, file, from, to);
    }

    static Stream<Planted> planted() {
        return Stream.of(replicas(), nodes(), decisions(), coordinators(), handlers())
                .flatMap(each -> each);
    }

    private static Stream<Planted> replicas() {
        return Stream.of(
                bug(
                        REPLICA,
                        26,
                        "too few in sync are enough",
                        "Followers",
                        "if (role.inSync().size() < role.required(minInSync)) {",
                        "if (role.inSync().isEmpty()) {"),
                bug(
                        REPLICA,
                        2,
                        "a member counts only after its first fetch",
                        "Followers",
                        "if (each.end < reached && (counts",
                        "if (each.end >= 0 && each.end < reached && (counts"),
                bug(
                        REPLICA,
                        2,
                        "who lacks what is committed joins",
                        "Followers",
                        "&& each.end >= Math.max(highWatermark, epochStart)",
                        "&& each.end >= 0"),
                bug(
                        REPLICA,
                        54,
                        "who lacks the beginning of the epoch joins",
                        "Followers",
                        "Math.max(highWatermark, epochStart)",
                        "highWatermark"),
                bug(
                        REPLICA,
                        1,
                        "the high watermark waits for nobody",
                        "Followers",
                        "reached = each.end;",
                        "reached = Math.max(each.end, reached);"),
                bug(
                        REPLICA,
                        3,
                        "nobody lags",
                        "Followers",
                        "return each.end < leaderEnd && nowMs - each.caughtUpMs >= around.lagMs();",
                        "return each.end < 0 && leaderEnd < 0 && nowMs < 0;"),
                bug(
                        REPLICA,
                        41,
                        "what a follower asks for counts where its log departs",
                        "InSyncSet",
                        "if (within && isBeginning(lastFetchedEpoch, offset)) {",
                        "if (isBeginning(lastFetchedEpoch, offset) || within) {"),
                bug(
                        REPLICA,
                        1,
                        "the leader's own log counts before it is flushed",
                        "GroupCommit",
                        "long own = highWatermark.ownEnd();",
                        "long own = held.log().logEnd();"),
                bug(
                        REPLICA,
                        2,
                        "a follower does not hear where the logs depart",
                        "PartitionReads",
                        "if (departs && offset >= held.log().logStart()) {",
                        "if (departs && offset < held.log().logStart()) {"),
                bug(
                        REPLICA,
                        2,
                        "a follower cuts nothing where the logs depart",
                        "Following",
                        "log.truncateTo(to);",
                        ""),
                bug(
                        REPLICA,
                        2,
                        "a follower cuts to where the leader's epoch ends",
                        "Following",
                        "own.epoch() == leaderEnd.epoch()\n",
                        "own.epoch() == leaderEnd.epoch() && false\n"),
                bug(
                        REPLICA,
                        1,
                        "readers see what is not committed",
                        "HighWatermark",
                        "held.log().highWatermark(next);",
                        ""),
                bug(
                        REPLICA,
                        1,
                        "a follower reports what it has not flushed",
                        "GroupCommit",
                        "return commits.await(log.logEnd());",
                        "return COMMITTED;"),
                bug(
                        REPLICA,
                        266,
                        "old epochs are not fenced",
                        "ReplicaRole",
                        "? Errors.FENCED_LEADER_EPOCH",
                        "? Errors.NONE"),
                bug(
                        REPLICA,
                        3,
                        "who joins does not hold the high watermark",
                        "Followers",
                        "if (each.end < reached && (counts(each.id) || isJoining(each, leaderEnd))) {",
                        "if (each.end < reached && role.inSync().contains(each.id)) {"));
    }

    private static Stream<Planted> nodes() {
        return Stream.of(
                whole(
                        ENGINE,
                        10,
                        "a restarted broker leads by old metadata",
                        "SinceRegistered",
                        "} else if (names(change.after())) {",
                        "} else if (change.after() != null) {"));
    }

    private static Stream<Planted> decisions() {
        return Stream.of(
                bug(
                        METADATA,
                        3,
                        "partition epochs are not compared",
                        "InSyncDecisions",
                        "if (asked.partitionEpoch() < now.partitionEpoch()) {",
                        "if (asked.partitionEpoch() < -1) {"),
                bug(
                        METADATA,
                        62,
                        "leader epochs are not compared",
                        "InSyncDecisions",
                        "if (asked.leaderEpoch() < now.leaderEpoch()) {",
                        "if (asked.leaderEpoch() < -1) {"),
                bug(
                        METADATA,
                        2,
                        "a fenced broker joins the in-sync set",
                        "InSyncDecisions",
                        "&& broker.active()\n                && (member",
                        "&& (member"),
                bug(
                        METADATA,
                        10,
                        "the epochs of members are not compared",
                        "InSyncDecisions",
                        "member.brokerEpoch() == ANY_EPOCH || member.brokerEpoch() == broker.epoch()",
                        "member.brokerEpoch() <= broker.epoch()"),
                bug(
                        METADATA,
                        32,
                        "the epoch of who asks is not compared",
                        "InSyncDecisions",
                        "if (broker == null || broker.epoch() != request.brokerEpoch()) {",
                        "if (broker == null) {"),
                bug(
                        METADATA,
                        2,
                        "any replica is elected",
                        "PartitionChange",
                        "return (isr.contains(replica) || (isr.isEmpty() && eligible.contains(replica)))",
                        "return (isr.contains(replica) || replicas.contains(replica))"),
                bug(
                        METADATA,
                        2,
                        "a fenced broker is elected",
                        "PartitionChange",
                        "&& broker.active()\n",
                        ""),
                bug(
                        METADATA,
                        2,
                        "who has lost its log stays eligible",
                        "PartitionChange",
                        "id == lost || ",
                        ""),
                bug(
                        METADATA,
                        2,
                        "eligibility does not end",
                        "PartitionChange",
                        "if (!countsEligible || isr.size() >= minInSync) {",
                        "if (!countsEligible) {"),
                bug(
                        METADATA,
                        3,
                        "a move is done before the new replicas are in sync",
                        "PartitionChange",
                        "inSync.containsAll(fewer ? staying : adding)",
                        "!inSync.isEmpty()"),
                bug(
                        METADATA,
                        2,
                        "a crash counts as a clean stop",
                        "BrokerLifeDecisions",
                        "if (tellsCleanStop && !clean &&",
                        "if (tellsCleanStop && clean &&"),
                bug(
                        METADATA,
                        2,
                        "a broker that is behind the metadata is unfenced",
                        "BrokerLifeDecisions",
                        "|| !caughtUp\n",
                        "|| (!caughtUp && broker.id() < 0)\n"),
                bug(
                        METADATA,
                        10,
                        "the epoch of a heartbeat is not compared",
                        "BrokerLifeDecisions",
                        "if (broker.epoch() != epoch) {",
                        "if (broker.epoch() < epoch) {"),
                bug(
                        METADATA,
                        10,
                        "the epoch of who asks for producer ids is not compared",
                        "ProducerIdDecisions",
                        "if (broker == null || broker.epoch() != brokerEpoch) {",
                        "if (broker == null) {"),
                bug(
                        METADATA,
                        2,
                        "producer ids are given twice",
                        "ProducerIdDecisions",
                        ".setNextProducerId(first + BLOCK_SIZE);",
                        ".setNextProducerId(first + 1);"));
    }

    private static Stream<Planted> coordinators() {
        return Stream.of(
                bug(
                        COORDINATOR,
                        2,
                        "coordinators answer before the commit",
                        "CommitGate",
                        "if (commit.isDone()) {",
                        "if (!commit.isCancelled()) {\n            return CompletableFuture.completedFuture(Errors.NONE);\n        }\n        if (commit.isDone()) {"));
    }

    private static Stream<Planted> handlers() {
        return Stream.of(
                bug(
                        API,
                        63,
                        "an end is told that is not known yet",
                        "ListOffsetsHandler",
                        "? Errors.OFFSET_NOT_AVAILABLE",
                        "? Errors.NONE"));
    }

    @ParameterizedTest
    @MethodSource("planted")
    void isCaught(Planted planted) throws Exception {
        int caught = planted.mutant.seedsToCatch(SEARCH > 0 ? SEARCH : -planted.seed);
        System.out.printf("%s: seed %d%n", planted, caught);
        assertEquals(planted.seed, caught, planted + " is caught by that seed");
    }
}
