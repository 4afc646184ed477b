package dev.millrace.engine.api;

import dev.millrace.engine.log.TransactionMarker;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerPartitionResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// WriteTxnMarkers: a coordinator ends transactions in the partitions that this broker leads.
///
/// - v1 flexible encoding, v2 names the version of the transaction, which decides how late markers are told (KIP-890)
/// - answered when all of them are committed or refused
/// - **not done**: authorization; every operation is allowed
public final class WriteTxnMarkersHandler
        implements Handler<WriteTxnMarkersRequestData, WriteTxnMarkersResponseData> {
    private final TransactionMarkers markers;

    public WriteTxnMarkersHandler(TransactionMarkers markers) {
        this.markers = markers;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.WRITE_TXN_MARKERS;
    }

    /// What became of one producer's marker in each partition.
    private record Result(
            long producerId, Map<TopicPartition, CompletableFuture<Errors>> partitions) {}

    @Override
    public Outcome<WriteTxnMarkersResponseData> handle(
            RequestContext context, WriteTxnMarkersRequestData request) {
        Map<Long, Result> byProducer = new LinkedHashMap<>();
        for (WritableTxnMarker asked : request.markers()) {
            var marker =
                    new TransactionMarker(
                            asked.producerId(),
                            asked.producerEpoch(),
                            asked.coordinatorEpoch(),
                            asked.transactionResult(),
                            asked.transactionVersion());
            for (WritableTxnMarkerTopic topic : asked.topics()) {
                for (int partition : topic.partitionIndexes()) {
                    var name = new TopicPartition(topic.name(), partition);
                    byProducer
                            .computeIfAbsent(
                                    asked.producerId(), id -> new Result(id, new LinkedHashMap<>()))
                            .partitions
                            .put(name, markers.append(name, marker).toCompletableFuture());
                }
            }
        }
        List<Result> results = new ArrayList<>(byProducer.values());
        var all =
                CompletableFuture.allOf(
                        results.stream()
                                .flatMap(result -> result.partitions.values().stream())
                                .toArray(CompletableFuture<?>[]::new));
        return Outcome.when(all.thenApply(_ -> answer(results)));
    }

    private static WriteTxnMarkersResponseData answer(List<Result> results) {
        var response = new WriteTxnMarkersResponseData();
        for (Result result : results) {
            Map<String, WritableTxnMarkerTopicResult> topics = new LinkedHashMap<>();
            result.partitions.forEach((name, error) ->
                    topics.computeIfAbsent(
                                    name.topic(),
                                    topic -> new WritableTxnMarkerTopicResult().setName(topic))
                            .partitions()
                            .add(
                                    new WritableTxnMarkerPartitionResult()
                                            .setPartitionIndex(name.partition())
                                            .setErrorCode(
                                                    error.getNow(Errors.UNKNOWN_SERVER_ERROR)
                                                            .code())));
            response.markers()
                    .add(
                            new WritableTxnMarkerResult()
                                    .setProducerId(result.producerId)
                                    .setTopics(new ArrayList<>(topics.values())));
        }
        return response;
    }
}
