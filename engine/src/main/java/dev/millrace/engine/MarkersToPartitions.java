package dev.millrace.engine;

import dev.millrace.engine.coordinator.txn.Marker;
import dev.millrace.engine.coordinator.txn.Markers;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.jspecify.annotations.Nullable;

/// Markers to the leaders of partitions: appended here where that is this broker, otherwise by WriteTxnMarkers, one request for each
/// of the others.
final class MarkersToPartitions implements Markers {
    private static final short VERSION = 2;
    private static final long TIMEOUT_MS = 10_000;

    private final int brokerId;
    private final Supplier<MetadataImage> metadata;
    private final Here here;
    private final Peers peers;
    private final PeerAddresses addresses;

    /// Partitions that this broker leads.
    @FunctionalInterface
    interface Here {
        /// Completes when the marker is committed, or with what is in its way; holding no turn. Called in none.
        CompletionStage<Errors> append(TopicPartition partition, Marker marker);
    }

    MarkersToPartitions(
            int brokerId,
            Supplier<MetadataImage> metadata,
            Here here,
            Peers peers,
            PeerAddresses addresses) {
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.here = here;
        this.peers = peers;
        this.addresses = addresses;
    }

    @Override
    public void send(Marker marker, Collection<TopicPartition> partitions, Answer answer) {
        MetadataImage image = metadata.get();
        Map<Integer, List<TopicPartition>> elsewhere = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            PartitionImage found = find(image, partition);
            if (found == null) {
                answer.tell(partition, Fate.GONE);
            } else if (found.leader() == brokerId) {
                here.append(partition, marker)
                        .whenComplete((error, _) -> answer.tell(partition, fate(error)));
            } else {
                elsewhere.computeIfAbsent(found.leader(), _ -> new ArrayList<>()).add(partition);
            }
        }
        elsewhere.forEach((leader, theirs) -> send(leader, marker, theirs, answer));
    }

    private static @Nullable PartitionImage find(MetadataImage image, TopicPartition partition) {
        TopicImage topic = image.topics().byName(partition.topic());
        int index = partition.partition();
        return topic == null || topic.partitions().size() <= index
                ? null
                : topic.partitions().get(index);
    }

    private void send(int leader, Marker marker, List<TopicPartition> partitions, Answer answer) {
        Peers.Address address = addresses.of(leader);
        if (address == null) {
            partitions.forEach(partition -> answer.tell(partition, Fate.UNKNOWN));
            return;
        }
        peers.send(address, VERSION, request(marker, partitions), TIMEOUT_MS)
                .whenComplete((response, _) -> {
                    Map<TopicPartition, Errors> errors = errors(response);
                    partitions.forEach(
                            partition -> answer.tell(partition, fate(errors.get(partition))));
                });
    }

    private static WriteTxnMarkersRequestData request(
            Marker marker, List<TopicPartition> partitions) {
        Map<String, WritableTxnMarkerTopic> topics = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            topics.computeIfAbsent(
                            partition.topic(), name -> new WritableTxnMarkerTopic().setName(name))
                    .partitionIndexes()
                    .add(partition.partition());
        }
        return new WriteTxnMarkersRequestData()
                .setMarkers(
                        List.of(
                                new WritableTxnMarker()
                                        .setProducerId(marker.producerId())
                                        .setProducerEpoch(marker.producerEpoch())
                                        .setCoordinatorEpoch(marker.coordinatorEpoch())
                                        .setTransactionResult(
                                                marker.result() == TransactionResult.COMMIT)
                                        .setTransactionVersion((byte) marker.transactionVersion())
                                        .setTopics(new ArrayList<>(topics.values()))));
    }

    private static Map<TopicPartition, Errors> errors(@Nullable ApiMessage response) {
        Map<TopicPartition, Errors> errors = new HashMap<>();
        if (response instanceof WriteTxnMarkersResponseData answered) {
            for (var marker : answered.markers()) {
                for (var topic : marker.topics()) {
                    for (var partition : topic.partitions()) {
                        errors.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()),
                                Errors.forCode(partition.errorCode()));
                    }
                }
            }
        }
        return errors;
    }

    /// A coordinator that is fenced tries again until it hears that it is none any more. A partition that says there is none such may
    /// not have heard of it yet: whether it exists is for the metadata to say.
    private static Fate fate(@Nullable Errors error) {
        return switch (error) {
            case NONE -> Fate.WRITTEN;
            case INVALID_PRODUCER_EPOCH -> Fate.OVERTAKEN;
            case UNSUPPORTED_FOR_MESSAGE_FORMAT -> Fate.GONE;
            case null, default -> Fate.UNKNOWN;
        };
    }
}
