package dev.millrace.engine.replica;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;

/// A follower's requests within one fetch session (KIP-227): the first names all partitions, later ones what has changed.
///
/// ```
///   (none, 0) --answered with an id--> (id, 1) -> (id, 2) -> ... --refused or lost--> (id, 0) --answered with another--> (other, 1)
/// ```
/// **Owner.** The fetcher, in its turn.
final class FetcherRequests {
    private static final int NONE = 0;
    private static final int FIRST_EPOCH = 0;

    /// Partitions that one request names: of topics of their own they take three of the eight megabytes that a frame may have.
    static final int MOST = 50_000;

    private final int brokerId;
    private final LongSupplier brokerEpoch;
    private final FetcherSettings settings;

    /// Of the requests of this session.
    private long asEpoch = -1;

    private int session = NONE;
    private int epoch = FIRST_EPOCH;

    FetcherRequests(int brokerId, LongSupplier brokerEpoch, FetcherSettings settings) {
        this.brokerId = brokerId;
        this.brokerEpoch = brokerEpoch;
        this.settings = settings;
    }

    /// Where one partition is to be read on.
    ///
    /// @param maxBytes that it may give
    record Wanted(
            ReplicaFetcher.Key key, int leaderEpoch, FollowerPosition position, int maxBytes) {}

    /// Whether the next request has to name every partition.
    boolean namesAll() {
        return epoch == FIRST_EPOCH;
    }

    /// Takes the broker epoch for the next request: in another one the leader has to hear of every partition anew (KIP-903).
    ///
    /// @return false while this process is not registered, and nobody to fetch
    boolean register() {
        long now = brokerEpoch.getAsLong();
        if (now != asEpoch) {
            asEpoch = now;
            reset();
        }
        return now >= 0;
    }

    FetchRequestData next(List<Wanted> wanted, List<ReplicaFetcher.Key> forgotten, int waitMs) {
        var request =
                new FetchRequestData()
                        .setReplicaState(
                                new ReplicaState().setReplicaId(brokerId).setReplicaEpoch(asEpoch))
                        .setMaxWaitMs(waitMs)
                        .setMinBytes(settings.minBytes())
                        .setMaxBytes(settings.responseBytes())
                        .setSessionId(session)
                        .setSessionEpoch(epoch);
        Map<Uuid, FetchTopic> topics = new LinkedHashMap<>();
        for (Wanted each : wanted) {
            topics.computeIfAbsent(each.key.topicId(), id -> new FetchTopic().setTopicId(id))
                    .partitions()
                    .add(partition(each));
        }
        request.setTopics(new ArrayList<>(topics.values()));
        Map<Uuid, ForgottenTopic> gone = new LinkedHashMap<>();
        for (ReplicaFetcher.Key each : forgotten) {
            gone.computeIfAbsent(each.topicId(), id -> new ForgottenTopic().setTopicId(id))
                    .partitions()
                    .add(each.partition());
        }
        return request.setForgottenTopicsData(new ArrayList<>(gone.values()));
    }

    private static FetchPartition partition(Wanted wanted) {
        FollowerPosition position = wanted.position;
        return new FetchPartition()
                .setPartition(wanted.key.partition())
                .setCurrentLeaderEpoch(wanted.leaderEpoch)
                .setFetchOffset(position.logEnd())
                .setLastFetchedEpoch(position.latestEpoch())
                .setLogStartOffset(position.logStart())
                .setPartitionMaxBytes(wanted.maxBytes)
                .setHighWatermark(position.highWatermark());
    }

    /// The leader has answered in that session; 0 when it has none to give.
    void answered(int sessionId) {
        session = sessionId;
        if (sessionId == NONE) {
            epoch = FIRST_EPOCH;
        } else {
            epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        }
    }

    /// What the leader remembers is not known any more. The next request ends that session, so that none of its requests that is still
    /// on its way speaks for this broker.
    void reset() {
        epoch = FIRST_EPOCH;
    }
}
