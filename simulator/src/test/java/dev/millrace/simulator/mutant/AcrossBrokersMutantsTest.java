package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every bug planted into what goes from broker to broker (leaderships of coordinators, markers, questions) is caught by one of its tests, and what
/// is there is not.
class AcrossBrokersMutantsTest {
    private static final int ALL_TESTS = Integer.MAX_VALUE;
    private static final Ground GROUND =
            new Ground(
                    "dev.millrace.engine",
                    List.of("dev.millrace.engine."),
                    "dev.millrace.engine.AcrossBrokersProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(loads(), leaderships(), markers(), questions()).flatMap(bugs -> bugs);
    }

    private static Stream<Mutant> loads() {
        return Stream.of(
                GROUND.bug(
                        "a load that nobody wants goes on",
                        "coordinator/Shard",
                        "replay.readOn(isLoading())",
                        "replay.readOn(true)"),
                GROUND.bug(
                        "a load lets nobody come in between",
                        "coordinator/Shard",
                        "onWorker(() -> load(state, replay));",
                        "load(state, replay);"),
                GROUND.bug(
                        "a load whose leadership is over is tried again",
                        "coordinator/Shard",
                        "} catch (CoordinatorLog.LeadershipOver e) {",
                        "} catch (CoordinatorLog.LeadershipOver e) {\n            env.timers().schedule(RELOAD_MS, this::startLoading);"),
                GROUND.bug(
                        "a load is opened at whatever epoch",
                        "coordinator/Shards",
                        "if (before != null && before.leaderEpoch() >= log.leaderEpoch()) {",
                        "if (before != null) {"),
                GROUND.bug(
                        "a log is read on after its leadership",
                        "PartitionCoordinatorLog",
                        "if (fenced != Errors.NONE && !(role instanceof ReplicaRole.Offline)) {",
                        "if (fenced == null) {"),
                GROUND.bug(
                        "a topic that is made again is taken for the old one",
                        "LedPartitions",
                        "was != null && now != null && now.id().equals(was.id()) ? now : null",
                        "now"));
    }

    private static Stream<Mutant> leaderships() {
        return Stream.of(
                GROUND.bug(
                        "records are appended at whatever epoch",
                        "PartitionCoordinatorLog",
                        "partition.append(leaderEpoch, records, acksAll, Origin.COORDINATOR)",
                        "partition.append(-1, records, acksAll, Origin.COORDINATOR)"),
                GROUND.bug(
                        "markers are appended at whatever epoch",
                        "PartitionCoordinatorLog",
                        "partition.append(leaderEpoch, marker)",
                        "partition.append(-1, marker)"),
                GROUND.bug(
                        "a commit of another leadership counts",
                        "PartitionCoordinatorLog",
                        "partition.committed(leaderEpoch, endOffset)",
                        "partition.committed(endOffset)"),
                GROUND.bug(
                        "who waits for an old coordinator is forgotten",
                        "coordinator/Shard",
                        "waiting.forEach(promise -> promise.refuse(Errors.NOT_COORDINATOR));",
                        ""),
                GROUND.bug(
                        "a resignation that is over is carried out",
                        "coordinator/Shards",
                        "if (shard != null && shard.leaderEpoch() <= leaderEpoch) {",
                        "if (shard != null) {"),
                GROUND.bug(
                        "what is shown after a commit that could not be told is not waited for",
                        "coordinator/CommitGate",
                        "return error != Errors.NONE && error != Errors.NOT_COORDINATOR;",
                        "return false;"),
                GROUND.bug(
                        "a broker counts the partitions that it would have made",
                        "coordinator/group/Groups",
                        "int partitions = existing > 0 ? existing : config.offsetsTopicPartitions();",
                        "int partitions = config.offsetsTopicPartitions();"));
    }

    private static Stream<Mutant> markers() {
        return Stream.of(
                GROUND.bug(
                        "markers have the epoch of the first leadership",
                        "coordinator/txn/TransactionCompletions",
                        "host.leaderEpoch(),",
                        "1,"),
                GROUND.bug(
                        "a decision whose commit could not be told is forgotten",
                        "coordinator/Shard",
                        "} else if (error != Errors.NOT_COORDINATOR) {",
                        "} else if (error == null) {"),
                GROUND.bug(
                        "a marker on a lost connection is taken for written",
                        "MarkerBatches",
                        "case null, default -> Fate.UNKNOWN;",
                        "case null -> Fate.WRITTEN;\n            default -> Fate.UNKNOWN;"),
                GROUND.bug(
                        "a leader that does not know a topic has it deleted",
                        "MarkerBatches",
                        "case UNSUPPORTED_FOR_MESSAGE_FORMAT -> Fate.GONE;",
                        "case UNSUPPORTED_FOR_MESSAGE_FORMAT, UNKNOWN_TOPIC_OR_PARTITION -> Fate.GONE;"),
                GROUND.bug(
                        "an old coordinator's marker takes the place of the new one's",
                        "MarkerBatches",
                        "batch.putIfAbsent(entry.key(), entry) == null",
                        "entry != batch.put(entry.key(), entry)"),
                GROUND.bug(
                        "what waits for a broker is not sent",
                        "MarkerBatches",
                        "if (!next.isEmpty()) {",
                        "if (next.size() > MOST_A_REQUEST) {"),
                GROUND.bug(
                        "a partition that is deleted is waited for",
                        "MarkersToPartitions",
                        "answer.tell(partition, Fate.GONE);",
                        "answer.tell(partition, Fate.UNKNOWN);"),
                GROUND.bug(
                                "a marker goes to the leader of before",
                                "MarkersToPartitions",
                                "MetadataImage image = metadata.get();",
                                "MetadataImage image = first;")
                        .and(
                                "MarkersToPartitions",
                                "private final Here here;",
                                "private final Here here;\n    private final MetadataImage first;")
                        .and(
                                "MarkersToPartitions",
                                "this.metadata = metadata;",
                                "this.metadata = metadata;\n        this.first = metadata.get();"));
    }

    private static Stream<Mutant> questions() {
        return Stream.of(
                GROUND.bug(
                        "another broker's question waits at the coordinator",
                        "coordinator/txn/Transactions",
                        "additions.addNow(request)",
                        "additions.add(request)"),
                GROUND.bug(
                        "a question that came too early is not asked again",
                        "CoordinatorVerifier",
                        "return question.add() && answer.containsValue(Errors.CONCURRENT_TRANSACTIONS);",
                        "return false;"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int test = mutant.seedsToCatch(ALL_TESTS);
        System.out.printf("across brokers | %-70s | test %s%n", mutant, test);
        assertTrue(test > 0, "survived: " + mutant);
    }

    @Test
    void whatIsThereIsNot() throws Exception {
        assertEquals(-1, GROUND.asItIs().seedsToCatch(ALL_TESTS));
    }
}
