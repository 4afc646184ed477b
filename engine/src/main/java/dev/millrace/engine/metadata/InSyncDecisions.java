package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// Who is in sync: what a partition's leader asks for (KIP-497), compared with what the controller knows of leader, epochs and
/// brokers before anything is written.
///
/// | the leader asks | answer |
/// |---|---|
/// | as a process that another has replaced | `STALE_BROKER_EPOCH`, the whole request |
/// | about an unknown topic, partition | `UNKNOWN_TOPIC_ID`, `UNKNOWN_TOPIC_OR_PARTITION` |
/// | from a newer leader or partition epoch | `NOT_CONTROLLER`: this controller is behind |
/// | from an older leader epoch | `FENCED_LEADER_EPOCH` |
/// | without being the leader, or for a set that is not of replicas, lacks the leader, or has others while it recovers | `INVALID_REQUEST` |
/// | from an older partition epoch | `INVALID_UPDATE_VERSION` |
/// | for a broker that is fenced, stops, or has registered again (KIP-841, KIP-903) | `INELIGIBLE_REPLICA` |
/// | for a set that completes a move away from itself | `NEW_LEADER_ELECTED`, and it is done |
public final class InSyncDecisions {
    private static final long ANY_EPOCH = -1;
    private static final int NO_LEADER_CHANGE = -2;
    private static final byte RECOVERING = 1;

    private final AlterPartitionRequestData request;
    private final List<ApiMessageAndVersion> records = new ArrayList<>();

    /// With what has been decided so far, so that a partition that is named twice is the second time behind.
    private MetadataImage image;

    private InSyncDecisions(MetadataImage image, AlterPartitionRequestData request) {
        this.image = image;
        this.request = request;
    }

    /// Changes the in-sync sets that a leader asks for, each partition for itself.
    ///
    /// @throws org.apache.kafka.common.errors.StaleBrokerEpochException when another process has registered as that broker
    public static Decision<AlterPartitionResponseData> alter(
            MetadataImage image, AlterPartitionRequestData request) {
        @Nullable BrokerImage broker = image.cluster().broker(request.brokerId());
        if (broker == null || broker.epoch() != request.brokerEpoch()) {
            throw Errors.STALE_BROKER_EPOCH.exception(
                    broker == null
                            ? "Broker " + request.brokerId() + " is not registered."
                            : "Expected broker epoch "
                                    + broker.epoch()
                                    + ", but got broker epoch "
                                    + request.brokerEpoch());
        }
        var decisions = new InSyncDecisions(image, request);
        var response = new AlterPartitionResponseData();
        for (AlterPartitionRequestData.TopicData topic : request.topics()) {
            response.topics().add(decisions.alter(topic));
        }
        return new Decision<>(decisions.records, response);
    }

    private AlterPartitionResponseData.TopicData alter(AlterPartitionRequestData.TopicData asked) {
        var answer = new AlterPartitionResponseData.TopicData().setTopicId(asked.topicId());
        for (AlterPartitionRequestData.PartitionData partition : asked.partitions()) {
            @Nullable TopicImage topic = image.topics().byId(asked.topicId());
            answer.partitions()
                    .add(
                            topic == null
                                    ? refused(partition, Errors.UNKNOWN_TOPIC_ID)
                                    : alter(topic, partition));
        }
        return answer;
    }

    private AlterPartitionResponseData.PartitionData alter(
            TopicImage topic, AlterPartitionRequestData.PartitionData asked) {
        int index = asked.partitionIndex();
        if (index < 0 || index >= topic.partitions().size()) {
            return refused(asked, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        PartitionImage now = topic.partitions().get(index);
        List<BrokerState> wanted = wanted(asked);
        List<Integer> isr = wanted.stream().map(BrokerState::brokerId).toList();
        Errors error = examine(now, asked, isr);
        if (error == Errors.NONE && !wanted.stream().allMatch(this::eligible)) {
            error = Errors.INELIGIBLE_REPLICA;
        }
        if (error != Errors.NONE) {
            return refused(asked, error);
        }
        @Nullable ApiMessageAndVersion record =
                PartitionChange.of(image, topic, index)
                        .isr(isr)
                        .recovering(asked.leaderRecoveryState() == RECOVERING)
                        .record();
        if (record == null) {
            return altered(index, now);
        }
        records.add(record);
        image = image.replay(record.message(), image.offset(), image.epoch());
        var change = (PartitionChangeRecord) record.message();
        // Usually the one who asks leads on; a move that is complete with this set may be one away
        // from it.
        return change.leader() != NO_LEADER_CHANGE && change.leader() != request.brokerId()
                ? refused(asked, Errors.NEW_LEADER_ELECTED)
                : altered(index, now.merge(change));
    }

    /// Version 2 names brokers only, version 3 also the epoch in which the leader has seen each of them fetch.
    private static List<BrokerState> wanted(AlterPartitionRequestData.PartitionData asked) {
        return asked.newIsrWithEpochs().isEmpty()
                ? asked.newIsr().stream()
                        .map(id -> new BrokerState().setBrokerId(id).setBrokerEpoch(ANY_EPOCH))
                        .toList()
                : asked.newIsrWithEpochs();
    }

    private Errors examine(
            PartitionImage now, AlterPartitionRequestData.PartitionData asked, List<Integer> isr) {
        if (asked.leaderEpoch() > now.leaderEpoch()
                || asked.partitionEpoch() > now.partitionEpoch()) {
            return Errors.NOT_CONTROLLER;
        }
        if (asked.leaderEpoch() < now.leaderEpoch()) {
            return Errors.FENCED_LEADER_EPOCH;
        }
        if (now.leader() != request.brokerId()) {
            return Errors.INVALID_REQUEST;
        }
        if (asked.partitionEpoch() < now.partitionEpoch()) {
            return Errors.INVALID_UPDATE_VERSION;
        }
        boolean distinct = new HashSet<>(isr).size() == isr.size();
        boolean recovers = asked.leaderRecoveryState() == RECOVERING;
        boolean sound =
                distinct
                        && now.replicas().containsAll(isr)
                        && isr.contains(now.leader())
                        && !(recovers && (isr.size() > 1 || !now.recovering()));
        return sound ? Errors.NONE : Errors.INVALID_REQUEST;
    }

    private boolean eligible(BrokerState member) {
        @Nullable BrokerImage broker = image.cluster().broker(member.brokerId());
        return broker != null
                && broker.active()
                && (member.brokerEpoch() == ANY_EPOCH || member.brokerEpoch() == broker.epoch());
    }

    private static AlterPartitionResponseData.PartitionData refused(
            AlterPartitionRequestData.PartitionData asked, Errors error) {
        return new AlterPartitionResponseData.PartitionData()
                .setPartitionIndex(asked.partitionIndex())
                .setErrorCode(error.code());
    }

    private static AlterPartitionResponseData.PartitionData altered(
            int index, PartitionImage partition) {
        return new AlterPartitionResponseData.PartitionData()
                .setPartitionIndex(index)
                .setLeaderId(partition.leader())
                .setLeaderEpoch(partition.leaderEpoch())
                .setIsr(partition.isr())
                .setLeaderRecoveryState((byte) (partition.recovering() ? 1 : 0))
                .setPartitionEpoch(partition.partitionEpoch());
    }
}
