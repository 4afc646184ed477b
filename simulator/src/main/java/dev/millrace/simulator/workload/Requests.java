package dev.millrace.simulator.workload;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
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
import org.jspecify.annotations.Nullable;

/// The requests of the simulated clients.
public final class Requests {
    public static final String TOPIC = "t";
    public static final int PARTITIONS = 3;
    public static final int TRANSACTION_TIMEOUT_MS = 5_000;

    private Requests() {}

    public static CreateTopicsRequestData createTopic() {
        return createTopic(TOPIC, PARTITIONS, 1, Map.of());
    }

    public static CreateTopicsRequestData createTopic(
            String name, int partitions, int replicas, Map<String, String> configs) {
        var topic =
                new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) replicas);
        new TreeMap<>(configs)
                .forEach((key, value) ->
                        topic.configs()
                                .add(new CreatableTopicConfig().setName(key).setValue(value)));
        var request = new CreateTopicsRequestData().setTimeoutMs(30_000);
        request.topics().add(topic);
        return request;
    }

    public static FindCoordinatorRequestData findCoordinator(CoordinatorType type, String key) {
        return new FindCoordinatorRequestData()
                .setKeyType(type.id())
                .setCoordinatorKeys(List.of(key));
    }

    public static InitProducerIdRequestData initProducerId(@Nullable String transactionalId) {
        return new InitProducerIdRequestData()
                .setTransactionalId(transactionalId)
                .setTransactionTimeoutMs(TRANSACTION_TIMEOUT_MS)
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
    }

    public static AddPartitionsToTxnRequestData addPartition(
            String transactionalId, Producing producing, int partition) {
        var topics = new AddPartitionsToTxnTopicCollection();
        topics.add(new AddPartitionsToTxnTopic().setName(TOPIC).setPartitions(List.of(partition)));
        return new AddPartitionsToTxnRequestData()
                .setV3AndBelowTransactionalId(transactionalId)
                .setV3AndBelowProducerId(producing.id())
                .setV3AndBelowProducerEpoch(producing.epoch())
                .setV3AndBelowTopics(topics);
    }

    /// One record of a transaction.
    public static ProduceRequestData produce(
            String transactionalId,
            Uuid topic,
            Producing producing,
            int partition,
            int sequence,
            long value,
            long timestampMs) {
        return produce(
                transactionalId,
                topic,
                producing,
                partition,
                sequence,
                List.of(value),
                timestampMs,
                -1);
    }

    /// One batch.
    ///
    /// @param transactionalId null outside of transactions
    /// @param producing null of a producer that is not idempotent
    public static ProduceRequestData produce(
            @Nullable String transactionalId,
            Uuid topic,
            @Nullable Producing producing,
            int partition,
            int sequence,
            List<Long> values,
            long timestampMs,
            int acks) {
        SimpleRecord[] records =
                values.stream()
                        .map(value -> new SimpleRecord(timestampMs, null, bytes(value)))
                        .toArray(SimpleRecord[]::new);
        MemoryRecords batch =
                producing == null
                        ? MemoryRecords.withRecords(Compression.NONE, records)
                        : transactionalId == null
                                ? MemoryRecords.withIdempotentRecords(
                                        Compression.NONE,
                                        producing.id(),
                                        producing.epoch(),
                                        sequence,
                                        records)
                                : MemoryRecords.withTransactionalRecords(
                                        Compression.NONE,
                                        producing.id(),
                                        producing.epoch(),
                                        sequence,
                                        records);
        var request =
                new ProduceRequestData()
                        .setTransactionalId(transactionalId)
                        .setAcks((short) acks)
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

    public static AddOffsetsToTxnRequestData addOffsets(
            String transactionalId, Producing producing, String group) {
        return new AddOffsetsToTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producing.id())
                .setProducerEpoch(producing.epoch())
                .setGroupId(group);
    }

    public static TxnOffsetCommitRequestData commitOffset(
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

    public static EndTxnRequestData end(
            String transactionalId, Producing producing, boolean commit) {
        return new EndTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producing.id())
                .setProducerEpoch(producing.epoch())
                .setCommitted(commit);
    }

    public static FetchRequestData fetch(
            Uuid topic, int partition, long offset, IsolationLevel isolation) {
        return new FetchRequestData()
                .setMaxWaitMs(500)
                .setMinBytes(1)
                .setMaxBytes(100_000)
                .setIsolationLevel(isolation.id())
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

    public static OffsetFetchRequestData fetchOffset(String group) {
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

    /// Outside of transactions and of any generation.
    public static OffsetCommitRequestData commitOffset(String group, long offset) {
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setTopics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .setName(TOPIC)
                                        .setPartitions(
                                                List.of(
                                                        new OffsetCommitRequestPartition()
                                                                .setPartitionIndex(0)
                                                                .setCommittedOffset(offset)))));
    }

    /// The end of a partition, as readers of everything see it.
    public static ListOffsetsRequestData listEnd(int partition) {
        return new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(
                        List.of(
                                new ListOffsetsTopic()
                                        .setName(TOPIC)
                                        .setPartitions(
                                                List.of(
                                                        new ListOffsetsPartition()
                                                                .setPartitionIndex(partition)
                                                                .setTimestamp(-1)))));
    }
}
