package dev.millrace.engine.api;

import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.metadata.BrokerSessions;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.KraftUpgrade;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.SupportedFeatures;
import dev.millrace.engine.quorum.QuorumRequests;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;

/// Every API that is served by the controllers' listener, in the order of the keys: the quorum's own, the brokers' among
/// themselves, and those that change metadata. What changes metadata is decided here or refused with `NOT_CONTROLLER`: who
/// asks finds the active controller.
public final class ControllerHandlers {
    private ControllerHandlers() {}

    /// What the handlers work with.
    ///
    /// @param connectionEnded is told of a broker whose heartbeats' connection has ended
    public record Parts(
            NodeIdentity self,
            Entropy entropy,
            Metadata metadata,
            Controller controller,
            BrokerSessions sessions,
            IntConsumer connectionEnded,
            ClusterDefaults defaults,
            QuorumRequests quorum,
            Supplier<Short> kraftVersion,
            KraftUpgrade upgrade,
            boolean unstableVersions) {}

    public static Router router(Parts parts) {
        var served = new AtomicReference<Supplier<ApiVersionCollection>>(ApiVersionCollection::new);
        var router =
                new Router(
                        list(parts, () -> Objects.requireNonNull(served.get()).get()),
                        parts.unstableVersions,
                        ListenerType.CONTROLLER);
        served.set(router::advertised);
        return router;
    }

    /// Of a controller that belongs to no cluster yet: it says so, with an empty cluster id, and answers nothing else.
    public static Router routerOfNoCluster(int nodeId) {
        var served = new AtomicReference<Supplier<ApiVersionCollection>>(ApiVersionCollection::new);
        var nobody = new NodeIdentity("", nodeId);
        var router =
                new Router(
                        List.of(
                                new ApiVersionsHandler(
                                        () -> Objects.requireNonNull(served.get()).get(),
                                        () -> MetadataImage.EMPTY,
                                        () -> (short) 0,
                                        nobody,
                                        SupportedFeatures.RANGES),
                                new DescribeControllers(
                                        () -> MetadataImage.EMPTY, nobody, () -> -1)),
                        false,
                        ListenerType.CONTROLLER);
        served.set(router::advertised);
        return router;
    }

    private static List<Handler<?, ?>> list(Parts p, Supplier<ApiVersionCollection> served) {
        Supplier<MetadataImage> image = p.metadata::image;
        return List.of(
                new MetadataLogFetch(p.quorum),
                new ApiVersionsHandler(
                        served, image, p.kraftVersion, p.self, SupportedFeatures.RANGES),
                new CreateTopicsHandler(p.controller, p.defaults, p.entropy),
                new DeleteTopicsHandler(p.controller, p.defaults),
                new DescribeConfigsHandler(image, p.defaults),
                new AlterConfigsHandler(p.controller, p.defaults),
                new CreatePartitionsHandler(p.controller),
                new ElectLeadersHandler(p.controller),
                new IncrementalAlterConfigsHandler(p.controller, p.defaults),
                new AlterPartitionReassignmentsHandler(p.controller),
                new ListPartitionReassignmentsHandler(image),
                new VoteHandler(p.quorum),
                new BeginQuorumEpochHandler(p.quorum),
                new EndQuorumEpochHandler(p.quorum),
                new DescribeQuorumHandler(p.quorum),
                new AlterPartitionHandler(p.controller),
                new UpdateFeaturesHandler(p.controller, p.defaults, p.kraftVersion, p.upgrade),
                new FetchSnapshotHandler(p.quorum),
                new DescribeControllers(image, p.self, p.metadata::controllerId),
                new BrokerRegistrationHandler(p.self.clusterId(), p.controller, p.sessions),
                new BrokerHeartbeatHandler(p.controller, p.sessions, p.connectionEnded),
                new UnregisterBrokerHandler(p.controller),
                new UnregisterControllerHandler(p.controller, p.self.nodeId()),
                new AllocateProducerIdsHandler(p.controller),
                new ControllerRegistrationHandler(p.controller),
                new AssignReplicasToDirsHandler(p.controller),
                new AddRaftVoterHandler(p.quorum),
                new RemoveRaftVoterHandler(p.quorum),
                new UpdateRaftVoterHandler(p.quorum));
    }
}
