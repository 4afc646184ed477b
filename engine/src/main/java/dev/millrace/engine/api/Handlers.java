package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.KraftUpgrade;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.ProducerIds;
import dev.millrace.engine.metadata.SupportedFeatures;
import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.quorum.QuorumRequests;
import dev.millrace.engine.replica.FetchSessions;
import dev.millrace.engine.replica.PreferredReplicas;
import dev.millrace.engine.replica.ReplicaSelector;
import dev.millrace.engine.replica.ReplicaThrottle;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.telemetry.ClientTelemetry;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.ApiMessage;

/// Every API that is served: the one list behind dispatch and ApiVersions, in the order of the keys.
public final class Handlers {
    private Handlers() {}

    /// What the handlers work with.
    ///
    /// @param active where what only a controller decides is decided while this node does not lead
    /// @param outOfSession whether the controller may have fenced this broker, and the broker not know it yet
    /// @param kraftVersion the quorum's level of `kraft.version`
    public record Parts(
            NodeIdentity self,
            Env env,
            Metadata metadata,
            Controller controller,
            ActiveController active,
            BooleanSupplier outOfSession,
            ClusterDefaults defaults,
            QuorumRequests quorum,
            Supplier<Short> kraftVersion,
            KraftUpgrade upgrade,
            Replicas replicas,
            Groups groups,
            Transactions transactions,
            ProducerIds producerIds,
            TransactionVerifier verifier,
            TransactionMarkers markers,
            ClientTelemetry telemetry,
            AutoTopics autoTopics,
            InternalTopics internalTopics,
            StreamsInternalTopics streamsTopics,
            Limits limits) {}

    /// Bounds that come from the settings, by Kafka's keys.
    ///
    /// @param fetchMaxBytes `fetch.max.bytes`
    /// @param fetchSessions `max.incremental.fetch.session.cache.slots`
    /// @param replicaSelector `replica.selector.class`
    /// @param describedPartitions `max.request.partition.size.limit`
    /// @param unstableVersions `unstable.api.versions.enable`
    /// @param verifyTransactions `transaction.partition.verification.enable`
    public record Limits(
            int fetchMaxBytes,
            int fetchSessions,
            ReplicaSelector replicaSelector,
            int describedPartitions,
            boolean unstableVersions,
            boolean verifyTransactions) {}

    public static Router router(Parts parts) {
        // ApiVersions answers with the list that it is in itself.
        var served = new AtomicReference<Supplier<ApiVersionCollection>>(ApiVersionCollection::new);
        var router =
                new Router(
                        list(parts, () -> Objects.requireNonNull(served.get()).get()),
                        parts.limits.unstableVersions);
        served.set(router::advertised);
        return router;
    }

    private static List<Handler<?, ?>> list(Parts p, Supplier<ApiVersionCollection> served) {
        Supplier<MetadataImage> image = p.metadata::image;
        var sessions =
                new FetchSessions(
                        p.limits.fetchSessions,
                        p.limits.replicaSelector != ReplicaSelector.LEADER,
                        p.env);
        var replicaViews = new ReplicaViews(p.replicas);
        var leaders = new CurrentLeaders(image, p.self.nodeId());
        return List.of(
                new CompletedHandler<>(
                        new ProduceHandler(
                                p.replicas,
                                p.env.timers(),
                                p.verifier,
                                p.limits.verifyTransactions),
                        leaders.inProduce()),
                new CompletedHandler<>(
                        new FetchHandler(
                                p.replicas,
                                sessions,
                                new PreferredReplicas(
                                        p.limits.replicaSelector, p.self.nodeId(), image),
                                ReplicaThrottle.ofLeader(p.defaults, image, p.env),
                                p.env.clock(),
                                p.env.timers(),
                                p.limits.fetchMaxBytes),
                        leaders.inFetch()),
                new ListOffsetsHandler(p.replicas),
                new MetadataHandler(image, p.self, p.metadata::controllerId, p.autoTopics),
                new OffsetCommitHandler(p.groups, image),
                new OffsetFetchHandler(p.groups, image),
                new FindCoordinatorHandler(
                        p.groups, p.transactions, image, p.self, p.internalTopics),
                new JoinGroupHandler(p.groups),
                new HeartbeatHandler(p.groups),
                new LeaveGroupHandler(p.groups),
                new SyncGroupHandler(p.groups),
                new DescribeGroupsHandler(p.groups),
                new ListGroupsHandler(p.groups),
                new ApiVersionsHandler(
                        served, image, p.kraftVersion, p.self, SupportedFeatures.RANGES),
                decided(p, new CreateTopicsHandler(p.controller, p.defaults, p.env.entropy())),
                decided(p, new DeleteTopicsHandler(p.controller, p.defaults)),
                new DeleteRecordsHandler(p.replicas, p.env.timers()),
                new InitProducerIdHandler(p.producerIds, p.transactions),
                new OffsetForLeaderEpochHandler(p.replicas, p.outOfSession),
                new AddPartitionsToTxnHandler(p.transactions, image),
                new AddOffsetsToTxnHandler(p.transactions, p.groups),
                new EndTxnHandler(p.transactions),
                new WriteTxnMarkersHandler(p.markers),
                new TxnOffsetCommitHandler(
                        p.groups, p.replicas, image, p.verifier, p.limits.verifyTransactions),
                new DescribeConfigsHandler(image, p.defaults),
                SeenByBroker.whole(
                        decided(p, new AlterConfigsHandler(p.controller, p.defaults)),
                        image,
                        p.self.nodeId(),
                        p.replicas::directoryPaths),
                new AlterReplicaLogDirsHandler(p.replicas),
                new DescribeLogDirsHandler(replicaViews, replicaViews::traffic),
                decided(p, new CreatePartitionsHandler(p.controller)),
                new DeleteGroupsHandler(p.groups),
                decided(p, new ElectLeadersHandler(p.controller)),
                SeenByBroker.incremental(
                        decided(p, new IncrementalAlterConfigsHandler(p.controller, p.defaults)),
                        image,
                        p.self.nodeId(),
                        p.replicas::directoryPaths),
                decided(p, new AlterPartitionReassignmentsHandler(p.controller)),
                decided(p, new ListPartitionReassignmentsHandler(image)),
                new OffsetDeleteHandler(p.groups, image),
                decided(p, new DescribeQuorumHandler(p.quorum)),
                decided(
                        p,
                        new UpdateFeaturesHandler(
                                p.controller, p.defaults, p.kraftVersion, p.upgrade)),
                new DescribeClusterHandler(image, p.self, p.metadata::controllerId),
                new DescribeProducersHandler(image, replicaViews),
                decided(p, new UnregisterBrokerHandler(p.controller)),
                decided(p, new UnregisterControllerHandler(p.controller, p.self.nodeId())),
                new DescribeTransactionsHandler(p.transactions),
                new ListTransactionsHandler(p.transactions),
                new GetTelemetrySubscriptionsHandler(p.telemetry),
                new PushTelemetryHandler(p.telemetry),
                new ListConfigResourcesHandler(image),
                new ConsumerGroupHeartbeatHandler(p.groups),
                new ConsumerGroupDescribeHandler(p.groups),
                new DescribeTopicPartitionsHandler(image, () -> p.limits.describedPartitions),
                decided(p, new AddRaftVoterHandler(p.quorum)),
                decided(p, new RemoveRaftVoterHandler(p.quorum)),
                new StreamsGroupHeartbeatHandler(p.groups, p.streamsTopics),
                new StreamsGroupDescribeHandler(p.groups));
    }

    /// Decided by the active controller, wherever that is.
    private static <Q extends ApiMessage, R extends ApiMessage> Handler<Q, R> decided(
            Parts p, Handler<Q, R> here) {
        return new ForwardingHandler<>(here, p.active);
    }
}
