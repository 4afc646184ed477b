package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TimeoutException;
import tools.jackson.databind.JsonNode;

/// The balancing that the cluster does by itself. Only Millrace's brokers have it.
public record Balancing(Admin admin) {
    private static final ConfigResource ALL = new ConfigResource(ConfigResource.Type.BROKER, "");
    private static final String SWITCH = "millrace.balance.enable";
    private static final String DRAINED = "millrace.balance.drained";
    private static final String THROTTLED = "millrace.balance.throttled";

    /// The active controller matters; what another has done is in its log too.
    private static final int CONTROLLER_MS = 15_000;

    private static final int OTHER_MS = 3_000;

    /// What it does.
    ///
    /// @param now one sentence
    /// @param done with the time in front, the newest last
    public record Seen(boolean enabled, String now, List<String> done) {}

    private record Told(boolean enabled, String now, List<Move> done) {}

    private record Move(Instant at, String what) {}

    /// Asks the brokers over HTTP: the active controller what it does, and each that is up what it has done in its time.
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
        Told told = askController(http, controller);
        var done = new ArrayList<>(told.done());
        for (Node each : view.brokers()) {
            if (each.id() != active && !each.isFenced()) {
                done.addAll(doneBy(http, each));
            }
        }
        return new Seen(
                told.enabled(),
                told.now(),
                done.stream()
                        .sorted(Comparator.comparing(Move::at))
                        .map(move -> move.at() + "  " + move.what())
                        .toList());
    }

    private static List<Move> doneBy(BrokerHttp http, Node broker) {
        try {
            return ask(http, broker, OTHER_MS).done();
        } catch (CommandFailed | KafkaException unreachable) {
            return List.of(); // or no controller; what it has done is in its log
        }
    }

    private static Told askController(BrokerHttp http, Node controller) {
        try {
            return ask(http, controller, CONTROLLER_MS);
        } catch (TimeoutException late) {
            throw CommandFailed.because(
                    "broker "
                            + controller.idString()
                            + " is the active controller, and does not answer: try again");
        }
    }

    private static Told ask(BrokerHttp http, Node broker, int timeoutMs) {
        JsonNode json = http.get(broker, "/v1/balancing", timeoutMs);
        var done = new ArrayList<Move>();
        for (JsonNode each : json.path("done")) {
            done.add(
                    new Move(
                            Instant.parse(each.path("at").asString("")),
                            each.path("what").asString("")));
        }
        return new Told(json.path("enabled").asBoolean(true), json.path("now").asString(""), done);
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

    /// The brokers that [#drained] has named, by id; none on another's cluster.
    public SortedSet<Integer> drained() {
        var ids = new TreeSet<Integer>();
        for (String id : list(DRAINED)) {
            if (id.matches("\\d{1,9}")) {
                ids.add(Integer.valueOf(id));
            }
        }
        return ids;
    }

    /// The bytes a second to which its own copies are bound now, by broker; empty while nothing is copied.
    public Map<Integer, String> rates() {
        var rates = new TreeMap<Integer, String>();
        for (String each : list(THROTTLED)) {
            if (each.matches("\\d{1,9}=\\d+")) {
                int sign = each.indexOf('=');
                rates.put(Integer.valueOf(each.substring(0, sign)), each.substring(sign + 1));
            }
        }
        return rates;
    }

    private List<String> list(String key) {
        var config = await(admin.describeConfigs(List.of(ALL)).all()).get(ALL);
        var entry = config == null ? null : config.get(key);
        String value = entry == null || entry.value() == null ? "" : entry.value().strip();
        return value.isEmpty() ? List.of() : List.of(value.split("\\s*,\\s*", -1));
    }

    private void change(String key, String value, AlterConfigOp.OpType how) {
        var op = new AlterConfigOp(new ConfigEntry(key, value), how);
        try {
            await(admin.incrementalAlterConfigs(Map.of(ALL, List.of(op))).all());
        } catch (InvalidRequestException | InvalidConfigurationException unknownThere) {
            // as said above
        }
    }
}
