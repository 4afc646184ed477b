package dev.millrace.jmh;

import dev.millrace.engine.api.MalformedRequest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The requests that members of groups send all the time, from frame to encoded answer.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class GroupBenchmark {
    private static final String OFFSETS = "__consumer_offsets";
    private static final byte TOPIC_RESOURCE = 2;
    private static final int SESSION_MS = 1_800_000;

    private RunningNode node;
    private Frame commit;
    private Frame heartbeat;
    private Frame consumerHeartbeat;

    @Setup
    public void start() throws IOException, MalformedRequest {
        node = new RunningNode(new SinkStorage());
        Uuid topic = node.createTopic("t", 1);
        awaitCoordinator(topic);
        answerFromCache();
        commit = new Frame(ApiKeys.OFFSET_COMMIT, commit(topic));
        heartbeat = new Frame(ApiKeys.HEARTBEAT, joined());
        consumerHeartbeat = new Frame(ApiKeys.CONSUMER_GROUP_HEARTBEAT, consumerJoined());
    }

    /// The first question makes the coordinator's topic; then it is loaded.
    private void awaitCoordinator(Uuid topic) throws MalformedRequest {
        var question = new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g"));
        for (int tries = 0; tries < 10_000; tries++) {
            node.ask(ApiKeys.FIND_COORDINATOR, question);
            var answer = (OffsetCommitResponseData) node.ask(ApiKeys.OFFSET_COMMIT, commit(topic));
            if (answer.topics().getFirst().partitions().getFirst().errorCode() == 0) {
                return;
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new IllegalStateException("there is no coordinator");
    }

    private void answerFromCache() throws MalformedRequest {
        var resource =
                new AlterConfigsResource().setResourceType(TOPIC_RESOURCE).setResourceName(OFFSETS);
        resource.configs()
                .add(
                        new AlterableConfig()
                                .setName("millrace.flush")
                                .setValue("os")
                                .setConfigOperation((byte) 0));
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource);
        node.ask(ApiKeys.INCREMENTAL_ALTER_CONFIGS, request);
    }

    private static OffsetCommitRequestData commit(Uuid topic) {
        var offsets = new OffsetCommitRequestTopic().setTopicId(topic);
        offsets.partitions()
                .add(
                        new OffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(42));
        var request = new OffsetCommitRequestData().setGroupId("offsets-only");
        request.topics().add(offsets);
        return request;
    }

    private HeartbeatRequestData joined() throws MalformedRequest {
        var join =
                new JoinGroupRequestData()
                        .setGroupId("classic")
                        .setSessionTimeoutMs(SESSION_MS)
                        .setRebalanceTimeoutMs(SESSION_MS)
                        .setProtocolType("consumer");
        join.protocols().add(new JoinGroupRequestProtocol().setName("range"));
        var known = (JoinGroupResponseData) node.ask(ApiKeys.JOIN_GROUP, join);
        join.setMemberId(known.memberId());
        var joined = (JoinGroupResponseData) node.ask(ApiKeys.JOIN_GROUP, join);
        var synced =
                (SyncGroupResponseData)
                        node.ask(
                                ApiKeys.SYNC_GROUP,
                                new SyncGroupRequestData()
                                        .setGroupId("classic")
                                        .setMemberId(joined.memberId())
                                        .setGenerationId(joined.generationId())
                                        .setProtocolType("consumer")
                                        .setProtocolName("range"));
        accepted(synced.errorCode());
        var beat =
                new HeartbeatRequestData()
                        .setGroupId("classic")
                        .setMemberId(joined.memberId())
                        .setGenerationId(joined.generationId());
        accepted(((HeartbeatResponseData) node.ask(ApiKeys.HEARTBEAT, beat)).errorCode());
        return beat;
    }

    private ConsumerGroupHeartbeatRequestData consumerJoined() throws MalformedRequest {
        var join =
                new ConsumerGroupHeartbeatRequestData()
                        .setGroupId("consumer")
                        .setMemberId(new Uuid(7, 7).toString())
                        .setRebalanceTimeoutMs(SESSION_MS)
                        .setSubscribedTopicNames(List.of("t"))
                        .setTopicPartitions(List.of());
        var joined =
                (ConsumerGroupHeartbeatResponseData)
                        node.ask(ApiKeys.CONSUMER_GROUP_HEARTBEAT, join);
        accepted(joined.errorCode());
        var beat =
                new ConsumerGroupHeartbeatRequestData()
                        .setGroupId("consumer")
                        .setMemberId(joined.memberId())
                        .setMemberEpoch(joined.memberEpoch());
        var beaten =
                (ConsumerGroupHeartbeatResponseData)
                        node.ask(ApiKeys.CONSUMER_GROUP_HEARTBEAT, beat);
        accepted(beaten.errorCode());
        return beat;
    }

    /// A refusal would be measured as if it were the work.
    private static void accepted(short error) {
        if (error != 0) {
            throw new IllegalStateException(Errors.forCode(error).toString());
        }
    }

    @TearDown
    public void stop() throws IOException, InterruptedException {
        node.stop();
    }

    @Benchmark
    public int commitOneOffset() throws MalformedRequest, IOException {
        return node.serve(commit);
    }

    @Benchmark
    public int heartbeatClassic() throws MalformedRequest, IOException {
        return node.serve(heartbeat);
    }

    @Benchmark
    public int heartbeatConsumer() throws MalformedRequest, IOException {
        return node.serve(consumerHeartbeat);
    }
}
