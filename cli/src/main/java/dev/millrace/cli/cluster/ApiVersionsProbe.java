package dev.millrace.cli.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.DefaultHostResolver;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.NetworkClientUtils;
import org.apache.kafka.clients.NodeApiVersions;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.LogContext;

/// Which versions of which APIs a broker serves.
///
/// The one place of the command line that uses classes of the client library beyond its public interface: Admin does not tell
/// API versions, and the client's own network code asks for them on every new connection, over TLS and SASL too.
public final class ApiVersionsProbe {
    private static final int TIMEOUT_MS = 10_000;

    private ApiVersionsProbe() {}

    /// Connects to a broker and returns what it answered, one API a line, in the form of Kafka's own tool.
    ///
    /// @param settings client settings, such as security.protocol
    public static String describe(Node node, Map<String, Object> settings) {
        var config = new AdminClientConfig(settings);
        var versions = new ApiVersions();
        try (var metrics = new Metrics();
                var client =
                        ClientUtils.createNetworkClient(
                                config,
                                List.of(node.host() + ":" + node.port()),
                                "millrace-cli",
                                metrics,
                                "api-versions",
                                new LogContext(),
                                versions,
                                Time.SYSTEM,
                                1,
                                TIMEOUT_MS,
                                null,
                                new ManualMetadataUpdater(),
                                new DefaultHostResolver(),
                                null,
                                null)) {
            if (!NetworkClientUtils.awaitReady(client, node, Time.SYSTEM, TIMEOUT_MS)) {
                throw new TimeoutException("no answer within " + TIMEOUT_MS + " ms");
            }
            NodeApiVersions found = versions.get(node.idString());
            return found == null ? "()" : found.toString(true);
        } catch (IOException failed) {
            throw CommandFailed.because(
                    "cannot connect to "
                            + node.host()
                            + ":"
                            + node.port()
                            + ": "
                            + failed.getMessage());
        }
    }
}
