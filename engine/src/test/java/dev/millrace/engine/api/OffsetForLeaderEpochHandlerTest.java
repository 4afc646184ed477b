package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.ManualEnv;
import dev.millrace.engine.testing.Replies;
import dev.millrace.engine.testing.TestReplicas;
import java.io.IOException;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where an epoch ends, as the leader of `t-0` at epoch 0 tells it, whose log is empty.
final class OffsetForLeaderEpochHandlerTest {
    private Replicas replicas;

    @BeforeEach
    void lead() throws IOException {
        var env = new ManualEnv(1_700_000_000_000L, 1);
        replicas = TestReplicas.onAnEmptyDisk(env);
        var metadata = TestMetadata.withBrokers(1);
        metadata.metadata.listen(replicas::onChange);
        metadata.topic("t", 1, 1);
    }

    /// Kafka's consumer goes to its `auto.offset.reset` when it is told that there is no such epoch.
    @ParameterizedTest(name = "{0} {1}, epoch {3}, out of session: {4}")
    @CsvSource({
        "t, 0, -1, 0, false, NONE, 0, 0",
        "t, 0, 0, 0, true, NONE, 0, 0",
        "t, 0, 0, 1, false, NONE, -1, -1",
        "t, 0, 0, 1, true, UNKNOWN_LEADER_EPOCH, -1, -1",
        "t, 0, 1, 1, false, UNKNOWN_LEADER_EPOCH, -1, -1",
        "t, 1, 0, 0, false, UNKNOWN_TOPIC_OR_PARTITION, -1, -1",
        "u, 0, 0, 0, false, UNKNOWN_TOPIC_OR_PARTITION, -1, -1",
    })
    void tells(
            String topic,
            int partition,
            int currentEpoch,
            int epoch,
            boolean outOfSession,
            Errors error,
            int endEpoch,
            long endOffset) {
        var expected =
                new EpochEndOffset()
                        .setPartition(partition)
                        .setErrorCode(error.code())
                        .setLeaderEpoch(endEpoch)
                        .setEndOffset(endOffset);
        assertEquals(expected, ask(topic, partition, currentEpoch, epoch, outOfSession));
    }

    private EpochEndOffset ask(
            String topic, int partition, int currentEpoch, int epoch, boolean outOfSession) {
        var of = new OffsetForLeaderTopic().setTopic(topic);
        of.partitions()
                .add(
                        new OffsetForLeaderPartition()
                                .setPartition(partition)
                                .setCurrentLeaderEpoch(currentEpoch)
                                .setLeaderEpoch(epoch));
        var request = new OffsetForLeaderEpochRequestData();
        request.topics().add(of);
        var handler = new OffsetForLeaderEpochHandler(replicas, () -> outOfSession);
        return Replies.of(handler.handle(Contexts.of(ApiKeys.OFFSET_FOR_LEADER_EPOCH, 4), request))
                .topics()
                .iterator()
                .next()
                .partitions()
                .getFirst();
    }
}
