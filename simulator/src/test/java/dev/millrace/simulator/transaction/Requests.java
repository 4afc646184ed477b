package dev.millrace.simulator.transaction;

import java.util.List;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/// The requests of the simulated clients.
final class Requests {
    static final String TOPIC = "t";
    static final int PARTITIONS = 3;
    static final int TRANSACTION_TIMEOUT_MS = 5_000;

    private Requests() {}

    static CreateTopicsRequestData createTopic() {
        var request = new CreateTopicsRequestData().setTimeoutMs(30_000);
        request.topics()
                .add(
                        new CreatableTopic()
                                .setName(TOPIC)
                                .setNumPartitions(PARTITIONS)
                                .setReplicationFactor((short) 1));
        return request;
    }

    static FindCoordinatorRequestData findCoordinator(CoordinatorType type, String key) {
        return new FindCoordinatorRequestData()
                .setKeyType(type.id())
                .setCoordinatorKeys(List.of(key));
    }

    static InitProducerIdRequestData initProducerId(String transactionalId) {
        return new InitProducerIdRequestData()
                .setTransactionalId(transactionalId)
                .setTransactionTimeoutMs(TRANSACTION_TIMEOUT_MS)
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
    }

    static AddPartitionsToTxnRequestData addPartition(
            String transactionalId, Producing producing, int partition) {
        var topics = new AddPartitionsToTxnTopicCollection();
        topics.add(new AddPartitionsToTxnTopic().setName(TOPIC).setPartitions(List.of(partition)));
        return new AddPartitionsToTxnRequestData()
                .setV3AndBelowTransactionalId(transactionalId)
                .setV3AndBelowProducerId(producing.id())
                .setV3AndBelowProducerEpoch(producing.epoch())
                .setV3AndBelowTopics(topics);
    }

    static ProduceRequestData produce(
            String transactionalId,
            Uuid topic,
            Producing producing,
            int partition,
            int sequence,
            long value,
            long timestampMs) {
        MemoryRecords batch =
                MemoryRecords.withTransactionalRecords(
                        Compression.NONE,
                        producing.id(),
                        producing.epoch(),
                        sequence,
                        new SimpleRecord(timestampMs, null, bytes(value)));
        var request =
                new ProduceRequestData()
                        .setTransactionalId(transactionalId)
                        .setAcks((short) -1)
                        .setTimeoutMs(2_000);
        request.topicData()
                .add(
                        new TopicProduceData()
                                .setName(TOPIC)
                                .setTopicId(topic)
                                .setPartitionData(
                                        List.of(
                                                new PartitionProduceData()
                                                        .setIndex(partition)
                                                        .setRecords(batch))));
        return request;
    }

    private static byte[] bytes(long value) {
        return Long.toString(value).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    static AddOffsetsToTxnRequestData addOffsets(
            String transactionalId, Producing producing, String group) {
        return new AddOffsetsToTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producing.id())
                .setProducerEpoch(producing.epoch())
                .setGroupId(group);
    }

    static TxnOffsetCommitRequestData commitOffset(
            String transactionalId, Producing producing, String group, long offset) {
        return new TxnOffsetCommitRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producing.id())
                .setProducerEpoch(producing.epoch())
                .setGroupId(group)
                .setTopics(
                        List.of(
                                new TxnOffsetCommitRequestTopic()
                                        .setName(TOPIC)
                                        .setPartitions(
                                                List.of(
                                                        new TxnOffsetCommitRequestPartition()
                                                                .setPartitionIndex(0)
                                                                .setCommittedOffset(offset)))));
    }

    static EndTxnRequestData end(String transactionalId, Producing producing, boolean commit) {
        return new EndTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producing.id())
                .setProducerEpoch(producing.epoch())
                .setCommitted(commit);
    }

    static FetchRequestData fetch(Uuid topic, int partition, long offset) {
        return new FetchRequestData()
                .setMaxWaitMs(500)
                .setMinBytes(1)
                .setMaxBytes(100_000)
                .setIsolationLevel(IsolationLevel.READ_COMMITTED.id())
                .setSessionEpoch(-1)
                .setTopics(
                        List.of(
                                new FetchTopic()
                                        .setTopicId(topic)
                                        .setPartitions(
                                                List.of(
                                                        new FetchPartition()
                                                                .setPartition(partition)
                                                                .setFetchOffset(offset)
                                                                .setPartitionMaxBytes(100_000)))));
    }

    static OffsetFetchRequestData fetchOffset(String group) {
        return new OffsetFetchRequestData()
                .setRequireStable(true)
                .setGroups(
                        List.of(
                                new OffsetFetchRequestGroup()
                                        .setGroupId(group)
                                        .setTopics(
                                                List.of(
                                                        new OffsetFetchRequestTopics()
                                                                .setName(TOPIC)
                                                                .setPartitionIndexes(
                                                                        List.of(0))))));
    }
}
