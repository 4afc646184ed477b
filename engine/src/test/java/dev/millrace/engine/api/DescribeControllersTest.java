package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord.ControllerEndpoint;
import org.apache.kafka.common.metadata.RegisterControllerRecord.ControllerEndpointCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;

/// What a controller tells of the controllers; nodes 0 and 1, of which 1 leads.
final class DescribeControllersTest {
    private static final String LISTENER = "CONTROLLER";

    private final TestMetadata test = new TestMetadata(true);
    private int active = 1;
    private final DescribeControllers handler =
            new DescribeControllers(test::image, new NodeIdentity("cluster", 0), () -> active);

    private void registers(int id) {
        var endpoint =
                new ControllerEndpoint()
                        .setName(LISTENER)
                        .setHost("host-" + id)
                        .setPort(9093)
                        .setSecurityProtocol((short) 0);
        test.write(
                new ApiMessageAndVersion(
                        new RegisterControllerRecord()
                                .setControllerId(id)
                                .setEndPoints(
                                        new ControllerEndpointCollection(
                                                List.of(endpoint).iterator())),
                        (short) 0));
    }

    private DescribeClusterResponseData ask() {
        var context =
                new RequestContext(
                        ApiKeys.DESCRIBE_CLUSTER,
                        (short) 2,
                        1,
                        "client",
                        new ClientConnection(
                                1,
                                LISTENER,
                                SecurityProtocol.PLAINTEXT,
                                "10.0.0.1",
                                "host-0",
                                9093,
                                KafkaPrincipal.ANONYMOUS));
        var request = new DescribeClusterRequestData().setEndpointType((byte) 2);
        Outcome<DescribeClusterResponseData> outcome = handler.handle(context, request);
        return assertInstanceOf(Outcome.Reply.class, outcome).response()
                        instanceof DescribeClusterResponseData answer
                ? answer
                : new DescribeClusterResponseData();
    }

    private List<Integer> listed() {
        return ask().brokers().stream().map(DescribeClusterBroker::brokerId).toList();
    }

    /// A list without the active controller makes Kafka's admin client wait for minutes.
    @Test
    void nobodyIsListedWithoutTheActiveController() {
        registers(0);
        assertEquals(List.of(), listed());
        registers(1);
        assertEquals(List.of(0, 1), listed());
        assertEquals(1, ask().controllerId());
    }

    @Test
    void allAreListedWhileNobodyIsActive() {
        registers(0);
        registers(1);
        active = -1;
        assertEquals(List.of(0, 1), listed());
        assertEquals(-1, ask().controllerId());
    }
}
