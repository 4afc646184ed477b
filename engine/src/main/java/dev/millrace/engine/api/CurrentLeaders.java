package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Tells a client that has come to the wrong broker who leads the partition now, and where that is (KIP-951), so that it need not ask for
/// metadata first.
///
/// What is told is the newest image, which a partition's role may be a moment behind: a client that hears of this very broker comes again.
/// A leader that cannot be reached by the client's listener is named without an address.
///
/// - Produce from version 10 on, with `NOT_LEADER_OR_FOLLOWER`; Fetch from 16 on, with `FENCED_LEADER_EPOCH` too
record CurrentLeaders(Supplier<MetadataImage> metadata, int self) {
    private static final short PRODUCE_SINCE = 10;
    private static final short FETCH_SINCE = 16;

    /// Whoever can be named: a leader or nobody (-1), and its epoch.
    private record Leader(int id, int epoch) {
        static final Leader UNKNOWN = new Leader(-1, -1);
    }

    BiConsumer<RequestContext, ProduceResponseData> inProduce() {
        return this::complete;
    }

    BiConsumer<RequestContext, FetchResponseData> inFetch() {
        return this::complete;
    }

    private void complete(RequestContext context, ProduceResponseData response) {
        if (context.version() < PRODUCE_SINCE) {
            return;
        }
        for (TopicProduceResponse topic : response.responses()) {
            for (PartitionProduceResponse answer : topic.partitionResponses()) {
                if (answer.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()) {
                    MetadataImage now = metadata.get();
                    Leader leader = leader(now, topic.topicId(), topic.name(), answer.index());
                    answer.currentLeader().setLeaderId(leader.id).setLeaderEpoch(leader.epoch);
                    name(now, context, leader, response);
                }
            }
        }
    }

    private void name(
            MetadataImage now,
            RequestContext context,
            Leader leader,
            ProduceResponseData response) {
        BrokerImage broker = now.cluster().broker(leader.id);
        Reachability.Address address = address(now, context, leader);
        if (broker != null && address != null && response.nodeEndpoints().find(leader.id) == null) {
            response.nodeEndpoints()
                    .add(
                            new ProduceResponseData.NodeEndpoint()
                                    .setNodeId(leader.id)
                                    .setHost(address.host())
                                    .setPort(address.port())
                                    .setRack(broker.rack()));
        }
    }

    private void complete(RequestContext context, FetchResponseData response) {
        if (context.version() < FETCH_SINCE) {
            return;
        }
        for (FetchableTopicResponse topic : response.responses()) {
            for (FetchResponseData.PartitionData answer : topic.partitions()) {
                if (answer.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()
                        || answer.errorCode() == Errors.FENCED_LEADER_EPOCH.code()) {
                    MetadataImage now = metadata.get();
                    Leader leader =
                            leader(now, topic.topicId(), topic.topic(), answer.partitionIndex());
                    answer.currentLeader().setLeaderId(leader.id).setLeaderEpoch(leader.epoch);
                    name(now, context, leader, response);
                }
            }
        }
    }

    private void name(
            MetadataImage now, RequestContext context, Leader leader, FetchResponseData response) {
        BrokerImage broker = now.cluster().broker(leader.id);
        Reachability.Address address = address(now, context, leader);
        if (broker != null && address != null && response.nodeEndpoints().find(leader.id) == null) {
            response.nodeEndpoints()
                    .add(
                            new FetchResponseData.NodeEndpoint()
                                    .setNodeId(leader.id)
                                    .setHost(address.host())
                                    .setPort(address.port())
                                    .setRack(broker.rack()));
        }
    }

    private static Leader leader(MetadataImage now, Uuid topicId, String name, int index) {
        TopicImage topic =
                topicId.equals(Uuid.ZERO_UUID)
                        ? now.topics().byName(name)
                        : now.topics().byId(topicId);
        if (topic == null || index < 0 || index >= topic.partitions().size()) {
            return Leader.UNKNOWN;
        }
        PartitionImage partition = topic.partitions().get(index);
        return new Leader(partition.leader(), partition.leaderEpoch());
    }

    private Reachability.@Nullable Address address(
            MetadataImage now, RequestContext context, Leader leader) {
        var reach = new Reachability(now.cluster(), context.connection(), self);
        BrokerImage broker = now.cluster().broker(leader.id);
        return broker == null || !reach.isAlive(leader.id) ? null : reach.address(broker);
    }
}
