package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.quorum.QuorumEngine.Proposal;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One voter on Kafka's consensus engine, in virtual time.
final class KraftQuorumTest extends QuorumContract {
    private static final String FOLDER = "__cluster_metadata-0";

    /// Longer than the interval at which the engine looks for log that a snapshot covers.
    static final long CLEANING_MS = 120_000;

    private final HeapStorage storage = new HeapStorage();
    private final ManualEnv env = new ManualEnv(1_700_000_000_000L, 7);

    @Override
    QuorumEngine fresh() {
        return open(storage, env);
    }

    static KraftQuorum open(Storage storage, ManualEnv env) {
        try {
            return KraftQuorum.open(
                    new QuorumSettings(
                            "MkU3OEVBNTcwNTJENDM2Qk",
                            1,
                            true,
                            new Uuid(5, 5),
                            "CONTROLLER",
                            new Endpoint(
                                    "CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093),
                            Map.of(),
                            List.of(),
                            List.of(
                                    new QuorumSettings.FirstVoter(
                                            1, new Uuid(5, 5), "localhost", 9093)),
                            Map.of()),
                    env,
                    (_, _, _, _) ->
                            CompletableFuture.failedFuture(new IOException("a quorum of one")),
                    storage,
                    () -> {});
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static Heard started(KraftQuorum quorum) {
        var heard = new Heard();
        quorum.listen(heard);
        settle(quorum);
        assertEquals(1, quorum.leader().id());
        return heard;
    }

    private static long commit(KraftQuorum quorum, String... names) {
        var records = new ArrayList<ApiMessageAndVersion>();
        for (String name : names) {
            records.add(topic(name));
        }
        long last = accepted(quorum.propose(quorum.leader().epoch(), records));
        quorum.schedule();
        settle(quorum);
        return last;
    }

    @Test
    void leadsWithoutWaitingForAnyTimer() {
        KraftQuorum quorum = open(storage, env);
        long before = env.clock().wallMs();
        started(quorum);
        assertEquals(before, env.clock().wallMs(), "virtual time has not moved");
        assertEquals(1, quorum.kraftVersion(), "the voters are in the log");
    }

    /// A connection may be there before the thread that steps.
    @Test
    void answersBeforeItsFirstStep() {
        KraftQuorum quorum = open(storage, env);
        assertEquals(0, quorum.kraftVersion());
        assertThrows(NotControllerException.class, () -> quorum.upgrade((short) 1, true));
    }

    @Test
    void aRestartHearsTheSameRecordsInANewEpoch() {
        KraftQuorum first = open(storage, env);
        started(first);
        commit(first, "a", "b");
        commit(first, "c");
        int epoch = first.leader().epoch();
        first.close();

        KraftQuorum second = open(storage, env);
        Heard heard = started(second);
        assertEquals(List.of("a", "b", "c"), heard.names());
        assertTrue(second.leader().epoch() > epoch, "M1");
        commit(second, "d");
        assertEquals(List.of("a", "b", "c", "d"), heard.names());
    }

    @Test
    void aSnapshotStandsForTheLogBeforeItAndTheLogIsTrimmed() {
        KraftQuorum first = open(storage, env);
        Heard heard = started(first);
        var names = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            names.add("t" + i);
            commit(first, "t" + i);
            snapshot(first, heard, names);
        }
        commit(first, "after");
        env.advance(CLEANING_MS);
        settle(first);
        List<String> snapshots =
                storage.directory(FOLDER).files().stream()
                        .filter(name -> name.endsWith(".checkpoint"))
                        .toList();
        assertFalse(snapshots.contains("00000000000000000000-0000000000.checkpoint"), "trimmed");
        first.close();

        KraftQuorum second = open(storage, env);
        Heard again = started(second);
        names.add("after");
        assertEquals(names, again.names());
        assertTrue(again.snapshots.getLast().records().size() >= 4, "most came from a snapshot");
    }

    static void snapshot(KraftQuorum quorum, Heard heard, List<String> names) {
        var last = heard.batches.getLast();
        quorum.writeSnapshot(
                last.lastOffset(),
                last.epoch(),
                last.appendedAtMs(),
                names.stream().map(QuorumContract::topic).toList());
    }

    @Test
    void aSnapshotCutShortByACrashIsDropped() {
        KraftQuorum first = open(storage, env);
        started(first);
        commit(first, "a");
        first.close();
        HeapStorage folder = storage.directory(FOLDER);
        folder.put("00000000000000000003-0000000001.checkpoint.part", new byte[] {1, 2, 3});
        Heard heard = started(open(storage, env));
        assertEquals(List.of("a"), heard.names());
        assertFalse(folder.files().toString().contains(".part"));
    }

    @Test
    void whoResignsIsElectedAgainLaterAndStaysCalmMeanwhile() {
        KraftQuorum quorum = open(storage, env);
        Heard heard = started(quorum);
        commit(quorum, "a");
        int epoch = quorum.leader().epoch();
        quorum.resign(epoch);
        settle(quorum);
        assertEquals(new Proposal.NotLeader(), quorum.propose(epoch, List.of(topic("b"))));
        quorum.schedule();
        for (int i = 0; i < 100 && quorum.leader().epoch() == epoch; i++) {
            env.advance(100);
            settle(quorum);
        }
        assertTrue(quorum.leader().epoch() > epoch, "M1");
        commit(quorum, "c");
        assertEquals(List.of("a", "c"), heard.names());
    }

    record Hostile(String what, Function<KraftQuorum, ApiMessage> request) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Hostile> hostile() {
        return Stream.of(
                new Hostile("fetches less than nothing", quorum -> fetch(quorum, 2, -1)),
                new Hostile("fetches from itself", quorum -> fetch(quorum, 1, 1_000)),
                new Hostile("says who leads", quorum -> begin(1, quorum.leader().epoch())),
                new Hostile("says who will lead", quorum -> begin(1, quorum.leader().epoch() + 1)),
                new Hostile("says who leads else", quorum -> begin(2, quorum.leader().epoch())),
                new Hostile("ends who leads", quorum -> end(1, quorum.leader().epoch())),
                new Hostile("ends who leads else", quorum -> end(2, quorum.leader().epoch())),
                new Hostile("votes for us", quorum -> vote(1, quorum.leader().epoch() + 1)),
                new Hostile("votes in the last epoch", _ -> vote(2, Integer.MAX_VALUE)),
                new Hostile("begins the last epoch", _ -> begin(2, Integer.MAX_VALUE)),
                new Hostile("ends the last epoch", _ -> end(2, Integer.MAX_VALUE)));
    }

    /// Each would end the process, or all elections.
    @ParameterizedTest
    @MethodSource("hostile")
    void aRequestThatMakesNoSenseIsRefusedAndChangesNothing(Hostile hostile) {
        KraftQuorum quorum = open(storage, env);
        Heard heard = started(quorum);
        commit(quorum, "a");
        snapshot(quorum, heard, List.of("a"));
        QuorumLeader before = quorum.leader();
        ApiMessage request = hostile.request.apply(quorum);
        short version = ApiKeys.forId(request.apiKey()).latestVersion();
        var answer = quorum.handle("CONTROLLER", 7, version, request).toCompletableFuture();
        settle(quorum);
        Map<Errors, Integer> errors = errors(version, answer.join());
        assertTrue(
                errors.containsKey(Errors.INVALID_REQUEST)
                        || errors.containsKey(Errors.BROKER_NOT_AVAILABLE),
                errors.toString());
        assertEquals(before, quorum.leader());
        commit(quorum, "b");
    }

    private static Map<Errors, Integer> errors(short version, ApiMessage answer) {
        return AbstractResponse.parseResponse(
                        ApiKeys.forId(answer.apiKey()),
                        MessageUtil.toByteBufferAccessor(answer, version),
                        version)
                .errorCounts();
    }

    private static FetchSnapshotRequestData fetch(KraftQuorum quorum, int replica, int maxBytes) {
        var partition =
                new FetchSnapshotRequestData.PartitionSnapshot()
                        .setCurrentLeaderEpoch(quorum.leader().epoch())
                        .setReplicaDirectoryId(new Uuid(5, replica))
                        .setSnapshotId(
                                new FetchSnapshotRequestData.SnapshotId()
                                        .setEndOffset(quorum.highWatermark())
                                        .setEpoch(quorum.leader().epoch()));
        return new FetchSnapshotRequestData()
                .setReplicaId(replica)
                .setMaxBytes(maxBytes)
                .setTopics(
                        List.of(
                                new FetchSnapshotRequestData.TopicSnapshot()
                                        .setName(Topic.CLUSTER_METADATA_TOPIC_NAME)
                                        .setPartitions(List.of(partition))));
    }

    private static BeginQuorumEpochRequestData begin(int leader, int epoch) {
        var partition =
                new BeginQuorumEpochRequestData.PartitionData()
                        .setLeaderId(leader)
                        .setLeaderEpoch(epoch);
        var topic =
                new BeginQuorumEpochRequestData.TopicData()
                        .setTopicName(Topic.CLUSTER_METADATA_TOPIC_NAME)
                        .setPartitions(List.of(partition));
        var request = new BeginQuorumEpochRequestData().setVoterId(1).setTopics(List.of(topic));
        request.leaderEndpoints()
                .add(
                        new BeginQuorumEpochRequestData.LeaderEndpoint()
                                .setName("CONTROLLER")
                                .setHost("a")
                                .setPort(9093));
        return request;
    }

    private static EndQuorumEpochRequestData end(int leader, int epoch) {
        var partition =
                new EndQuorumEpochRequestData.PartitionData()
                        .setLeaderId(leader)
                        .setLeaderEpoch(epoch);
        var topic =
                new EndQuorumEpochRequestData.TopicData()
                        .setTopicName(Topic.CLUSTER_METADATA_TOPIC_NAME)
                        .setPartitions(List.of(partition));
        var request = new EndQuorumEpochRequestData().setTopics(List.of(topic));
        request.leaderEndpoints()
                .add(
                        new EndQuorumEpochRequestData.LeaderEndpoint()
                                .setName("CONTROLLER")
                                .setHost("a")
                                .setPort(9093));
        return request;
    }

    private static VoteRequestData vote(int candidate, int epoch) {
        var partition =
                new VoteRequestData.PartitionData()
                        .setReplicaId(candidate)
                        .setReplicaEpoch(epoch)
                        .setLastOffsetEpoch(1)
                        .setLastOffset(1_000);
        var topic =
                new VoteRequestData.TopicData()
                        .setTopicName(Topic.CLUSTER_METADATA_TOPIC_NAME)
                        .setPartitions(List.of(partition));
        return new VoteRequestData().setVoterId(1).setTopics(List.of(topic));
    }

    static List<Long> seeds() {
        return new Random(11).longs(200).boxed().toList();
    }

    /// Proposals, snapshots, pauses, clean and unclean stops in virtual time: what was heard is never lost, and the same seed
    /// leaves the same bytes.
    @ParameterizedTest
    @MethodSource("seeds")
    void whatWasHeardIsHeardAgain(long seed) {
        String trace = run(seed);
        if (Math.floorMod(seed, 8) == 0) {
            assertEquals(trace, run(seed), "deterministic");
        }
    }

    private static String run(long seed) {
        var random = new Random(seed);
        var storage = new HeapStorage();
        var env = new ManualEnv(1_700_000_000_000L, seed);
        var names = new ArrayList<String>();
        var trace = new StringBuilder();
        KraftQuorum quorum = open(storage, env);
        Heard heard = started(quorum);
        for (int step = 0; step < 30; step++) {
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> {
                    var some = new String[1 + random.nextInt(3)];
                    for (int i = 0; i < some.length; i++) {
                        some[i] = "t" + names.size();
                        names.add(some[i]);
                    }
                    commit(quorum, some);
                }
                case 3 -> {
                    if (!heard.batches.isEmpty()) {
                        snapshot(quorum, heard, names);
                    }
                }
                case 4 -> {
                    env.advance(random.nextInt(200_000));
                    settle(quorum);
                }
                default -> {
                    if (random.nextBoolean()) {
                        quorum.close();
                    }
                    quorum = open(storage, env);
                    heard = started(quorum);
                    assertEquals(names, heard.names(), () -> "seed " + seed);
                }
            }
            trace.append(quorum.leader()).append(quorum.highWatermark());
        }
        HeapStorage folder = storage.directory(FOLDER);
        for (String file : folder.files()) {
            trace.append(file).append(java.util.Arrays.hashCode(folder.bytes(file)));
        }
        return trace.toString();
    }
}
