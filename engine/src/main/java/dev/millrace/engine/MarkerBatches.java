package dev.millrace.engine;

import dev.millrace.engine.coordinator.txn.Marker;
import dev.millrace.engine.coordinator.txn.Markers.Answer;
import dev.millrace.engine.coordinator.txn.Markers.Fate;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Turn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.jspecify.annotations.Nullable;

/// Markers on their way to other brokers, by WriteTxnMarkers: one request to a broker is under way at a time, and what comes meanwhile
/// goes together in the next.
///
/// ```
/// add --> waiting --request--> under way --answer, or none in time--> told: each partition of its own
/// ```
/// A marker is tried once. Whether, and to whom, it is sent again is for whoever gave it to say: the partition may have another leader
/// by then.
///
/// **Owner.** A turn of its own; answers are told in none. **Bound.** What waits are partitions of transactions that are being completed,
/// each once; a request takes [#MOST_A_REQUEST] of them.
final class MarkerBatches {
    static final short VERSION = 2;
    static final int MOST_A_REQUEST = 10_000;
    private static final long TIMEOUT_MS = 10_000;

    private final Turn turn;
    private final Peers peers;
    private final PeerAddresses addresses;

    /// Guarded by `turn`: brokers to which a request is under way, with what waits for it to be over.
    private final Map<Integer, ArrayDeque<Entry>> busy = new HashMap<>();

    private record Entry(Marker marker, TopicPartition partition, Answer answer) {
        void tell(@Nullable Errors error) {
            answer.tell(partition, fate(error));
        }

        Key key() {
            return new Key(marker.producerId(), partition);
        }
    }

    /// What an answer names: a request holds each once.
    private record Key(long producerId, TopicPartition partition) {}

    MarkerBatches(Turn turn, Peers peers, PeerAddresses addresses) {
        this.turn = turn;
        this.peers = peers;
        this.addresses = addresses;
    }

    /// Sends a marker to partitions that a broker leads, or does so as soon as the request before is over. Called in no turn.
    void add(int broker, Marker marker, Collection<TopicPartition> partitions, Answer answer) {
        var entries = new ArrayList<Entry>(partitions.size());
        partitions.forEach(partition -> entries.add(new Entry(marker, partition, answer)));
        boolean waits =
                turn.take(() -> {
                    ArrayDeque<Entry> waiting = busy.get(broker);
                    if (waiting == null) {
                        busy.put(broker, new ArrayDeque<>());
                        return false;
                    }
                    return waiting.addAll(entries);
                });
        if (!waits) {
            send(broker, entries);
        }
    }

    /// With the turn of the broker's requests: nobody else sends to it.
    private void send(int broker, Collection<Entry> entries) {
        Map<Key, Entry> batch = new LinkedHashMap<>();
        Collection<Entry> rest = new ArrayList<>();
        for (Entry entry : entries) {
            boolean taken =
                    batch.size() < MOST_A_REQUEST && batch.putIfAbsent(entry.key(), entry) == null;
            if (!taken) {
                rest.add(entry);
            }
        }
        turn.run(() -> waiting(broker).addAll(rest));
        Peers.Address address = addresses.of(broker);
        if (address == null) {
            over(broker, batch, null);
        } else {
            peers.send(address, VERSION, request(batch.values()), TIMEOUT_MS)
                    .whenComplete((response, _) -> over(broker, batch, response));
        }
    }

    private ArrayDeque<Entry> waiting(int broker) {
        return busy.computeIfAbsent(broker, _ -> new ArrayDeque<>());
    }

    /// The next request leaves before anybody hears of this one, so that what is to be tried again finds it under way.
    private void over(int broker, Map<Key, Entry> batch, @Nullable ApiMessage response) {
        List<Entry> next =
                turn.take(() -> {
                    List<Entry> waiting = List.copyOf(waiting(broker));
                    waiting(broker).clear();
                    if (waiting.isEmpty()) {
                        busy.remove(broker);
                    }
                    return waiting;
                });
        if (!next.isEmpty()) {
            send(broker, next);
        }
        Map<Key, Errors> errors = errors(response);
        batch.forEach((key, entry) -> entry.tell(errors.get(key)));
    }

    private static WriteTxnMarkersRequestData request(Collection<Entry> entries) {
        Map<Marker, Map<String, WritableTxnMarkerTopic>> byMarker = new LinkedHashMap<>();
        for (Entry entry : entries) {
            byMarker.computeIfAbsent(entry.marker, _ -> new TreeMap<>())
                    .computeIfAbsent(
                            entry.partition.topic(),
                            name -> new WritableTxnMarkerTopic().setName(name))
                    .partitionIndexes()
                    .add(entry.partition.partition());
        }
        var request = new WriteTxnMarkersRequestData();
        byMarker.forEach((marker, topics) -> request.markers().add(writable(marker, topics)));
        return request;
    }

    private static WritableTxnMarker writable(
            Marker marker, Map<String, WritableTxnMarkerTopic> topics) {
        return new WritableTxnMarker()
                .setProducerId(marker.producerId())
                .setProducerEpoch(marker.producerEpoch())
                .setCoordinatorEpoch(marker.coordinatorEpoch())
                .setTransactionResult(marker.result() == TransactionResult.COMMIT)
                .setTransactionVersion((byte) marker.transactionVersion())
                .setTopics(new ArrayList<>(topics.values()));
    }

    private static Map<Key, Errors> errors(@Nullable ApiMessage response) {
        Map<Key, Errors> errors = new HashMap<>();
        if (response instanceof WriteTxnMarkersResponseData answered) {
            for (var marker : answered.markers()) {
                for (var topic : marker.topics()) {
                    for (var partition : topic.partitions()) {
                        var name = new TopicPartition(topic.name(), partition.partitionIndex());
                        errors.put(
                                new Key(marker.producerId(), name),
                                Errors.forCode(partition.errorCode()));
                    }
                }
            }
        }
        return errors;
    }

    /// A coordinator that is fenced tries again until it hears that it is none any more. A partition that says there is none such may
    /// not have heard of it yet: whether it exists is for the metadata to say.
    static Fate fate(@Nullable Errors error) {
        return switch (error) {
            case NONE -> Fate.WRITTEN;
            case INVALID_PRODUCER_EPOCH -> Fate.OVERTAKEN;
            case UNSUPPORTED_FOR_MESSAGE_FORMAT -> Fate.GONE;
            case null, default -> Fate.UNKNOWN;
        };
    }
}
