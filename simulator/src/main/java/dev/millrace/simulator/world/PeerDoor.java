package dev.millrace.simulator.world;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Timers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// A process's door to its peers, as the broker's is: a connection for each address and kind of request; one that is late ends the
/// connection, and the next waits a pause that doubles with every failure.
final class PeerDoor implements Peers {
    private static final long FIRST_PAUSE_NS = 20_000_000;
    private static final long LONGEST_PAUSE_NS = 1_000_000_000;

    private enum Lane {
        QUORUM,
        REPLICAS,
        MEMBERSHIP,
        DECISIONS;

        static Lane of(ApiMessage request) {
            return switch (ApiKeys.forId(request.apiKey())) {
                case FETCH -> ((FetchRequestData) request).clusterId() == null ? REPLICAS : QUORUM;
                case FETCH_SNAPSHOT,
                        VOTE,
                        BEGIN_QUORUM_EPOCH,
                        END_QUORUM_EPOCH,
                        ADD_RAFT_VOTER,
                        REMOVE_RAFT_VOTER,
                        UPDATE_RAFT_VOTER ->
                        QUORUM;
                case BROKER_REGISTRATION, BROKER_HEARTBEAT -> MEMBERSHIP;
                default -> DECISIONS;
            };
        }
    }

    private record Key(Address to, Lane lane) {
        static final Comparator<Key> ORDER =
                Comparator.<Key, String>comparing(key -> key.to.host())
                        .thenComparingInt(key -> key.to.port())
                        .thenComparing(Key::lane);
    }

    private final SimCluster cluster;
    private final SimMachine.Life life;
    private final SimMachine from;

    /// In an order of their own: the consensus client asks all voters in the order of a set, which is another one in each JVM.
    private final Map<Key, Link> links = new TreeMap<>(Key.ORDER);

    PeerDoor(SimCluster cluster, SimMachine from, SimMachine.Life life) {
        this.cluster = cluster;
        this.from = from;
        this.life = life;
    }

    @Override
    public CompletionStage<ApiMessage> send(
            Address to, short version, ApiMessage request, long timeoutMs) {
        return links.computeIfAbsent(new Key(to, Lane.of(request)), Link::new)
                .send(version, request, timeoutMs);
    }

    @Override
    public CompletionStage<ApiMessage> sendAtOnce(
            Address to, short version, ApiMessage request, long timeoutMs) {
        Link link = links.computeIfAbsent(new Key(to, Lane.of(request)), Link::new);
        link.notBeforeNs = 0;
        return link.send(version, request, timeoutMs);
    }

    /// The process has ended: its machine closes what it had open.
    void close() {
        links.values().forEach(Link::close);
    }

    /// A leader that gives up names its successors by how far they have come, and those that are level in the order of a set, which is
    /// another one in each JVM: here it names them all by their ids.
    private static void inOrder(EndQuorumEpochRequestData end) {
        for (var topic : end.topics()) {
            for (var partition : topic.partitions()) {
                var candidates = new ArrayList<>(partition.preferredCandidates());
                candidates.sort(Comparator.comparingInt(each -> each.candidateId()));
                partition.setPreferredCandidates(candidates);
                var successors = new ArrayList<>(partition.preferredSuccessors());
                successors.sort(Comparator.naturalOrder());
                partition.setPreferredSuccessors(successors);
            }
        }
    }

    private final class Link implements SimConnection.Owner {
        private final Key key;
        private final List<CompletableFuture<ApiMessage>> underWay = new ArrayList<>();
        private @Nullable SimConnection connection;
        private long pauseNs = FIRST_PAUSE_NS;
        private long notBeforeNs;

        Link(Key key) {
            this.key = key;
        }

        CompletionStage<ApiMessage> send(short version, ApiMessage request, long timeoutMs) {
            var answer = new CompletableFuture<ApiMessage>();
            ApiKeys api = ApiKeys.forId(request.apiKey());
            if (request instanceof EndQuorumEpochRequestData end) {
                inOrder(end);
            }
            byte[] frame = Frames.request(api, version, request, "node " + from.id());
            if (connection == null && cluster.world().nowNs() < notBeforeNs) {
                answer.completeExceptionally(new IOException(key.to + " failed a moment ago"));
                return answer;
            }
            underWay.add(answer);
            life.leave(cluster.order(key.to), () -> depart(api, version, frame, timeoutMs, answer));
            return answer;
        }

        /// Its time begins now, in the order of departures: what is late at the same moment is given up in this order.
        private void depart(
                ApiKeys api,
                short version,
                byte[] frame,
                long timeoutMs,
                CompletableFuture<ApiMessage> answer) {
            if (answer.isDone()) {
                return;
            }
            Timers.Timer timer =
                    life.env()
                            .timers()
                            .schedule(
                                    timeoutMs,
                                    () -> {
                                        if (!answer.isDone()) {
                                            fail(new IOException(new TimeoutException("late")));
                                        }
                                    });
            SimConnection open = connection();
            if (open == null) {
                life.enter(() -> fail(new IOException("refused")));
                return;
            }
            open.send(
                    api,
                    version,
                    frame,
                    response ->
                            life.enter(() -> {
                                timer.cancel();

                                pauseNs = FIRST_PAUSE_NS;
                                answer.complete(response);
                                underWay.removeIf(CompletableFuture::isDone);
                            }));
        }

        private @Nullable SimConnection connection() {
            SimConnection open = connection;
            if (open == null) {
                SimMachine to = cluster.at(key.to);
                if (to == null) {
                    return null;
                }
                open =
                        new SimConnection(
                                cluster, from.id(), to, to.isControllersAt(key.to), false, this);
                connection = open;
            }
            return open;
        }

        @Override
        public void lost() {
            life.enter(() -> fail(new IOException("connection lost")));
        }

        private void fail(IOException why) {
            close();
            notBeforeNs = cluster.world().nowNs() + pauseNs;
            pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
            List<CompletableFuture<ApiMessage>> failed = List.copyOf(underWay);
            underWay.clear();
            failed.forEach(each -> each.completeExceptionally(why));
        }

        void close() {
            SimConnection open = connection;
            connection = null;
            if (open != null) {
                open.close();
            }
        }
    }
}
