package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A [GroupWorld] with topics, and members of the consumer protocol. Partitions are written `t0` (topic t, partition 0), in
/// order, with blanks between.
final class ConsumerWorld {
    static final int REBALANCE_MS = 30_000;
    static final int SESSION_MS = 45_000;
    static final String GROUP = GroupWorld.GROUP;

    final TestMetadata metadata = TestMetadata.withBrokers(1);
    final GroupWorld world;

    ConsumerWorld(long seed, GroupConfig config) {
        world = new GroupWorld(seed, config, this::image);
    }

    /// Every change is answered by an assignment at once.
    ConsumerWorld() {
        this(0);
    }

    ConsumerWorld(int assignmentIntervalMs) {
        this(1, config(assignmentIntervalMs));
        metadata.topic("t", 4, 1);
    }

    static GroupConfig config(int assignmentIntervalMs) {
        return GroupConfig.DEFAULTS
                .withInitialRebalanceDelayMs(0)
                .withConsumer(
                        ConsumerGroupConfig.DEFAULTS.with(SESSION_MS, 5_000, assignmentIntervalMs));
    }

    MetadataImage image() {
        return metadata.image();
    }

    Uuid topicId(String name) {
        return Objects.requireNonNull(image().topics().byName(name)).id();
    }

    ConsumerGroup group() {
        return Objects.requireNonNull(world.shard().consumerGroup(GROUP));
    }

    void pass(long ms) {
        world.env.time.advance(ms);
    }

    // ---- members

    /// A member as a client keeps it: it believes what it is told, and gives up what it is told to when it is next heard of.
    final class Member {
        final String id;
        final @Nullable String instanceId;
        int epoch;
        String has = "";

        Member(String id, @Nullable String instanceId) {
            this.id = id;
            this.instanceId = instanceId;
        }

        ConsumerGroupHeartbeatRequestData request() {
            return new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(id)
                    .setMemberEpoch(epoch)
                    .setInstanceId(instanceId);
        }

        /// Everything that there is to say when joining.
        ConsumerGroupHeartbeatRequestData joining(String... topics) {
            epoch = 0;
            has = "";
            return request()
                    .setRebalanceTimeoutMs(REBALANCE_MS)
                    .setSubscribedTopicNames(List.of(topics))
                    .setTopicPartitions(List.of());
        }

        ConsumerGroupHeartbeatResponseData join(String... topics) {
            return send(joining(topics));
        }

        ConsumerGroupHeartbeatResponseData beat() {
            return send(request());
        }

        /// A heartbeat that says what it has.
        ConsumerGroupHeartbeatResponseData own() {
            return send(request().setTopicPartitions(owned(has)));
        }

        ConsumerGroupHeartbeatResponseData leave(int leavingEpoch) {
            return send(request().setMemberEpoch(leavingEpoch));
        }

        ConsumerGroupHeartbeatResponseData send(ConsumerGroupHeartbeatRequestData request) {
            var answer = ConsumerWorld.this.send(request);
            if (answer.errorCode() == Errors.NONE.code()) {
                epoch = answer.memberEpoch();
                if (answer.assignment() != null) {
                    has = text(answer.assignment());
                }
            }
            return answer;
        }

        Errors commit(int atEpoch, String partition, long offset) {
            return ConsumerWorld.this.commit(9, id, atEpoch, partition, offset);
        }
    }

    Member member(String id) {
        return new Member(id, null);
    }

    Member fixed(String id, String instanceId) {
        return new Member(id, instanceId);
    }

    CompletionStage<ConsumerGroupHeartbeatResponseData> ask(
            ConsumerGroupHeartbeatRequestData request) {
        return world.groups.heartbeat(GroupWorld.caller(1), request);
    }

    ConsumerGroupHeartbeatResponseData send(ConsumerGroupHeartbeatRequestData request) {
        return Objects.requireNonNull(GroupWorld.now(ask(request)), "not answered");
    }

    static Errors error(ConsumerGroupHeartbeatResponseData answer) {
        return Errors.forCode(answer.errorCode());
    }

    ConsumerGroupDescribeResponseData.DescribedGroup describe() {
        return Objects.requireNonNull(
                GroupWorld.now(world.groups.describeConsumers(GROUP)), "not answered");
    }

    // ---- offsets

    Errors commit(int version, String member, int epoch, String partition, long offset) {
        var answer =
                GroupWorld.now(
                        world.groups.commit(
                                GroupWorld.caller(version),
                                committing(member, epoch, partition, offset)));
        return GroupWorld.error(answer);
    }

    OffsetCommitRequestData committing(String member, int epoch, String partition, long offset) {
        String topic = partition.substring(0, 1);
        return new OffsetCommitRequestData()
                .setGroupId(GROUP)
                .setMemberId(member)
                .setGenerationIdOrMemberEpoch(epoch)
                .setTopics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .setName(topic)
                                        .setTopicId(topicId(topic))
                                        .setPartitions(
                                                List.of(
                                                        new OffsetCommitRequestPartition()
                                                                .setPartitionIndex(index(partition))
                                                                .setCommittedOffset(offset)))));
    }

    Errors fetch(@Nullable String member, int epoch) {
        var answer =
                GroupWorld.now(
                        world.groups.fetchOffsets(
                                new OffsetFetchRequestGroup()
                                        .setGroupId(GROUP)
                                        .setMemberId(member)
                                        .setMemberEpoch(epoch)
                                        .setTopics(
                                                List.of(
                                                        new OffsetFetchRequestTopics()
                                                                .setName("t")
                                                                .setPartitionIndexes(List.of(0)))),
                                false));
        return Errors.forCode(Objects.requireNonNull(answer).errorCode());
    }

    // ---- partitions as text

    private static int index(String partition) {
        return Integer.parseInt(partition.substring(1));
    }

    String text(ConsumerGroupHeartbeatResponseData.Assignment assignment) {
        var names = new TreeSet<String>();
        for (ConsumerGroupHeartbeatResponseData.TopicPartitions topic :
                assignment.topicPartitions()) {
            TopicImage image = image().topics().byId(topic.topicId());
            String name = image == null ? "?" : image.name();
            topic.partitions().forEach(partition -> names.add(name + partition));
        }
        return String.join(" ", names);
    }

    /// Of topics that exist.
    List<TopicPartitions> owned(String text) {
        var topics = new TreeMap<Uuid, List<Integer>>();
        for (String partition : text.split(" ", -1)) {
            TopicImage topic =
                    partition.isEmpty() ? null : image().topics().byName(partition.substring(0, 1));
            if (topic != null) {
                topics.computeIfAbsent(topic.id(), _ -> new ArrayList<>()).add(index(partition));
            }
        }
        var owned = new ArrayList<TopicPartitions>();
        topics.forEach((topic, partitions) ->
                owned.add(new TopicPartitions().setTopicId(topic).setPartitions(partitions)));
        return owned;
    }
}
