package dev.millrace.engine;

import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.metadata.SupportedFeatures;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/// Node 1, a broker and the only controller, that has started; other brokers are no more than what they ask of the controller.
final class LoneVoter {
    private static final int STEPS = 1_000;

    private final ManualEnv env = new ManualEnv(1_700_000_000_000L, 7);
    final Node node;
    private final Map<Integer, Long> epochs = new TreeMap<>();

    /// @param file what its settings say
    LoneVoter(Map<String, String> file) throws IOException {
        node = TestNode.open(env, 1, true, 9093, "localhost", file);
        until(() -> node.ready().toCompletableFuture().isDone());
        epochs.put(1, node.ready().toCompletableFuture().join());
    }

    /// What has been asked is decided, and known.
    void settle() {
        for (int i = 0; i < 10; i++) {
            node.step();
            env.advance(1);
        }
    }

    private void until(BooleanSupplier done) {
        for (int i = 0; i < STEPS && !done.getAsBoolean(); i++) {
            env.advance(Math.clamp(node.step(), 1, 10));
        }
        if (!done.getAsBoolean()) {
            throw new AssertionError("not within " + STEPS + " steps");
        }
    }

    ApiMessage ask(Router router, ApiKeys api, int version, ApiMessage request) {
        var outcome = router.handle(router.call(Contexts.of(api, version), request));
        while (outcome instanceof Outcome.Parked<? extends ApiMessage> parked) {
            until(parked.signal().toCompletableFuture()::isDone);
            outcome = parked.resume().get();
        }
        return ((Outcome.Reply<? extends ApiMessage>) outcome).response();
    }

    private ApiMessage askController(ApiKeys api, int version, ApiMessage request) {
        return ask(node.controllerRouter(), api, version, request);
    }

    /// One more broker registers, and is unfenced.
    void join(int id) {
        var registration =
                new BrokerRegistrationRequestData()
                        .setBrokerId(id)
                        .setClusterId(TestNode.CLUSTER)
                        .setIncarnationId(new Uuid(7, id))
                        .setLogDirs(List.of(new Uuid(8, id)));
        registration
                .listeners()
                .add(
                        new BrokerRegistrationRequestData.Listener()
                                .setName("PLAINTEXT")
                                .setHost("localhost")
                                .setPort(9091 + id));
        SupportedFeatures.RANGES.forEach((name, range) ->
                registration
                        .features()
                        .add(
                                new BrokerRegistrationRequestData.Feature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        var registered =
                (BrokerRegistrationResponseData)
                        askController(ApiKeys.BROKER_REGISTRATION, 4, registration);
        epochs.put(id, registered.brokerEpoch());
        askController(
                ApiKeys.BROKER_HEARTBEAT,
                1,
                new BrokerHeartbeatRequestData()
                        .setBrokerId(id)
                        .setBrokerEpoch(registered.brokerEpoch())
                        .setCurrentMetadataOffset(node.image().offset()));
    }

    /// A topic with these replicas of each partition, all in sync, led by the first.
    void topic(String name, int partitions, Integer... replicas) {
        var topic = new CreatableTopic().setName(name).setNumPartitions(-1);
        topic.setReplicationFactor((short) -1);
        for (int i = 0; i < partitions; i++) {
            topic.assignments()
                    .add(
                            new CreatableReplicaAssignment()
                                    .setPartitionIndex(i)
                                    .setBrokerIds(List.of(replicas)));
        }
        var request = new CreateTopicsRequestData().setTimeoutMs(1_000);
        request.topics().add(topic);
        askController(ApiKeys.CREATE_TOPICS, 7, request);
    }

    /// The partition's leader says who is in sync.
    void inSync(String topic, int partition, Integer... ids) {
        var image = Objects.requireNonNull(node.image().topics().byName(topic));
        var now = image.partitions().get(partition);
        var asked =
                new AlterPartitionRequestData.PartitionData()
                        .setPartitionIndex(partition)
                        .setLeaderEpoch(now.leaderEpoch())
                        .setPartitionEpoch(now.partitionEpoch())
                        .setNewIsrWithEpochs(
                                Arrays.stream(ids)
                                        .map(id ->
                                                new BrokerState()
                                                        .setBrokerId(id)
                                                        .setBrokerEpoch(epoch(id)))
                                        .toList());
        var of = new AlterPartitionRequestData.TopicData().setTopicId(image.id());
        of.partitions().add(asked);
        var request =
                new AlterPartitionRequestData()
                        .setBrokerId(now.leader())
                        .setBrokerEpoch(epoch(now.leader()));
        request.topics().add(of);
        askController(ApiKeys.ALTER_PARTITION, 3, request);
    }

    private long epoch(int id) {
        return Objects.requireNonNull(epochs.get(id));
    }
}
