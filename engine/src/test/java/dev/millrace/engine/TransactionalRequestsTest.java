package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.FetchHandler;
import dev.millrace.engine.api.Handler;
import dev.millrace.engine.api.ListOffsetsHandler;
import dev.millrace.engine.api.OffsetFetchHandler;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.ProduceHandler;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.api.TransactionMarkers;
import dev.millrace.engine.api.TransactionVerifier;
import dev.millrace.engine.api.TxnOffsetCommitHandler;
import dev.millrace.engine.api.WriteTxnMarkersHandler;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.replica.FetchSessions;
import dev.millrace.engine.replica.PreferredReplicas;
import dev.millrace.engine.replica.ReplicaThrottle;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.ManualEnv;
import dev.millrace.engine.testing.Replies;
import dev.millrace.engine.testing.TestReplicas;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The requests of a transactional producer and of its coordinator, against partitions and groups as a broker has them. The
/// coordinator of transactions is played by the test.
final class TransactionalRequestsTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final short EPOCH = 3;
    private static final long ID = 77;
    private static final short ADDS = 12;
    private static final short LOOKS_UP = 11;

    private final ManualEnv env = new ManualEnv(NOW, 1);
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private final List<TransactionVerifier.Question> asked = new ArrayList<>();
    private final CompletableFuture<Map<TopicPartition, Errors>> late = new CompletableFuture<>();

    /// What the coordinator says of every partition.
    private Errors verdict = Errors.NONE;

    private boolean answersLate;
    private Replicas replicas;
    private Groups groups;

    @BeforeEach
    void start() throws IOException {
        replicas = TestReplicas.onAnEmptyDisk(env);
        var settings =
                new NodeSettings(
                        "cluster",
                        1,
                        true,
                        true,
                        Map.of(),
                        List.of(),
                        null,
                        "CONTROLLER",
                        new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 1),
                        Map.of(1, new InetSocketAddress(1)));
        var onPartitions = new GroupsOnPartitions(settings, env, replicas, metadata::image);
        groups = onPartitions.groups();
        metadata.metadata.listen(replicas::onChange);
        metadata.metadata.listen(onPartitions::onChange);
        metadata.topic("t", 2, 1);
        metadata.topic(Groups.TOPIC, 1, 1);
    }

    private CompletionStage<Map<TopicPartition, Errors>> verify(
            TransactionVerifier.Question question) {
        asked.add(question);
        return answersLate ? late : CompletableFuture.completedFuture(answer(question));
    }

    private Map<TopicPartition, Errors> answer(TransactionVerifier.Question question) {
        var answer = new HashMap<TopicPartition, Errors>();
        question.partitions().forEach(partition -> answer.put(partition, verdict));
        return answer;
    }

    private ProduceHandler producer() {
        return new ProduceHandler(replicas, env.timers(), this::verify, true);
    }

    private static <Q extends ApiMessage, R extends ApiMessage> Outcome<R> ask(
            Handler<Q, R> handler, int version, Q request) {
        var connection =
                new ClientConnection(
                        1,
                        "PLAINTEXT",
                        SecurityProtocol.PLAINTEXT,
                        "127.0.0.1",
                        "localhost",
                        9092,
                        KafkaPrincipal.ANONYMOUS);
        return handler.handle(
                new RequestContext(handler.api(), (short) version, 1, "client", connection),
                request);
    }

    private static MemoryRecords batch(long producer, int sequence, String value) {
        return Batches.plain().producer(producer, EPOCH, sequence).transactional().of(NOW, value);
    }

    private static ProduceRequestData produce(
            @Nullable String transactionalId, MemoryRecords... records) {
        var topic = new TopicProduceData().setName("t");
        for (int i = 0; i < records.length; i++) {
            topic.partitionData()
                    .add(new PartitionProduceData().setIndex(i).setRecords(records[i]));
        }
        var request =
                new ProduceRequestData()
                        .setAcks((short) -1)
                        .setTimeoutMs(1000)
                        .setTransactionalId(transactionalId);
        request.topicData().add(topic);
        return request;
    }

    private List<PartitionProduceResponse> produced(int version, ProduceRequestData request) {
        return Replies.of(ask(producer(), version, request))
                .responses()
                .iterator()
                .next()
                .partitionResponses();
    }

    private Errors produced(int version, MemoryRecords records) {
        return Errors.forCode(produced(version, produce("id", records)).getFirst().errorCode());
    }

    private List<Errors> end(boolean commit, int version, TopicPartition... partitions) {
        var marker =
                new WritableTxnMarker()
                        .setProducerId(ID)
                        .setProducerEpoch((short) (EPOCH + (version == 2 ? 1 : 0)))
                        .setCoordinatorEpoch(0)
                        .setTransactionResult(commit)
                        .setTransactionVersion((byte) version);
        for (TopicPartition name : partitions) {
            marker.topics()
                    .add(
                            new WritableTxnMarkerTopic()
                                    .setName(name.topic())
                                    .setPartitionIndexes(List.of(name.partition())));
        }
        var markers = new TransactionMarkers(replicas, groups, env.timers(), 30_000);
        var response =
                Replies.of(
                        ask(
                                new WriteTxnMarkersHandler(markers),
                                2,
                                new WriteTxnMarkersRequestData().setMarkers(List.of(marker))));
        return response.markers().stream()
                .flatMap(result -> result.topics().stream())
                .flatMap(topic -> topic.partitions().stream())
                .map(partition -> Errors.forCode(partition.errorCode()))
                .toList();
    }

    private static TopicPartition t(int partition) {
        return new TopicPartition("t", partition);
    }

    private FetchResponseData.PartitionData fetch(byte isolation) {
        var handler =
                new FetchHandler(
                        replicas,
                        new FetchSessions(10, env),
                        PreferredReplicas.none(),
                        ReplicaThrottle.ofLeader(
                                ClusterDefaults.of(1, Map.of()), metadata::image, env),
                        env.clock(),
                        env.timers(),
                        1 << 20);
        var topic = new FetchRequestData.FetchTopic().setTopic("t");
        topic.partitions()
                .add(
                        new FetchRequestData.FetchPartition()
                                .setPartition(0)
                                .setPartitionMaxBytes(1 << 20));
        var request =
                new FetchRequestData()
                        .setMaxBytes(1 << 20)
                        .setIsolationLevel(isolation)
                        .setTopics(List.of(topic));
        return Replies.of(ask(handler, 12, request)).responses().getFirst().partitions().getFirst();
    }

    private long latest(byte isolation) {
        var topic = new ListOffsetsRequestData.ListOffsetsTopic().setName("t");
        topic.partitions()
                .add(
                        new ListOffsetsRequestData.ListOffsetsPartition()
                                .setPartitionIndex(0)
                                .setTimestamp(-1));
        var request =
                new ListOffsetsRequestData().setIsolationLevel(isolation).setTopics(List.of(topic));
        return Replies.of(ask(new ListOffsetsHandler(replicas), 7, request))
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .offset();
    }

    // ---- produce

    @Test
    void theFirstWriteAsksAndTheNextDoesNot() {
        assertEquals(Errors.NONE, produced(ADDS, batch(ID, 0, "a")));
        assertEquals(Errors.NONE, produced(ADDS, batch(ID, 1, "b")));

        assertEquals(
                List.of(new TransactionVerifier.Question("id", ID, EPOCH, List.of(t(0)), true)),
                asked);
        assertEquals(2, latest((byte) 0));
        assertEquals(0, latest((byte) 1));
    }

    @Test
    void olderClientsHaveTheirPartitionLookedUp() {
        assertEquals(Errors.NONE, produced(LOOKS_UP, batch(ID, 0, "a")));
        assertFalse(asked.getFirst().add());
    }

    @Test
    void oneQuestionForAllPartitions() {
        var answers = produced(ADDS, produce("id", batch(ID, 0, "a"), batch(ID, 0, "b")));
        assertEquals(List.of(0L, 0L), answers.stream().map(a -> a.baseOffset()).toList());
        assertEquals(List.of(t(0), t(1)), asked.getFirst().partitions());
    }

    /// KIP-110: older consumers could not read it, and older producers do not write it.
    @ParameterizedTest
    @CsvSource({
        "3, ZSTD, UNSUPPORTED_COMPRESSION_TYPE",
        "6, ZSTD, UNSUPPORTED_COMPRESSION_TYPE",
        "7, ZSTD, NONE",
        "6, LZ4, NONE"
    })
    void zstdBeginsWithVersionSeven(int version, CompressionType codec, Errors wanted) {
        var compression = Compression.of(codec).build();
        var records = Batches.plain().compressed(compression).of(NOW, "a");
        var answers = produced(version, produce(null, records, Batches.plain().of(NOW, "b")));
        assertEquals(
                List.of(wanted, Errors.NONE),
                answers.stream().map(a -> Errors.forCode(a.errorCode())).toList());
    }

    @Test
    void aBatchWithoutAProducerBelongsToNoTransaction() {
        var records = Batches.plain().of(NOW, "a");
        ByteBuffer header = records.buffer().putShort(21, (short) 0x10); // of a transaction
        var crc = new CRC32C();
        crc.update(header.slice(21, header.limit() - 21));
        header.putInt(17, (int) crc.getValue());
        assertEquals(Errors.NONE, produced(ADDS, records));
        assertEquals(List.of(), asked);
        assertEquals(1, latest((byte) 1), "nothing is open");
    }

    static Stream<List<Object>> refusals() {
        Errors again = Errors.NOT_ENOUGH_REPLICAS;
        return Stream.of(
                List.of(Errors.COORDINATOR_NOT_AVAILABLE, again, again, again),
                List.of(Errors.COORDINATOR_LOAD_IN_PROGRESS, again, again, again),
                List.of(Errors.NOT_COORDINATOR, again, again, again),
                List.of(Errors.NETWORK_EXCEPTION, again, again, again),
                List.of(
                        Errors.CONCURRENT_TRANSACTIONS,
                        again,
                        again,
                        Errors.CONCURRENT_TRANSACTIONS),
                List.of(
                        Errors.TRANSACTION_ABORTABLE,
                        Errors.INVALID_TXN_STATE,
                        Errors.TRANSACTION_ABORTABLE,
                        Errors.TRANSACTION_ABORTABLE),
                List.of(
                        Errors.PRODUCER_FENCED,
                        Errors.INVALID_PRODUCER_EPOCH,
                        Errors.INVALID_PRODUCER_EPOCH,
                        Errors.INVALID_PRODUCER_EPOCH),
                List.of(
                        Errors.INVALID_PRODUCER_ID_MAPPING,
                        Errors.INVALID_PRODUCER_ID_MAPPING,
                        Errors.INVALID_PRODUCER_ID_MAPPING,
                        Errors.INVALID_PRODUCER_ID_MAPPING));
    }

    /// What a coordinator says, and what clients of versions 10, 11 and 12 hear of it.
    @ParameterizedTest
    @MethodSource
    void refusals(List<Object> said) {
        verdict = (Errors) said.getFirst();
        for (int version = 10; version <= 12; version++) {
            assertEquals(
                    said.get(version - 9), produced(version, batch(ID, 0, "a")), "v" + version);
        }
        assertEquals(0, latest((byte) 0), "nothing was appended");
    }

    @Test
    void whatCannotBeVerifiedSaysWhy() {
        verdict = Errors.NOT_COORDINATOR;
        var answer = produced(ADDS, produce("id", batch(ID, 0, "a"))).getFirst();
        assertEquals(
                "Unable to verify the partition has been added to the transaction. Underlying error: NOT_COORDINATOR",
                answer.errorMessage());
    }

    @Test
    void aRequestThatWaitsHoldsUpItsConnection() {
        answersLate = true;
        var outcome = ask(producer(), ADDS, produce("id", batch(ID, 0, "a")));
        var blocked = assertInstanceOf(Outcome.Blocked.class, outcome);
        assertFalse(blocked.signal().toCompletableFuture().isDone());
        assertEquals(0, latest((byte) 0));

        late.complete(answer(asked.getFirst()));
        Replies.of((Outcome<?>) blocked.resume().get());

        assertEquals(1, latest((byte) 0));
    }

    @Test
    void aMarkerInBetweenIsNoticed() {
        answersLate = true;
        var blocked =
                (Outcome.Blocked<?>) ask(producer(), LOOKS_UP, produce("id", batch(ID, 0, "late")));
        assertEquals(List.of(Errors.NONE), end(false, 1, t(0)));

        late.complete(answer(asked.getFirst()));
        var answer =
                (org.apache.kafka.common.message.ProduceResponseData)
                        Replies.of((Outcome<?>) blocked.resume().get());

        assertEquals(
                Errors.INVALID_TXN_STATE.code(),
                answer.responses().iterator().next().partitionResponses().getFirst().errorCode());
    }

    @Test
    void requestsOfTwoProducersAndWithoutAnIdAreRefused() {
        for (var answer : produced(ADDS, produce("id", batch(1, 0, "a"), batch(2, 0, "b")))) {
            assertEquals(Errors.INVALID_PRODUCER_ID_MAPPING.code(), answer.errorCode());
        }
        var answer = produced(ADDS, produce(null, batch(ID, 0, "a"))).getFirst();
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code(), answer.errorCode());
        assertTrue(asked.isEmpty());
    }

    @Test
    void aTransactionalProducersOtherBatchesNeedNoTransaction() {
        assertEquals(
                Errors.NONE, produced(ADDS, Batches.plain().producer(ID, EPOCH, 0).of(NOW, "a")));
        assertTrue(asked.isEmpty());
    }

    @Test
    void withoutVerificationOnlyWhatIsToBeAddedIsAsked() {
        var handler = new ProduceHandler(replicas, env.timers(), this::verify, false);
        ask(handler, LOOKS_UP, produce("id", batch(ID, 0, "a")));
        assertTrue(asked.isEmpty());
        ask(handler, ADDS, produce("id", batch(ID, 0, "a")));
        assertEquals(1, asked.size());
    }

    // ---- markers and readers

    @Test
    void readersOfCommittedRecordsHearOfWhatWasAborted() {
        produced(ADDS, batch(ID, 0, "a"));
        assertEquals(0, fetch((byte) 1).records().sizeInBytes());

        assertEquals(List.of(Errors.NONE), end(false, 2, t(0)));

        var read = fetch((byte) 1);
        assertEquals(2, read.lastStableOffset());
        assertEquals(
                List.of(
                        new FetchResponseData.AbortedTransaction()
                                .setProducerId(ID)
                                .setFirstOffset(0)),
                read.abortedTransactions());
        assertEquals(null, fetch((byte) 0).abortedTransactions());
        assertEquals(2, latest((byte) 1));
    }

    @Test
    void markersOfOtherPartitionsAreAnsweredEach() {
        produced(ADDS, batch(ID, 0, "a"));
        assertEquals(
                List.of(Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.NONE),
                end(true, 2, t(0), t(9), new TopicPartition(Groups.TOPIC, 0)));
    }

    /// No coordinator sends that; who does must not meet an error of ours (UNKNOWN_SERVER_ERROR).
    @Test
    void aMarkerOfNobodyIsRefused() {
        var markers = new TransactionMarkers(replicas, groups, env.timers(), 30_000);
        for (var nobody :
                List.of(
                        new TransactionMarker(-1, (short) 0, 0, true, 2),
                        new TransactionMarker(ID, (short) -1, 0, false, 1))) {
            assertEquals(
                    Errors.INVALID_REQUEST,
                    markers.append(t(0), nobody).toCompletableFuture().getNow(null));
        }
    }

    // ---- offsets

    private TxnOffsetCommitRequestData offsets(long offset) {
        var topic =
                new TxnOffsetCommitRequestTopic()
                        .setName("t")
                        .setTopicId(
                                Objects.requireNonNull(metadata.image().topics().byName("t")).id());
        topic.partitions()
                .add(
                        new TxnOffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(offset));
        return new TxnOffsetCommitRequestData()
                .setTransactionalId("id")
                .setGroupId("group")
                .setProducerId(ID)
                .setProducerEpoch(EPOCH)
                .setTopics(List.of(topic));
    }

    private Errors commit(int version, TxnOffsetCommitRequestData request) {
        var handler =
                new TxnOffsetCommitHandler(groups, replicas, metadata::image, this::verify, true);
        var topics = Replies.of(ask(handler, version, request)).topics();
        return Errors.forCode(topics.getFirst().partitions().getFirst().errorCode());
    }

    private String committed(boolean stable) {
        var topic =
                new OffsetFetchRequestData.OffsetFetchRequestTopics()
                        .setName("t")
                        .setPartitionIndexes(List.of(0));
        var group =
                new OffsetFetchRequestData.OffsetFetchRequestGroup()
                        .setGroupId("group")
                        .setTopics(List.of(topic));
        var request =
                new OffsetFetchRequestData().setGroups(List.of(group)).setRequireStable(stable);
        var partition =
                Replies.of(ask(new OffsetFetchHandler(groups, metadata::image), 8, request))
                        .groups()
                        .getFirst()
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst();
        return partition.errorCode() == 0
                ? String.valueOf(partition.committedOffset())
                : Errors.forCode(partition.errorCode()).name();
    }

    @ParameterizedTest
    @CsvSource({"true, 5", "false, -1"})
    void offsetsCountWhenTheirTransactionIsCommitted(boolean commits, String seen) {
        assertEquals(Errors.NONE, commit(5, offsets(5)));
        assertEquals("-1", committed(false));
        assertEquals("UNSTABLE_OFFSET_COMMIT", committed(true));

        var consumerOffsets = new TopicPartition(Groups.TOPIC, 0);
        assertEquals(List.of(Errors.NONE), end(commits, 2, consumerOffsets));

        assertEquals(seen, committed(false));
        assertEquals(seen, committed(true));
    }

    @Test
    void offsetsSurviveTheLossOfTheirCoordinator() {
        commit(5, offsets(5));
        end(true, 2, new TopicPartition(Groups.TOPIC, 0));
        TxnOffsetCommitRequestData next = offsets(9).setProducerEpoch((short) (EPOCH + 1));
        assertEquals(Errors.NONE, commit(5, next));

        groups.resign(0, Integer.MAX_VALUE);
        var partition = Objects.requireNonNull(replicas.byName(Groups.TOPIC, 0).partition());
        groups.lead(0, new PartitionCoordinatorLog(partition, partition.role().leaderEpoch()));

        assertEquals("5", committed(false));
        assertEquals("UNSTABLE_OFFSET_COMMIT", committed(true));
    }

    @Test
    void thePartitionOfTheGroupIsVerifiedOrAdded() {
        commit(4, offsets(5));
        commit(5, offsets(6));
        assertEquals(
                List.of(
                        new TransactionVerifier.Question(
                                "id",
                                ID,
                                EPOCH,
                                List.of(new TopicPartition(Groups.TOPIC, 0)),
                                false)),
                asked,
                "once it is in the transaction nobody is asked");
    }

    static Stream<List<Object>> commitRefusals() {
        return Stream.of(
                List.of(Errors.NETWORK_EXCEPTION, 5, Errors.COORDINATOR_LOAD_IN_PROGRESS),
                List.of(Errors.NETWORK_EXCEPTION, 1, Errors.COORDINATOR_NOT_AVAILABLE),
                List.of(Errors.NOT_COORDINATOR, 5, Errors.NOT_COORDINATOR),
                List.of(Errors.CONCURRENT_TRANSACTIONS, 5, Errors.CONCURRENT_TRANSACTIONS),
                List.of(Errors.TRANSACTION_ABORTABLE, 3, Errors.INVALID_TXN_STATE),
                List.of(Errors.TRANSACTION_ABORTABLE, 4, Errors.TRANSACTION_ABORTABLE),
                List.of(Errors.PRODUCER_FENCED, 5, Errors.INVALID_PRODUCER_EPOCH));
    }

    @ParameterizedTest
    @MethodSource
    void commitRefusals(List<Object> said) {
        verdict = (Errors) said.getFirst();
        assertEquals(said.get(2), commit((int) said.get(1), offsets(5)));
        assertEquals("-1", committed(true), "nothing was written");
    }

    @Test
    void whoClaimsToBeAMemberIsFenced() {
        var generation = offsets(5).setGenerationIdOrMemberEpoch(4).setMemberId("m");
        assertEquals(Errors.ILLEGAL_GENERATION, commit(5, generation));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, commit(6, generation));
        assertEquals(Errors.INVALID_GROUP_ID, commit(5, offsets(5).setGroupId("")));
        var unknown = offsets(5);
        unknown.topics().getFirst().setName("nowhere");
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, commit(5, unknown));
    }
}
