package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.api.AddPartitionsToTxnHandler;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.TransactionVerifier.Question;
import dev.millrace.engine.coordinator.ManualEnv;
import dev.millrace.engine.coordinator.MemoryLog;
import dev.millrace.engine.coordinator.txn.Client;
import dev.millrace.engine.coordinator.txn.Markers.Fate;
import dev.millrace.engine.coordinator.txn.ProducerAnswer.Granted;
import dev.millrace.engine.coordinator.txn.TransactionConfig;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Contexts;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What broker 1 asks the coordinator of transactions, which is broker 2, over one connection.
class CoordinatorVerifierTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final Client CLIENT = new Client("client", "10.0.0.1");
    private static final int PORT_OF_2 = 9093;
    private static final int PORT_OF_3 = 9094;

    private final ManualEnv env = new ManualEnv(1);
    private final TestMetadata metadata = TestMetadata.withBrokers(1, 2, 3);
    private final long startMs = env.time.monotonicMs();

    CoordinatorVerifierTest() {
        metadata.topic("t", 1, 1);
        metadata.topic(Transactions.TOPIC, 1, 2, 3, 1);
    }

    private CoordinatorVerifier verifier(Transactions here, Peers peers) {
        return new CoordinatorVerifier(
                env,
                1,
                here,
                metadata::image,
                peers,
                new PeerAddresses("PLAINTEXT", metadata::image));
    }

    private static Transactions transactions(ManualEnv env, List<Runnable> markers) {
        var ids = new ArrayDeque<>(List.of(100L, 101L, 102L, 103L));
        return new Transactions(
                env,
                TransactionConfig.DEFAULTS,
                () -> 1,
                () -> TransactionVersion.TV_2,
                () -> CompletableFuture.completedFuture(ids.remove()),
                (_, partitions, answer) ->
                        partitions.forEach(partition ->
                                markers.add(() -> answer.tell(partition, Fate.WRITTEN))));
    }

    private static @Nullable Errors now(CompletionStage<Map<TopicPartition, Errors>> answer) {
        Map<TopicPartition, Errors> errors = answer.toCompletableFuture().getNow(null);
        return errors == null ? null : errors.get(T0);
    }

    // ---- with a coordinator

    /// Transactions that broker 2 coordinates, and the connection to it: it answers one request after the other.
    private final class Coordinator {
        final List<Runnable> markers = new ArrayList<>();
        final Transactions transactions = transactions(env, markers);
        private final AddPartitionsToTxnHandler handler =
                new AddPartitionsToTxnHandler(transactions, metadata::image);
        private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        private boolean busy;

        Coordinator() {
            transactions.lead(0, new MemoryLog().lead());
        }

        CompletionStage<ApiMessage> send(
                Peers.Address to, short version, ApiMessage request, long timeoutMs) {
            var answer = new CompletableFuture<ApiMessage>();
            waiting.add(() -> handle((AddPartitionsToTxnRequestData) request, answer));
            goOn();
            return answer;
        }

        private void goOn() {
            while (!busy && !waiting.isEmpty()) {
                busy = true;
                waiting.remove().run();
            }
        }

        private void handle(
                AddPartitionsToTxnRequestData request, CompletableFuture<ApiMessage> answer) {
            var context = Contexts.of(ApiKeys.ADD_PARTITIONS_TO_TXN, 5);
            switch (handler.handle(context, request)) {
                case Outcome.Reply<AddPartitionsToTxnResponseData>(var response) ->
                        answered(answer, response);
                case Outcome.Parked<AddPartitionsToTxnResponseData> parked ->
                        parked.signal()
                                .whenComplete((_, _) -> {
                                    var later =
                                            (Outcome.Reply<AddPartitionsToTxnResponseData>)
                                                    parked.resume().get();
                                    answered(answer, later.response());
                                });
                case Outcome<?> other -> throw new AssertionError("no reply: " + other);
            }
        }

        private void answered(CompletableFuture<ApiMessage> answer, ApiMessage response) {
            busy = false;
            answer.complete(response);
            goOn();
        }

        long producer(String id) {
            var answer =
                    transactions.initProducerId(
                            new InitProducerIdRequestData()
                                    .setTransactionalId(id)
                                    .setTransactionTimeoutMs(60_000)
                                    .setProducerId(-1)
                                    .setProducerEpoch((short) -1),
                            CLIENT);
            return ((Granted) Objects.requireNonNull(answer.toCompletableFuture().getNow(null)))
                    .id();
        }

        /// A transaction is decided, and its marker on its way to `t`.
        long completing(String id) {
            long producer = producer(id);
            assertEquals(
                    Errors.NONE,
                    transactions
                            .addForBroker(id, producer, (short) 0, List.of(T0))
                            .toCompletableFuture()
                            .getNow(null));
            transactions.end(
                    new EndTxnRequestData()
                            .setTransactionalId(id)
                            .setProducerId(producer)
                            .setProducerEpoch((short) 0)
                            .setCommitted(true),
                    TransactionVersion.TV_2,
                    CLIENT);
            return producer;
        }

        void answerMarkers() {
            List<Runnable> now = List.copyOf(markers);
            markers.clear();
            now.forEach(Runnable::run);
        }
    }

    private static Question first(String id, long producer) {
        return new Question(id, producer, (short) 0, List.of(T0), true);
    }

    private static Question next(String id, long producer) {
        return new Question(id, producer, (short) 1, List.of(T0), true);
    }

    @Test
    void whoWaitsForTheTransactionBeforeHoldsUpNobodyElse() {
        var coordinator = new Coordinator();
        var verifier = verifier(transactions(env, new ArrayList<>()), coordinator::send);
        long one = coordinator.completing("one");
        long two = coordinator.completing("two");
        long healthy = coordinator.producer("healthy");

        var ofOne = verifier.verify(next("one", one));
        var ofTwo = verifier.verify(next("two", two));
        assertEquals(Errors.NONE, now(verifier.verify(first("healthy", healthy))));
        assertNull(now(ofOne));
        assertNull(now(ofTwo));
    }

    @Test
    void theNextTransactionBeginsWhenTheOneBeforeIsComplete() {
        var coordinator = new Coordinator();
        var verifier = verifier(transactions(env, new ArrayList<>()), coordinator::send);
        long producer = coordinator.completing("one");
        var answer = verifier.verify(next("one", producer));
        env.time.advance(100);
        assertNull(now(answer));
        coordinator.answerMarkers();
        assertNull(now(answer), "it asks by itself");
        env.time.advance(20);
        assertEquals(Errors.NONE, now(answer));
    }

    /// Who is told so has added nothing.
    @Test
    void whoHasAskedForTooLongIsToldSo() {
        var coordinator = new Coordinator();
        var verifier = verifier(transactions(env, new ArrayList<>()), coordinator::send);
        long producer = coordinator.completing("one");
        var answer = verifier.verify(next("one", producer));
        env.time.advance(480);
        assertNull(now(answer));
        env.time.advance(20);
        assertEquals(Errors.CONCURRENT_TRANSACTIONS, now(answer));
        coordinator.answerMarkers();
        var found = coordinator.transactions.describe("one").toCompletableFuture().getNow(null);
        assertNotNull(found);
        assertEquals("CompleteCommit", found.transactionState());
    }

    // ---- what is asked, and when

    private record Asked(long atMs, int port) {}

    private final List<Asked> asked = new ArrayList<>();

    /// What the coordinator says of every partition; null: the connection is lost.
    private @Nullable Errors verdict = Errors.CONCURRENT_TRANSACTIONS;

    private CompletionStage<ApiMessage> send(
            Peers.Address to, short version, ApiMessage message, long timeoutMs) {
        asked.add(new Asked(env.time.monotonicMs() - startMs, to.port()));
        if (verdict == null) {
            return CompletableFuture.failedFuture(new IOException("the test's network"));
        }
        var response = new AddPartitionsToTxnResponseData();
        for (var transaction : ((AddPartitionsToTxnRequestData) message).transactions()) {
            var result =
                    new AddPartitionsToTxnResult()
                            .setTransactionalId(transaction.transactionalId());
            for (var topic : transaction.topics()) {
                var answered = new AddPartitionsToTxnTopicResult().setName(topic.name());
                for (int partition : topic.partitions()) {
                    answered.resultsByPartition()
                            .add(
                                    new AddPartitionsToTxnPartitionResult()
                                            .setPartitionIndex(partition)
                                            .setPartitionErrorCode(verdict.code()));
                }
                result.topicResults().add(answered);
            }
            response.resultsByTransaction().add(result);
        }
        return CompletableFuture.completedFuture(response);
    }

    private void lead(int broker) {
        var topic = Objects.requireNonNull(metadata.image().topics().byName(Transactions.TOPIC));
        metadata.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic.id())
                                .setPartitionId(0)
                                .setLeader(broker),
                        0));
    }

    @Test
    void itIsAskedMoreAndMoreSeldomAndNotForLongerThanACoordinatorHereWouldWait() {
        var answer = verifier(transactions(env, List.of()), this::send).verify(first("a", 100));
        env.time.advance(60_000);
        assertEquals(Errors.CONCURRENT_TRANSACTIONS, now(answer));
        List<Long> times = asked.stream().map(Asked::atMs).toList();
        assertEquals(List.of(0L, 2L, 6L, 14L, 30L, 50L, 70L), times.stream().limit(7).toList());
        assertEquals(490L, times.getLast());
        assertEquals(0, env.time.scheduled());
    }

    @ParameterizedTest
    @CsvSource({
        "true,  NONE,                        1",
        "true,  PRODUCER_FENCED,             1",
        "true,  TRANSACTION_ABORTABLE,       1",
        "true,  COORDINATOR_LOAD_IN_PROGRESS,1",
        "true,  NOT_COORDINATOR,             1",
        "true,                              ,1",
        "true,  CONCURRENT_TRANSACTIONS,     2",
        "false, CONCURRENT_TRANSACTIONS,     1",
    })
    void onlyWhatJoinsAfterTheTransactionBeforeIsAskedAgain(
            boolean adds, @Nullable Errors said, int times) {
        verdict = said;
        var verifier = verifier(transactions(env, List.of()), this::send);
        var answer = verifier.verify(new Question("a", 100, (short) 0, List.of(T0), adds));
        assertEquals(times == 1, now(answer) != null);
        env.time.advance(2);
        assertEquals(times, asked.size());
        if (times == 1) {
            assertEquals(said == null ? Errors.NETWORK_EXCEPTION : said, now(answer));
        }
    }

    static Stream<Integer> newCoordinators() {
        return Stream.of(1, 3, -1);
    }

    /// It is another by then: elsewhere, here, or nobody.
    @ParameterizedTest
    @MethodSource("newCoordinators")
    void onceMoreGoesToWhoeverCoordinatesThen(int broker) {
        var here = transactions(env, new ArrayList<>());
        here.lead(0, new MemoryLog().lead());
        var answer = verifier(here, this::send).verify(first("a", 100));
        lead(broker);
        verdict = Errors.NONE;
        env.time.advance(2);
        assertEquals(
                switch (broker) {
                    case 1 -> Errors.INVALID_PRODUCER_ID_MAPPING;
                    case 3 -> Errors.NONE;
                    default -> Errors.COORDINATOR_NOT_AVAILABLE;
                },
                now(answer));
        List<Integer> ports = asked.stream().map(Asked::port).toList();
        assertEquals(broker == 3 ? List.of(PORT_OF_2, PORT_OF_3) : List.of(PORT_OF_2), ports);
    }
}
