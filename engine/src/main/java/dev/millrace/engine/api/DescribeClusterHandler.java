package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.Collection;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBrokerCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// DescribeCluster 0-2: the brokers and the controller, for administrators (KIP-700).
///
/// - v1 names the kind of endpoint (KIP-919): controllers are described by their own listener, not by this one
/// - v2 lists fenced brokers when asked to (KIP-1073)
/// - **not done**: authorization; every operation is allowed
public final class DescribeClusterHandler
        implements Handler<DescribeClusterRequestData, DescribeClusterResponseData> {
    private static final byte BROKERS = 1;
    private static final byte CONTROLLERS = 2;

    private final Supplier<MetadataImage> image;
    private final NodeIdentity self;
    private final IntSupplier activeController;

    /// @param activeController the id of the node that leads the quorum, -1 when unknown
    public DescribeClusterHandler(
            Supplier<MetadataImage> image, NodeIdentity self, IntSupplier activeController) {
        this.image = image;
        this.self = self;
        this.activeController = activeController;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_CLUSTER;
    }

    @Override
    public Outcome<DescribeClusterResponseData> handle(
            RequestContext context, DescribeClusterRequestData request) {
        return Outcome.reply(
                switch (request.endpointType()) {
                    case BROKERS -> answer(context, request);
                    case CONTROLLERS ->
                            refusal(
                                    Errors.MISMATCHED_ENDPOINT_TYPE,
                                    "The request was sent to an endpoint of type BROKER, but we"
                                            + " wanted an endpoint of type CONTROLLER");
                    default ->
                            refusal(
                                    Errors.UNSUPPORTED_ENDPOINT_TYPE,
                                    "Unsupported endpoint type " + request.endpointType());
                });
    }

    private static DescribeClusterResponseData refusal(Errors error, String message) {
        return new DescribeClusterResponseData()
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private DescribeClusterResponseData answer(
            RequestContext context, DescribeClusterRequestData request) {
        MetadataImage now = image.get();
        var reach = new Reachability(now.cluster(), context.connection(), self.nodeId());
        return new DescribeClusterResponseData()
                .setClusterId(self.clusterId())
                .setControllerId(reach.controller(activeController.getAsInt()))
                .setBrokers(
                        brokers(
                                reach,
                                request.includeFencedBrokers()
                                        ? now.cluster().brokers().values()
                                        : reach.alive()))
                .setClusterAuthorizedOperations(
                        request.includeClusterAuthorizedOperations()
                                ? AuthorizedOperations.ALL_ON_CLUSTER
                                : AuthorizedOperations.NOT_ASKED);
    }

    private static DescribeClusterBrokerCollection brokers(
            Reachability reach, Collection<BrokerImage> listed) {
        var brokers = new DescribeClusterBrokerCollection();
        for (BrokerImage broker : listed) {
            Reachability.Address address = reach.address(broker);
            if (address != null) {
                brokers.add(
                        new DescribeClusterBroker()
                                .setBrokerId(broker.id())
                                .setHost(address.host())
                                .setPort(address.port())
                                .setRack(broker.rack())
                                .setIsFenced(broker.fenced()));
            }
        }
        return brokers;
    }
}
