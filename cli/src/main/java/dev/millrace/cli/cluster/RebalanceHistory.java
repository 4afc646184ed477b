package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/// Why a group rebalanced, as its coordinator remembers it.
///
/// Kafka's protocol has no such question: it is asked over HTTP, at the address that the coordinator's own configuration names,
/// `GET /v1/groups/{group}/rebalances`. Only Millrace's brokers answer.
public final class RebalanceHistory {
    /// The broker's setting that holds the address, `HOST:PORT`.
    public static final String LISTENER = "millrace.http.listener";

    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int READ_TIMEOUT_MS = 15_000;
    private static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final Set<String> ANY_HOST = Set.of("", "*", "0.0.0.0", "::", "0:0:0:0:0:0:0:0");

    private final Admin admin;

    /// @param admin borrowed, not closed here
    public RebalanceHistory(Admin admin) {
        this.admin = admin;
    }

    /// One rebalance.
    ///
    /// @param at an ISO instant
    /// @param text what happened, in the broker's words
    public record Rebalance(String at, long epoch, String cause, String text) {
        static Rebalance of(JsonNode json) {
            return new Rebalance(
                    json.path("at").asString(""),
                    json.path("epoch").asLong(-1),
                    json.path("cause").asString(""),
                    json.path("text").asString(""));
        }
    }

    /// What the coordinator answered.
    ///
    /// @param json as it came
    /// @param rebalances oldest first
    public record Answer(JsonNode json, List<Rebalance> rebalances) {
        /// The answer as it came, but for its oldest rebalances when there are more than so many.
        public String json(int last) {
            if (json.path("rebalances") instanceof ArrayNode all) {
                while (all.size() > last) {
                    all.remove(0);
                }
            }
            return json.toString();
        }
    }

    /// Asks the coordinator of a group; for a group that the cluster does not list any more, every broker that answers HTTP.
    public Answer of(String group) {
        var found = new GroupViews(admin).find(group);
        if (found.isPresent()) {
            var node = found.get().coordinator();
            return ask(node, address(node), group);
        }
        // Gone from the list, but perhaps not from the memory of the broker that coordinated it.
        for (Node node : await(admin.describeCluster().nodes())) {
            var answer = tryAsk(node, group);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        throw GroupViews.noGroup(group);
    }

    private Optional<Answer> tryAsk(Node node, String group) {
        try {
            return Optional.of(ask(node, address(node), group));
        } catch (CommandFailed knowsNothing) {
            return Optional.empty();
        }
    }

    private String address(Node node) {
        var resource = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
        var config = await(admin.describeConfigs(List.of(resource)).all()).get(resource);
        var entry = config == null ? null : config.get(LISTENER);
        String value = entry == null ? null : entry.value();
        if (entry == null) {
            throw CommandFailed.because(
                    "broker "
                            + node.idString()
                            + " has no setting "
                            + LISTENER
                            + ": only Millrace's brokers remember why their groups rebalance");
        }
        if (value == null || value.isBlank()) {
            throw CommandFailed.because(
                    "broker "
                            + node.idString()
                            + " answers no HTTP: set "
                            + LISTENER
                            + "=localhost:9095 in its configuration, and start it again");
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

    static Answer ask(Node node, String address, String group) {
        String name = URLEncoder.encode(group, StandardCharsets.UTF_8).replace("+", "%20");
        var uri = URI.create("http://" + address + "/v1/groups/" + name + "/rebalances");
        try {
            var connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
            connection.setReadTimeout(READ_TIMEOUT_MS);
            int status = connection.getResponseCode();
            var json =
                    json(status < 400 ? connection.getInputStream() : connection.getErrorStream());
            if (status != HttpURLConnection.HTTP_OK) {
                throw refused(node, address, status, json);
            }
            var rebalances = new ArrayList<Rebalance>();
            json.path("rebalances").forEach(each -> rebalances.add(Rebalance.of(each)));
            return new Answer(json, rebalances);
        } catch (IOException unreachable) {
            throw CommandFailed.because(
                    "broker "
                            + node.idString()
                            + " does not answer HTTP at "
                            + address
                            + " from here ("
                            + unreachable.getMessage()
                            + "): run this on its machine, or set "
                            + LISTENER
                            + "=0.0.0.0:9095 there");
        } catch (JacksonException notJson) {
            throw CommandFailed.because(
                    "what answers at " + address + " is no Millrace broker: it sent no JSON");
        }
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
