package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ControllerImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.SortedMap;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// DescribeCluster 0-2 by the controllers' listener: the cluster's id, the controllers and which of them is active (KIP-919).
///
/// - a request for brokers gets `MISMATCHED_ENDPOINT_TYPE`: they are described by their own listeners
/// - until the active one has registered, none is listed: Kafka's admin client asks again at once where the list is empty, but where it lacks
///   the active one only when its metadata are five minutes old
/// - a node that has no data yet asks here which cluster it is to join
final class DescribeControllers
        implements Handler<DescribeClusterRequestData, DescribeClusterResponseData> {
    private static final byte CONTROLLERS = 2;

    private final Supplier<MetadataImage> image;
    private final NodeIdentity self;
    private final IntSupplier activeController;

    DescribeControllers(
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
        if (request.endpointType() != CONTROLLERS) {
            return Outcome.reply(
                    new DescribeClusterResponseData()
                            .setErrorCode(Errors.MISMATCHED_ENDPOINT_TYPE.code())
                            .setErrorMessage(
                                    "The request was sent to an endpoint of type CONTROLLER, but"
                                            + " we wanted an endpoint of type BROKER"));
        }
        int active = activeController.getAsInt();
        SortedMap<Integer, ControllerImage> controllers = image.get().cluster().controllers();
        var response =
                new DescribeClusterResponseData()
                        .setEndpointType(CONTROLLERS)
                        .setClusterId(self.clusterId())
                        .setControllerId(active)
                        .setClusterAuthorizedOperations(
                                request.includeClusterAuthorizedOperations()
                                        ? AuthorizedOperations.ALL_ON_CLUSTER
                                        : AuthorizedOperations.NOT_ASKED);
        if (active >= 0 && !controllers.containsKey(active)) {
            return Outcome.reply(response);
        }
        for (ControllerImage controller : controllers.values()) {
            Endpoint endpoint = controller.endpoints().get(context.connection().listener());
            if (endpoint != null) {
                response.brokers()
                        .add(
                                new DescribeClusterBroker()
                                        .setBrokerId(controller.id())
                                        .setHost(endpoint.host())
                                        .setPort(endpoint.port()));
            }
        }
        return Outcome.reply(response);
    }
}
