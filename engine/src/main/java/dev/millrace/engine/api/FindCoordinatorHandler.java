package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.jspecify.annotations.Nullable;

/// FindCoordinator: which broker keeps a group or a transactional id; the leader of the partition of `__consumer_offsets`, or of
/// `__transaction_state`, that it falls to.
///
/// - v1 adds the kind of key, v4 takes several keys (KIP-699), v6 share groups (KIP-932)
/// - a topic is made when the first client asks; until it has leaders, `COORDINATOR_NOT_AVAILABLE`, and clients ask again
/// - **not done**: share groups (`INVALID_REQUEST`, as Kafka with share groups switched off)
public final class FindCoordinatorHandler
        implements Handler<FindCoordinatorRequestData, FindCoordinatorResponseData> {
    private static final int MANY_SINCE = 4;
    private static final int NO_NODE = -1;

    private final Groups groups;
    private final Transactions transactions;
    private final Supplier<MetadataImage> metadata;
    private final NodeIdentity self;
    private final InternalTopics internalTopics;

    public FindCoordinatorHandler(
            Groups groups,
            Transactions transactions,
            Supplier<MetadataImage> metadata,
            NodeIdentity self,
            InternalTopics internalTopics) {
        this.groups = groups;
        this.transactions = transactions;
        this.metadata = metadata;
        this.self = self;
        this.internalTopics = internalTopics;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FIND_COORDINATOR;
    }

    @Override
    public Outcome<FindCoordinatorResponseData> handle(
            RequestContext context, FindCoordinatorRequestData request) {
        var response = new FindCoordinatorResponseData();
        if (context.version() >= MANY_SINCE) {
            for (String key : request.coordinatorKeys()) {
                // Kafka has left the message empty since there are several.
                response.coordinators()
                        .add(find(context, request.keyType(), key).setErrorMessage(""));
            }
            return Outcome.reply(response);
        }
        Coordinator one = find(context, request.keyType(), request.key());
        return Outcome.reply(
                response.setErrorCode(one.errorCode())
                        .setErrorMessage(one.errorMessage())
                        .setNodeId(one.nodeId())
                        .setHost(one.host())
                        .setPort(one.port()));
    }

    private Coordinator find(RequestContext context, byte keyType, String key) {
        if (keyType == CoordinatorType.GROUP.id()) {
            return leader(context, key, Groups.TOPIC, groups::partitionFor);
        }
        return keyType == CoordinatorType.TRANSACTION.id()
                ? leader(context, key, Transactions.TOPIC, transactions::partitionFor)
                : none(key, Errors.INVALID_REQUEST);
    }

    private Coordinator leader(
            RequestContext context,
            String key,
            String topicName,
            ToIntFunction<String> partitionFor) {
        MetadataImage image = metadata.get();
        TopicImage topic = image.topics().byName(topicName);
        if (topic == null) {
            internalTopics.ensure(topicName);
            return none(key, Errors.COORDINATOR_NOT_AVAILABLE);
        }
        int partition = partitionFor.applyAsInt(key);
        @Nullable PartitionImage found =
                partition < topic.partitions().size() ? topic.partitions().get(partition) : null;
        var reachability = new Reachability(image.cluster(), context.connection(), self.nodeId());
        BrokerImage leader =
                found == null || !reachability.isAlive(found.leader())
                        ? null
                        : image.cluster().broker(found.leader());
        Reachability.Address address = leader == null ? null : reachability.address(leader);
        return leader == null || address == null
                ? none(key, Errors.COORDINATOR_NOT_AVAILABLE)
                : new Coordinator()
                        .setKey(key)
                        .setNodeId(leader.id())
                        .setHost(address.host())
                        .setPort(address.port())
                        .setErrorMessage(Errors.NONE.message());
    }

    private static Coordinator none(String key, Errors error) {
        return new Coordinator()
                .setKey(key)
                .setNodeId(NO_NODE)
                .setHost("")
                .setPort(NO_NODE)
                .setErrorCode(error.code())
                .setErrorMessage(error.message());
    }
}
