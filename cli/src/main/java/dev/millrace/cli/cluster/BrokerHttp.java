package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What Kafka's protocol has no question for is asked of a broker over HTTP, at the address that its own configuration names. Only
/// Millrace's brokers answer.
///
/// @param admin borrowed, not closed here
/// @param purpose ends the sentence "only Millrace's brokers ..."
record BrokerHttp(Admin admin, String purpose) {
    /// The broker's setting that holds the address, `HOST:PORT`.
    static final String LISTENER = "millrace.http.listener";

    /// An answer's header that says whose it is, `CLUSTER-ID/NODE-ID`.
    static final String NODE = "Millrace-Node";

    private static final int CONNECT_TIMEOUT_MS = 3_000;
    private static final int READ_TIMEOUT_MS = 15_000;
    private static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final Set<String> ANY_HOST = Set.of("", "*", "0.0.0.0", "::", "0:0:0:0:0:0:0:0");

    /// One segment of a path.
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// What the broker answers to GET; anything else is a sentence.
    JsonNode get(Node node, String path) {
        return get(node, path, READ_TIMEOUT_MS);
    }

    /// The same, of a broker that may have gone away just now, for an answer that it has at hand.
    JsonNode get(Node node, String path, int timeoutMs) {
        String address = address(node, timeoutMs);
        var options = new DescribeClusterOptions().timeoutMs(timeoutMs);
        String cluster = await(admin.describeCluster(options).clusterId());
        return get(cluster, node, address, path, timeoutMs);
    }

    private String address(Node node, int timeoutMs) {
        var options = new DescribeConfigsOptions().timeoutMs(timeoutMs);
        var resource = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
        var config = await(admin.describeConfigs(List.of(resource), options).all()).get(resource);
        var entry = config == null ? null : config.get(LISTENER);
        String value = entry == null ? null : entry.value();
        if (entry == null) {
            throw CommandFailed.because(
                    "broker "
                            + node.idString()
                            + " has no setting "
                            + LISTENER
                            + ": only Millrace's brokers "
                            + purpose);
        }
        if (value == null || value.isBlank()) {
            throw CommandFailed.because(
                    "broker "
                            + node.idString()
                            + " answers no HTTP: start it with --set "
                            + LISTENER
                            + "=localhost:9096, or another port that is free");
        }
        return address(value, node.host());
    }

    /// Where to connect to: the first address of the setting, with the broker's own host for "any".
    static String address(String listener, String brokerHost) {
        String first = listener.split(",", -1)[0].strip();
        int colon = first.lastIndexOf(':');
        if (colon < 0) {
            throw CommandFailed.because(LISTENER + " is '" + listener + "', not HOST:PORT");
        }
        String host = first.substring(0, colon).replace("[", "").replace("]", "");
        host = ANY_HOST.contains(host) ? brokerHost : host;
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + first.substring(colon);
    }

    /// The answer of that broker of that cluster, at an address that it calls its own: `localhost` is another one on another machine.
    static JsonNode get(String cluster, Node node, String address, String path, int readTimeoutMs) {
        try {
            var connection =
                    (HttpURLConnection)
                            URI.create("http://" + address + path).toURL().openConnection();
            connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
            connection.setReadTimeout(readTimeoutMs);
            int status = connection.getResponseCode();
            String who = connection.getHeaderField(NODE);
            if (who != null && !who.equals(cluster + "/" + node.idString())) {
                throw elsewhere(
                        node, "is not the one that answers HTTP at " + address + " from here");
            }
            var json =
                    json(status < 400 ? connection.getInputStream() : connection.getErrorStream());
            if (status != HttpURLConnection.HTTP_OK) {
                throw refused(node, address, status, json);
            }
            return json;
        } catch (IOException unreachable) {
            throw elsewhere(
                    node,
                    "does not answer HTTP at "
                            + address
                            + " from here ("
                            + unreachable.getMessage()
                            + ")");
        } catch (JacksonException notJson) {
            throw CommandFailed.because(
                    "what answers at " + address + " is no Millrace broker: it sent no JSON");
        }
    }

    private static CommandFailed elsewhere(Node node, String problem) {
        return CommandFailed.because(
                "broker "
                        + node.idString()
                        + " "
                        + problem
                        + ": run this on its machine, or set "
                        + LISTENER
                        + "=0.0.0.0:9095 there");
    }

    private static JsonNode json(@Nullable InputStream in) throws IOException {
        if (in == null) {
            return JsonMapper.shared().nullNode();
        }
        try (in) {
            return JsonMapper.shared().readTree(in.readNBytes(MAX_BYTES));
        }
    }

    private static CommandFailed refused(Node node, String address, int status, JsonNode json) {
        String error = json.path("error").asString("");
        return CommandFailed.because(
                error.isEmpty()
                        ? String.format(
                                Locale.ROOT,
                                "broker %s answered with HTTP status %d at %s",
                                node.idString(),
                                status,
                                address)
                        : error);
    }
}
