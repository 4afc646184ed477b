package dev.millrace.cli;

import dev.millrace.cli.cluster.ClusterView;
import dev.millrace.cli.placement.Placement;
import dev.millrace.cli.placement.Sizes;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// What `millrace cluster status` shows.
///
/// @param placement for the bytes
record ClusterStatus(ClusterView view, Placement placement) {
    private static final int MOST_NAMES = 10;

    void print(Terminal terminal) {
        terminal.line(
                "cluster "
                        + view.clusterId()
                        + ": "
                        + count(view.brokers().size(), "broker")
                        + ", "
                        + count(view.topics().size(), "topic")
                        + ", "
                        + count(view.partitions(), "partition"));
        QuorumInfo quorum = view.quorum();
        if (quorum != null) {
            terminal.line(
                    "quorum: controller "
                            + (quorum.leaderId() < 0 ? "none" : quorum.leaderId())
                            + ", epoch "
                            + quorum.leaderEpoch()
                            + ", "
                            + count(quorum.voters().size(), "voter")
                            + ", "
                            + count(quorum.observers().size(), "observer"));
        }
        terminal.line("");
        brokers().lines("  ").forEach(terminal::line);
        terminal.line("");
        boolean well = problem(terminal, "without a leader", view.offline());
        well &=
                problem(
                        terminal,
                        "that refuse acks=all (under min.insync.replicas)",
                        view.underMinIsr());
        well &= problem(terminal, "with replicas that are not in sync", view.underReplicated());
        problem(terminal, "on their way to other brokers", view.moving());
        if (well) {
            terminal.line("every partition has a leader and all its replicas in sync");
        }
    }

    private Table brokers() {
        var table =
                new Table()
                        .right("BROKER")
                        .left("ADDRESS")
                        .left("RACK")
                        .left("STATE")
                        .left("QUORUM")
                        .right("LAG")
                        .right("LEADS")
                        .right("REPLICAS")
                        .right("SIZE");
        Map<Integer, Integer> leaders = view.leaders();
        Map<Integer, Integer> replicas = view.replicas();
        Map<Integer, Long> bytes = placement.bytes();
        for (Node node : view.brokers()) {
            Long lag = lag(node.id());
            table.row(
                    List.of(
                            Integer.toString(node.id()),
                            node.host() + ":" + node.port(),
                            node.rack() == null ? "" : node.rack(),
                            node.isFenced() ? "down" : "up",
                            role(node.id()),
                            lag == null ? "" : lag.toString(),
                            Integer.toString(leaders.getOrDefault(node.id(), 0)),
                            Integer.toString(replicas.getOrDefault(node.id(), 0)),
                            Sizes.text(bytes.getOrDefault(node.id(), 0L))));
        }
        return table;
    }

    private String role(int id) {
        QuorumInfo quorum = view.quorum();
        if (quorum == null) {
            return "";
        }
        return quorum.leaderId() == id
                ? "leader"
                : find(quorum.voters(), id) != null
                        ? "voter"
                        : find(quorum.observers(), id) != null ? "observer" : "";
    }

    /// How many records of the metadata log it is behind the leader; null when nobody says.
    private @Nullable Long lag(int id) {
        QuorumInfo quorum = view.quorum();
        ReplicaState leader = quorum == null ? null : find(quorum.voters(), quorum.leaderId());
        if (quorum == null || leader == null) {
            return null;
        }
        ReplicaState voter = find(quorum.voters(), id);
        ReplicaState replica = voter == null ? find(quorum.observers(), id) : voter;
        return replica == null || replica.logEndOffset() < 0
                ? null
                : Math.max(0, leader.logEndOffset() - replica.logEndOffset());
    }

    private static @Nullable ReplicaState find(List<ReplicaState> states, int id) {
        for (ReplicaState state : states) {
            if (state.replicaId() == id) {
                return state;
            }
        }
        return null;
    }

    /// @return true when there is none
    private static boolean problem(Terminal terminal, String what, List<String> names) {
        if (!names.isEmpty()) {
            String more = names.size() > MOST_NAMES ? ", ..." : "";
            terminal.line(
                    count(names.size(), "partition")
                            + " "
                            + what
                            + ": "
                            + String.join(
                                    ", ", names.subList(0, Math.min(MOST_NAMES, names.size())))
                            + more);
        }
        return names.isEmpty();
    }

    private static String count(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("clusterId", view.clusterId());
        QuorumInfo quorum = view.quorum();
        if (quorum == null) {
            json.writeNullProperty("quorum");
        } else {
            json.writeObjectPropertyStart("quorum");
            json.writeNumberProperty("leader", quorum.leaderId());
            json.writeNumberProperty("epoch", quorum.leaderEpoch());
            json.writeNumberProperty("highWatermark", quorum.highWatermark());
            ids("voters", quorum.voters().stream().map(ReplicaState::replicaId).toList(), json);
            ids(
                    "observers",
                    quorum.observers().stream().map(ReplicaState::replicaId).toList(),
                    json);
            json.writeEndObject();
        }
        json.writeArrayPropertyStart("brokers");
        Map<Integer, Integer> leaders = view.leaders();
        Map<Integer, Integer> replicas = view.replicas();
        Map<Integer, Long> bytes = placement.bytes();
        for (Node node : view.brokers()) {
            json.writeStartObject();
            json.writeNumberProperty("id", node.id());
            json.writeStringProperty("host", node.host());
            json.writeNumberProperty("port", node.port());
            json.writeStringProperty("rack", node.rack());
            json.writeBooleanProperty("up", !node.isFenced());
            json.writeStringProperty("quorum", role(node.id()));
            Long lag = lag(node.id());
            if (lag == null) {
                json.writeNullProperty("quorumLag");
            } else {
                json.writeNumberProperty("quorumLag", lag);
            }
            json.writeNumberProperty("leads", leaders.getOrDefault(node.id(), 0));
            json.writeNumberProperty("replicas", replicas.getOrDefault(node.id(), 0));
            json.writeNumberProperty("bytes", bytes.getOrDefault(node.id(), 0L));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNumberProperty("topics", view.topics().size());
        json.writeNumberProperty("partitions", view.partitions());
        names("offline", view.offline(), json);
        names("underMinIsr", view.underMinIsr(), json);
        names("underReplicated", view.underReplicated(), json);
        names("moving", view.moving(), json);
        json.writeEndObject();
    }

    private static void ids(String name, List<Integer> ids, JsonGenerator json) {
        json.writeArrayPropertyStart(name);
        ids.forEach(json::writeNumber);
        json.writeEndArray();
    }

    private static void names(String name, List<String> names, JsonGenerator json) {
        json.writeArrayPropertyStart(name);
        names.forEach(json::writeString);
        json.writeEndArray();
    }
}
