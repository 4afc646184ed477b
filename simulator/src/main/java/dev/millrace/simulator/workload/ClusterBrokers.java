package dev.millrace.simulator.workload;

import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.jspecify.annotations.Nullable;

/// One client's view of a cluster: finds leaders and coordinators, follows them when they move, and asks any broker for the rest.
///
/// It keeps no leader older than the newest that it has heard of (KIP-320), and names the leader's epoch when it fetches.
public final class ClusterBrokers implements Brokers {
    private static final long TIMEOUT_NS = 3_000_000_000L;
    private static final long PAUSE_NS = 100_000_000;
    private static final short METADATA_VERSION = 12;

    private final SimCluster cluster;
    private final int client;
    private final Random chance;
    private final Links links = new Links(false);
    private final Links linksInTime = new Links(true);
    private final Map<Uuid, String> names = new HashMap<>();
    private final Map<String, TreeMap<Integer, Led>> leaders = new TreeMap<>();
    private final Map<String, Integer> coordinators = new TreeMap<>();

    /// What waits for leaders to be known, in the order in which it was asked for.
    private final List<Runnable> refreshing = new ArrayList<>();

    /// @param client its id, by which roads know it
    public ClusterBrokers(SimCluster cluster, int client) {
        this.cluster = cluster;
        this.client = client;
        this.chance = cluster.world().stream("client " + client);
    }

    /// Connections of one kind, by broker.
    private final class Links {
        private final boolean inTime;
        private final Map<Integer, ClientLink> byBroker = new HashMap<>();

        Links(boolean inTime) {
            this.inTime = inTime;
        }

        ClientLink to(SimMachine broker) {
            return byBroker.computeIfAbsent(
                    broker.id(), _ -> new ClientLink(cluster, client, broker, inTime));
        }
    }

    /// @param fresh false when there was an error since it was heard
    private record Led(int leader, int epoch, boolean fresh) {}

    /// Whom a request is for.
    private sealed interface To {
        record Anyone() implements To {}

        record Leader(String topic, int partition) implements To {}

        record Coordinator(CoordinatorType type, String key) implements To {}
    }

    @Override
    public void ask(
            ApiKeys api, int version, ApiMessage request, Consumer<@Nullable ApiMessage> done) {
        route(to(request), links, api, version, request, done);
    }

    @Override
    public void askInTime(
            ApiKeys api, int version, ApiMessage request, Consumer<@Nullable ApiMessage> done) {
        route(to(request), linksInTime, api, version, request, done);
    }

    private To to(ApiMessage request) {
        return switch (request) {
            case ProduceRequestData produce -> {
                var topic = produce.topicData().iterator().next();
                yield new To.Leader(
                        topic.name().isEmpty()
                                ? names.getOrDefault(topic.topicId(), Requests.TOPIC)
                                : topic.name(),
                        topic.partitionData().getFirst().index());
            }
            case FetchRequestData fetch -> {
                var topic = fetch.topics().getFirst();
                yield new To.Leader(
                        names.getOrDefault(topic.topicId(), Requests.TOPIC),
                        topic.partitions().getFirst().partition());
            }
            case ListOffsetsRequestData list ->
                    new To.Leader(
                            list.topics().getFirst().name(),
                            list.topics().getFirst().partitions().getFirst().partitionIndex());
            case InitProducerIdRequestData init ->
                    init.transactionalId() == null
                            ? new To.Anyone()
                            : transaction(init.transactionalId());
            case AddPartitionsToTxnRequestData add -> transaction(add.v3AndBelowTransactionalId());
            case AddOffsetsToTxnRequestData add -> transaction(add.transactionalId());
            case EndTxnRequestData end -> transaction(end.transactionalId());
            case TxnOffsetCommitRequestData commit -> group(commit.groupId());
            case OffsetCommitRequestData commit -> group(commit.groupId());
            case OffsetFetchRequestData fetch -> group(fetch.groups().getFirst().groupId());
            default -> new To.Anyone();
        };
    }

    private static To transaction(String id) {
        return new To.Coordinator(CoordinatorType.TRANSACTION, id);
    }

    private static To group(String id) {
        return new To.Coordinator(CoordinatorType.GROUP, id);
    }

    // ------------------------------------------------------------------ on the way

    private void route(
            To to,
            Links by,
            ApiKeys api,
            int version,
            ApiMessage request,
            Consumer<@Nullable ApiMessage> done) {
        switch (to) {
            case To.Anyone() -> send(anyBroker(), by, api, version, request, done);
            case To.Leader(String topic, int partition) ->
                    toLeader(topic, partition, by, api, version, request, done);
            case To.Coordinator(CoordinatorType type, String key) ->
                    toCoordinator(type, key, by, api, version, request, done);
        }
    }

    private int anyBroker() {
        List<SimMachine> brokers = cluster.brokers();
        return brokers.get(chance.nextInt(brokers.size())).id();
    }

    private void send(
            int broker,
            Links by,
            ApiKeys api,
            int version,
            ApiMessage request,
            Consumer<@Nullable ApiMessage> done) {
        SimMachine machine = cluster.machine(broker);
        if (machine == null) {
            failLater(done);
            return;
        }
        by.to(machine).ask(api, (short) version, request, TIMEOUT_NS, done);
    }

    private void failLater(Consumer<@Nullable ApiMessage> done) {
        cluster.world().schedule(PAUSE_NS, () -> done.accept(null));
    }

    // ------------------------------------------------------------------ leaders

    private void toLeader(
            String topic,
            int partition,
            Links by,
            ApiKeys api,
            int version,
            ApiMessage request,
            Consumer<@Nullable ApiMessage> done) {
        Led led = led(topic, partition);
        boolean known = led != null && led.fresh && led.leader >= 0;
        if (led != null && known && refreshing.isEmpty()) {
            sendToLeader(led, topic, partition, by, api, version, request, done);
            return;
        }
        refreshing.add(() -> {
            Led now = led(topic, partition);
            if (now == null || now.leader < 0) {
                failLater(done);
            } else {
                sendToLeader(now, topic, partition, by, api, version, request, done);
            }
        });
        if (refreshing.size() == 1) {
            refresh(topic);
        }
    }

    private @Nullable Led led(String topic, int partition) {
        TreeMap<Integer, Led> known = leaders.get(topic);
        return known == null ? null : known.get(partition);
    }

    private void sendToLeader(
            Led led,
            String topic,
            int partition,
            Links by,
            ApiKeys api,
            int version,
            ApiMessage request,
            Consumer<@Nullable ApiMessage> done) {
        if (request instanceof FetchRequestData fetch) {
            fetch.topics().getFirst().partitions().getFirst().setCurrentLeaderEpoch(led.epoch);
        }
        send(
                led.leader,
                by,
                api,
                version,
                request,
                answer -> {
                    if (answer == null || isWrong(answer)) {
                        stale(topic, partition, led);
                    }
                    done.accept(answer);
                });
    }

    private void stale(String topic, int partition, Led led) {
        TreeMap<Integer, Led> known = leaders.get(topic);
        if (known != null && led.equals(known.get(partition))) {
            known.put(partition, new Led(led.leader, led.epoch, false));
        }
    }

    private static boolean isWrong(ApiMessage answer) {
        return switch (answer) {
            case ProduceResponseData produced ->
                    produced.responses()
                                    .iterator()
                                    .next()
                                    .partitionResponses()
                                    .getFirst()
                                    .errorCode()
                            != 0;
            case FetchResponseData fetched ->
                    fetched.errorCode() != 0
                            || fetched.responses().isEmpty()
                            || fetched.responses().getFirst().partitions().getFirst().errorCode()
                                    != 0;
            default -> false;
        };
    }

    private void refresh(String topic) {
        var request =
                new MetadataRequestData()
                        .setAllowAutoTopicCreation(false)
                        .setTopics(List.of(new MetadataRequestTopic().setName(topic)));
        send(
                anyBroker(),
                links,
                ApiKeys.METADATA,
                METADATA_VERSION,
                request,
                answer -> {
                    if (answer instanceof MetadataResponseData data) {
                        data.topics().forEach(this::heard);
                    }
                    List<Runnable> waited = List.copyOf(refreshing);
                    refreshing.clear();
                    waited.forEach(Runnable::run);
                });
    }

    private void heard(MetadataResponseData.MetadataResponseTopic topic) {
        if (topic.errorCode() != 0) {
            return;
        }
        names.put(topic.topicId(), topic.name());
        TreeMap<Integer, Led> known = leaders.computeIfAbsent(topic.name(), _ -> new TreeMap<>());
        topic.partitions()
                .forEach(partition -> {
                    Led before = known.get(partition.partitionIndex());
                    if (before == null || partition.leaderEpoch() >= before.epoch) {
                        known.put(
                                partition.partitionIndex(),
                                new Led(partition.leaderId(), partition.leaderEpoch(), true));
                    }
                });
    }

    // ------------------------------------------------------------------ coordinators

    private void toCoordinator(
            CoordinatorType type,
            String key,
            Links by,
            ApiKeys api,
            int version,
            ApiMessage request,
            Consumer<@Nullable ApiMessage> done) {
        String place = type + " " + key;
        Integer known = coordinators.get(place);
        if (known != null) {
            send(
                    known,
                    by,
                    api,
                    version,
                    request,
                    answer -> {
                        if (answer == null || Answers.isElsewhere(answer)) {
                            coordinators.remove(place, known);
                        }
                        done.accept(answer);
                    });
            return;
        }
        send(
                anyBroker(),
                links,
                ApiKeys.FIND_COORDINATOR,
                6,
                Requests.findCoordinator(type, key),
                answer -> {
                    if (answer instanceof FindCoordinatorResponseData found
                            && found.coordinators().getFirst().errorCode() == 0) {
                        coordinators.put(place, found.coordinators().getFirst().nodeId());
                        toCoordinator(type, key, by, api, version, request, done);
                    } else {
                        failLater(done);
                    }
                });
    }
}
