package dev.millrace.broker.metrics;

import dev.millrace.broker.http.Answer;
import dev.millrace.broker.http.Site;
import dev.millrace.broker.metrics.PrometheusText.Kind;
import java.util.function.IntSupplier;

/// The paths of a broker.
///
/// ```
///   /metrics     everything, for Prometheus
/// ```
public final class BrokerSite implements Site {
    private final int nodeId;
    private final String clusterId;
    private final IntSupplier connections;

    /// @param connections how many clients are connected
    public BrokerSite(int nodeId, String clusterId, IntSupplier connections) {
        this.nodeId = nodeId;
        this.clusterId = clusterId;
        this.connections = connections;
    }

    @Override
    public Answer get(String rawPath) {
        return rawPath.equals("/metrics")
                ? metrics()
                : new Answer(404, Answer.TEXT, "There is nothing here; try /metrics.\n");
    }

    private Answer metrics() {
        var text = new PrometheusText();
        text.family("millrace_broker_info", Kind.GAUGE, "1; which broker this is.")
                .sample(1, "node_id", Integer.toString(nodeId), "cluster_id", clusterId);
        text.family("millrace_connections", Kind.GAUGE, "Open connections of Kafka clients.")
                .sample(connections.getAsInt());
        ProcessMetrics.write(text);
        return new Answer(200, PrometheusText.CONTENT_TYPE, text.toString());
    }
}
