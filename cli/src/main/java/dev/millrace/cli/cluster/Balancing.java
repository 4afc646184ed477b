package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import tools.jackson.databind.JsonNode;

/// The balancing that the cluster does by itself. Only Millrace's brokers have it.
public record Balancing(Admin admin) {
    private static final String SWITCH = "millrace.balance.enable";
    private static final String DRAINED = "millrace.balance.drained";

    /// What it does.
    ///
    /// @param now one sentence
    /// @param done with the time in front, the newest last
    public record Seen(boolean enabled, String now, List<String> done) {}

    /// Asks the active controller over HTTP.
    public Seen look(ClusterView view) {
        var quorum = view.quorum();
        int active = quorum == null ? -1 : quorum.leaderId();
        Node controller =
                view.brokers().stream()
                        .filter(node -> node.id() == active)
                        .findFirst()
                        .orElseThrow(() ->
                                CommandFailed.because(
                                        active < 0
                                                ? "the cluster has no active controller at the moment: try again"
                                                : "node "
                                                        + active
                                                        + " is the active controller and no broker: its log has the reasons"));
        var http = new BrokerHttp(admin, "balance by themselves");
        return read(BrokerHttp.get(controller, http.address(controller), "/v1/balancing"));
    }

    static Seen read(JsonNode json) {
        var done = new ArrayList<String>();
        for (JsonNode each : json.path("done")) {
            done.add(each.path("at").asString("") + "  " + each.path("what").asString(""));
        }
        return new Seen(json.path("enabled").asBoolean(true), json.path("now").asString(""), done);
    }

    /// Switches it on or off, for the whole cluster.
    public void enable(boolean on) {
        change(SWITCH, Boolean.toString(on), AlterConfigOp.OpType.SET);
    }

    /// Has balancing put nothing on a broker any more that is being emptied, until [#fill]. Another's cluster has no balancing.
    public void drained(int broker) {
        change(DRAINED, Integer.toString(broker), AlterConfigOp.OpType.APPEND);
    }

    /// The end of [#drained].
    public void fill(int broker) {
        change(DRAINED, Integer.toString(broker), AlterConfigOp.OpType.SUBTRACT);
    }

    private void change(String key, String value, AlterConfigOp.OpType how) {
        var all = new ConfigResource(ConfigResource.Type.BROKER, "");
        var op = new AlterConfigOp(new ConfigEntry(key, value), how);
        try {
            await(admin.incrementalAlterConfigs(Map.of(all, List.of(op))).all());
        } catch (InvalidRequestException | InvalidConfigurationException unknownThere) {
            // as said above
        }
    }
}
