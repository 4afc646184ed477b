package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.coordinator.txn.Marker;
import dev.millrace.engine.coordinator.txn.Markers.Fate;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.ManualTime;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TestMetadata;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerPartitionResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Where markers go and in which requests, as broker 1 sees a cluster of three.
class MarkerBatchesTest {
    private final TestMetadata metadata = TestMetadata.withBrokers(1, 2, 3);
    private final List<Flight> flights = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final List<String> here = new ArrayList<>();

    /// What the metadata is when a marker leaves; null: as it is.
    private @Nullable MetadataImage known;

    private final MarkersToPartitions markers =
            new MarkersToPartitions(
                    1,
                    this::image,
                    (partition, _) -> {
                        here.add(partition.toString());
                        return CompletableFuture.completedFuture(Errors.NONE);
                    },
                    new MarkerBatches(
                            ManualTime.turn(),
                            this::send,
                            new PeerAddresses("PLAINTEXT", this::image)));

    private record Flight(
            int port, WriteTxnMarkersRequestData request, CompletableFuture<ApiMessage> answer) {
        /// Each marker with its partitions.
        List<String> content() {
            return request.markers().stream()
                    .map(marker ->
                            marker.producerId()
                                    + "/"
                                    + marker.producerEpoch()
                                    + "@"
                                    + marker.coordinatorEpoch()
                                    + " "
                                    + marker.topics().stream()
                                            .map(t -> t.name() + t.partitionIndexes())
                                            .toList())
                    .toList();
        }

        void answer(Errors error) {
            var response = new WriteTxnMarkersResponseData();
            for (var marker : request.markers()) {
                var result = new WritableTxnMarkerResult().setProducerId(marker.producerId());
                for (var topic : marker.topics()) {
                    var answered = new WritableTxnMarkerTopicResult().setName(topic.name());
                    topic.partitionIndexes()
                            .forEach(index ->
                                    answered.partitions()
                                            .add(
                                                    new WritableTxnMarkerPartitionResult()
                                                            .setPartitionIndex(index)
                                                            .setErrorCode(error.code())));
                    result.topics().add(answered);
                }
                response.markers().add(result);
            }
            answer.complete(response);
        }

        void lose() {
            answer.completeExceptionally(new IOException("the test's network"));
        }
    }

    MarkerBatchesTest() {
        metadata.topic("t", List.of(List.of(1), List.of(2), List.of(2), List.of(3)));
    }

    private MetadataImage image() {
        return known == null ? metadata.image() : known;
    }

    private CompletableFuture<ApiMessage> send(
            Peers.Address to, short version, ApiMessage request, long timeoutMs) {
        var answer = new CompletableFuture<ApiMessage>();
        flights.add(new Flight(to.port(), (WriteTxnMarkersRequestData) request, answer));
        assertEquals(2, version, "which tells the version of the transaction");
        return answer;
    }

    private static Marker marker(long producerId, int coordinatorEpoch) {
        return new Marker(
                producerId, (short) 5, coordinatorEpoch, TransactionResult.COMMIT, (short) 2);
    }

    private static List<TopicPartition> t(Integer... partitions) {
        return List.of(partitions).stream().map(p -> new TopicPartition("t", p)).toList();
    }

    private void send(Marker marker, Integer... partitions) {
        markers.send(
                marker,
                t(partitions),
                (partition, fate) ->
                        told.add(marker.producerId() + " " + partition.partition() + " " + fate));
    }

    @Test
    void oneRequestToEachLeaderAndNoneToOneself() {
        send(marker(7, 4), 0, 1, 2, 3);
        assertEquals(List.of("t-0"), here);
        assertEquals(List.of("7 0 WRITTEN"), told);
        assertEquals(List.of(9093, 9094), flights.stream().map(Flight::port).toList());
        assertEquals(List.of("7/5@4 [t[1, 2]]"), flights.getFirst().content());
        assertEquals(List.of("7/5@4 [t[3]]"), flights.getLast().content());
        flights.getLast().answer(Errors.NONE);
        assertEquals(List.of("7 0 WRITTEN", "7 3 WRITTEN"), told);
    }

    @Test
    void whatComesWhileARequestIsUnderWayGoesTogether() {
        send(marker(7, 4), 1);
        send(marker(8, 4), 1, 2);
        send(marker(9, 4), 2);
        assertEquals(1, flights.size());
        flights.getFirst().answer(Errors.NONE);
        assertEquals(2, flights.size());
        assertEquals(List.of("8/5@4 [t[1, 2]]", "9/5@4 [t[2]]"), flights.get(1).content());
        assertEquals(List.of("7 1 WRITTEN"), told);
        flights.get(1).answer(Errors.NONE);
        assertEquals(List.of("7 1 WRITTEN", "8 1 WRITTEN", "8 2 WRITTEN", "9 2 WRITTEN"), told);
        send(marker(10, 4), 1);
        assertEquals(3, flights.size(), "the broker is free again");
    }

    /// What two coordinators of one transaction send (it came back here) has one answer in a response: it takes two requests.
    @Test
    void twoMarkersForOnePartitionAndProducerAreNotInOneRequest() {
        send(marker(1, 4), 3);
        send(marker(7, 4), 3);
        send(marker(7, 5), 3);
        flights.get(0).answer(Errors.NONE);
        assertEquals(List.of("7/5@4 [t[3]]"), flights.get(1).content());
        flights.get(1).answer(Errors.TRANSACTION_COORDINATOR_FENCED);
        assertEquals(List.of("7/5@5 [t[3]]"), flights.get(2).content());
        flights.get(2).answer(Errors.NONE);
        assertEquals(List.of("1 3 WRITTEN", "7 3 UNKNOWN", "7 3 WRITTEN"), told);
    }

    @Test
    void aLostConnectionTellsNothingAndTheNextRequestLeaves() {
        send(marker(7, 4), 1, 2);
        send(marker(8, 4), 1);
        flights.getFirst().lose();
        assertEquals(List.of("7 1 UNKNOWN", "7 2 UNKNOWN"), told);
        assertEquals(2, flights.size());
    }

    @Test
    void aPartitionThatIsNotInTheAnswerIsNotKnown() {
        send(marker(7, 4), 1);
        flights.getFirst().answer.complete(new WriteTxnMarkersResponseData());
        assertEquals(List.of("7 1 UNKNOWN"), told);
    }

    @Test
    void moreThanARequestHoldsTakesMore() {
        int many = MarkerBatches.MOST_A_REQUEST + 1;
        metadata.topic("t-of-many", 1, 2);
        var name = List.of(new TopicPartition("t-of-many", 0));
        send(marker(1, 4), 1);
        IntStream.range(0, many)
                .forEach(i -> markers.send(marker(100 + i, 4), name, (_, _) -> told.add("")));
        flights.get(0).answer(Errors.NONE);
        assertEquals(many - 1, flights.get(1).request().markers().size());
        flights.get(1).answer(Errors.NONE);
        assertEquals(1, flights.get(2).request().markers().size());
        flights.get(2).answer(Errors.NONE);
        assertEquals(1 + many, told.size());
    }

    /// Each error of a partition, and what it means for the transaction.
    @Test
    void fates() {
        List<String> said = new ArrayList<>();
        for (Errors error :
                List.of(
                        Errors.NONE,
                        Errors.NOT_LEADER_OR_FOLLOWER,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.NOT_ENOUGH_REPLICAS,
                        Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                        Errors.REQUEST_TIMED_OUT,
                        Errors.KAFKA_STORAGE_ERROR,
                        Errors.TRANSACTION_COORDINATOR_FENCED,
                        Errors.UNKNOWN_SERVER_ERROR)) {
            said.add(MarkerBatches.fate(error).name());
        }
        assertEquals("WRITTEN", said.removeFirst());
        assertEquals(List.of("UNKNOWN"), said.stream().distinct().toList());
        assertEquals(Fate.OVERTAKEN, MarkerBatches.fate(Errors.INVALID_PRODUCER_EPOCH));
        assertEquals(Fate.UNKNOWN, MarkerBatches.fate(null));
    }

    // ---- who leads

    private void lead(int partition, int broker) {
        var topic = Objects.requireNonNull(metadata.image().topics().byName("t"));
        metadata.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic.id())
                                .setPartitionId(partition)
                                .setLeader(broker),
                        0));
    }

    @Test
    void onceMoreGoesToWhoeverLeadsThen() {
        metadata.topic("r", 1, 2, 3);
        var r = List.of(new TopicPartition("r", 0));
        markers.send(marker(7, 4), r, (_, fate) -> told.add(fate.name()));
        flights.getFirst().answer(Errors.NOT_LEADER_OR_FOLLOWER);
        assertEquals(List.of("UNKNOWN"), told);
        var topic = Objects.requireNonNull(metadata.image().topics().byName("r"));
        metadata.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic.id())
                                .setPartitionId(0)
                                .setLeader(3),
                        0));
        markers.send(marker(7, 4), r, (_, fate) -> told.add(fate.name()));
        assertEquals(List.of(9093, 9094), flights.stream().map(Flight::port).toList());
    }

    @Test
    void withoutALeaderItIsTriedAgain() {
        lead(3, -1);
        send(marker(7, 4), 3);
        assertEquals(List.of("7 3 UNKNOWN"), told);
    }

    @Test
    void aBrokerThatIsFencedIsNotAsked() {
        metadata.broker(3, true);
        send(marker(7, 4), 3);
        assertEquals(List.of(), flights);
        assertEquals(List.of("7 3 UNKNOWN"), told);
    }

    @Test
    void whatIsDeletedIsGone() {
        var topic = Objects.requireNonNull(metadata.image().topics().byName("t"));
        metadata.removeTopic(topic.id());
        send(marker(7, 4), 0, 3);
        assertEquals(List.of("7 0 GONE", "7 3 GONE"), told);
        metadata.topic("t", 1, 1);
        send(marker(8, 4), 0, 3);
        assertEquals("8 3 GONE", told.getLast());
        assertEquals(List.of("t-0"), here);
    }

    /// Whoever leads may not have heard yet that the topic is there.
    @Test
    void whatItsLeaderDoesNotKnowIsNotGone() {
        send(marker(7, 4), 3);
        flights.getFirst().answer(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertEquals(List.of("7 3 UNKNOWN"), told);
    }
}
