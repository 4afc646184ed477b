package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// Why a group rebalanced, as its coordinator remembers it.
///
/// Kafka's protocol has no such question: it is asked over HTTP, `GET /v1/groups/{group}/rebalances`.
public final class RebalanceHistory {
    private final Admin admin;
    private final BrokerHttp http;

    /// @param admin borrowed, not closed here
    public RebalanceHistory(Admin admin) {
        this.admin = admin;
        this.http = new BrokerHttp(admin, "remember why their groups rebalance");
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
            return ask(node, group);
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
            return Optional.of(ask(node, group));
        } catch (CommandFailed knowsNothing) {
            return Optional.empty();
        }
    }

    private Answer ask(Node node, String group) {
        return answer(http.get(node, path(group)));
    }

    static String path(String group) {
        return "/v1/groups/" + BrokerHttp.segment(group) + "/rebalances";
    }

    static Answer answer(JsonNode json) {
        var rebalances = new ArrayList<Rebalance>();
        json.path("rebalances").forEach(each -> rebalances.add(Rebalance.of(each)));
        return new Answer(json, rebalances);
    }
}
