package dev.millrace.simulator.fault;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.simulator.workload.Brokers;
import dev.millrace.simulator.workload.Requests;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// An administrator who asks for random changes, and does not wait for them.
///
/// Topics that come and go are others than the one whose records are watched; the latter is moved, and its leaders are.
public final class Admin {
    private final SimCluster cluster;
    private final Brokers brokers;
    private final Random chance;
    private final Map<String, Integer> scratch = new TreeMap<>();
    private int made;

    public Admin(SimCluster cluster, Brokers brokers) {
        this.cluster = cluster;
        this.brokers = brokers;
        this.chance = cluster.world().stream("admin");
    }

    void createTopic() {
        // Names come back, so that a topic is made again while traces of the former one are about.
        String name = "scratch-" + ++made % 3;
        int partitions = 1 + chance.nextInt(3);
        int replicas = Math.min(cluster.options().replicas(), cluster.brokers().size());
        brokers.ask(
                ApiKeys.CREATE_TOPICS,
                7,
                Requests.createTopic(name, partitions, replicas, Map.of()),
                answer -> {
                    if (answer instanceof CreateTopicsResponseData data
                            && data.topics().iterator().next().errorCode() == 0) {
                        scratch.put(name, partitions);
                        cluster.tale().tell(0, 10, partitions, () -> "made " + name);
                    }
                });
    }

    private @Nullable String anyScratch() {
        List<String> names = List.copyOf(scratch.keySet());
        return names.isEmpty() ? null : names.get(chance.nextInt(names.size()));
    }

    void deleteTopic() {
        String name = anyScratch();
        if (name != null) {
            scratch.remove(name);
            var request = new DeleteTopicsRequestData().setTimeoutMs(10_000);
            request.topics().add(new DeleteTopicState().setName(name));
            send(ApiKeys.DELETE_TOPICS, 6, request);
        }
    }

    void addPartitions() {
        String name = anyScratch();
        if (name != null) {
            int count = scratch.merge(name, 1, Integer::sum);
            var request = new CreatePartitionsRequestData().setTimeoutMs(10_000);
            request.topics()
                    .add(
                            new CreatePartitionsTopic()
                                    .setName(name)
                                    .setCount(count)
                                    .setAssignments(null));
            send(ApiKeys.CREATE_PARTITIONS, 3, request);
        }
    }

    private static final String[] MOVABLE = {
        Requests.TOPIC, "__consumer_offsets", "__transaction_state"
    };

    void reassign() {
        String topic = MOVABLE[chance.nextInt(MOVABLE.length)];
        SimMachine active = cluster.activeController();
        MetadataImage image = active == null ? null : active.image();
        TopicImage known = image == null ? null : image.topics().byName(topic);
        if (known == null) {
            return;
        }
        List<Integer> ids = new ArrayList<>();
        cluster.brokers().forEach(broker -> ids.add(broker.id()));
        Collections.shuffle(ids, chance);
        List<Integer> target =
                List.copyOf(ids.subList(0, Math.min(cluster.options().replicas(), ids.size())));
        int partition = chance.nextInt(known.partitions().size());
        boolean cancel = chance.nextInt(6) == 0;
        cluster.tale()
                .tell(
                        0,
                        11,
                        partition,
                        () ->
                                "move %s-%d to %s"
                                        .formatted(topic, partition, cancel ? "back" : target));
        send(
                ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                0,
                reassignment(topic, moved(partition, cancel ? null : target)));
    }

    private static ReassignablePartition moved(int partition, @Nullable List<Integer> target) {
        return new ReassignablePartition().setPartitionIndex(partition).setReplicas(target);
    }

    private static AlterPartitionReassignmentsRequestData reassignment(
            String topic, ReassignablePartition... moved) {
        return new AlterPartitionReassignmentsRequestData()
                .setTimeoutMs(10_000)
                .setTopics(
                        List.of(
                                new ReassignableTopic()
                                        .setName(topic)
                                        .setPartitions(List.of(moved))));
    }

    /// Has the first of each partition's replicas lead it, of the topic that is watched.
    ///
    /// @param replicas of each partition: those that it has, in another order
    public void lead(Map<Integer, List<Integer>> replicas) {
        var moved = new ArrayList<ReassignablePartition>();
        replicas.forEach((partition, all) -> moved.add(moved(partition, all)));
        brokers.ask(
                ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                0,
                reassignment(Requests.TOPIC, moved.toArray(ReassignablePartition[]::new)),
                _ -> electPreferred());
    }

    /// Makes another member of the in-sync set the preferred leader, and then the leader.
    void moveLeader() {
        String topic = MOVABLE[chance.nextInt(MOVABLE.length)];
        SimMachine active = cluster.activeController();
        MetadataImage image = active == null ? null : active.image();
        TopicImage known = image == null ? null : image.topics().byName(topic);
        if (known == null) {
            return;
        }
        int partition = chance.nextInt(known.partitions().size());
        PartitionImage now = known.partitions().get(partition);
        List<Integer> others = new ArrayList<>(now.isr());
        others.removeAll(List.of(now.leader()));
        if (others.isEmpty() || !now.adding().isEmpty() || !now.removing().isEmpty()) {
            return;
        }
        int next = others.get(chance.nextInt(others.size()));
        List<Integer> target = new ArrayList<>(now.replicas());
        target.removeAll(List.of(next));
        target.addFirst(next);
        cluster.tale()
                .tell(0, 12, partition, () -> "lead %s-%d by %d".formatted(topic, partition, next));
        brokers.ask(
                ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                0,
                reassignment(topic, moved(partition, target)),
                _ -> electPreferred());
    }

    void electPreferred() {
        var request =
                new ElectLeadersRequestData()
                        .setElectionType((byte) 0)
                        .setTopicPartitions(null)
                        .setTimeoutMs(10_000);
        send(ApiKeys.ELECT_LEADERS, 2, request);
    }

    void changeConfig() {
        boolean roll = chance.nextBoolean();
        var request = new IncrementalAlterConfigsRequestData();
        var resource =
                new AlterConfigsResource()
                        .setResourceType((byte) 2)
                        .setResourceName(Requests.TOPIC);
        resource.configs()
                .add(
                        new AlterableConfig()
                                .setName(roll ? "internal.segment.bytes" : "max.message.bytes")
                                .setConfigOperation((byte) 0)
                                .setValue(
                                        ""
                                                + (roll
                                                        ? 2_000 + chance.nextInt(30_000)
                                                        : 1_048_576 + chance.nextInt(1_000_000))));
        request.resources().add(resource);
        send(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, request);
    }

    private void send(ApiKeys api, int version, ApiMessage request) {
        brokers.ask(api, version, request, _ -> {});
    }
}
