package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.databind.json.JsonMapper;

/// `kafka-log-dirs`: what lies in the log directories of brokers, as JSON.
final class KafkaLogDirs implements Tool {
    @Override
    public OptionTable options() {
        return new OptionTable(
                        "kafka-log-dirs", "show what lies in the log directories of brokers.")
                .flag("describe", "Describe the log directories.")
                .value("topic-list", "topic,...", "Only these topics; all when left out.")
                .value("broker-list", "id,...", "Only these brokers; all when left out.")
                .example(
                        "kafka-log-dirs --bootstrap-server localhost:9092 --describe --topic-list orders");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        arguments.required("bootstrap-server"); // --broker-list is no address here
        if (!arguments.has("describe")) {
            throw CommandFailed.usage("Missing required argument \"[describe]\"");
        }
        var topics = new HashSet<>(list(arguments.value("topic-list", "")));
        Set<Integer> asked = brokers(arguments.value("broker-list", ""));
        try (var connection = arguments.connect()) {
            var all = new TreeSet<Integer>();
            await(connection.admin().describeCluster().nodes()).forEach(node -> all.add(node.id()));
            var unknown = new TreeSet<>(asked);
            unknown.removeAll(all);
            if (!unknown.isEmpty()) {
                throw CommandFailed.because(
                        "ERROR: The given brokers do not exist from --broker-list: %s. Current existent brokers: %s"
                                .formatted(
                                        ReassignmentFile.text(unknown),
                                        ReassignmentFile.text(all)));
            }
            Set<Integer> brokers = asked.isEmpty() ? all : asked;
            terminal.line("Querying brokers for log directories information");
            var found = await(connection.admin().describeLogDirs(brokers).allDescriptions());
            terminal.line(
                    "Received log directory information from brokers "
                            + ReassignmentFile.text(brokers));
            terminal.line(json(found, topics));
        }
        return 0;
    }

    private static List<String> list(String value) {
        return List.of(value.split(",", -1)).stream().filter(each -> !each.isEmpty()).toList();
    }

    private static Set<Integer> brokers(String value) {
        var brokers = new TreeSet<Integer>();
        for (String id : list(value)) {
            try {
                brokers.add(Integer.valueOf(id.strip()));
            } catch (NumberFormatException wrong) {
                throw CommandFailed.because("'" + id + "' of --broker-list is no broker id");
            }
        }
        return brokers;
    }

    /// In the order of Kafka's tool, whose readers may look for text.
    ///
    /// @param topics empty for all
    static String json(Map<Integer, Map<String, LogDirDescription>> found, Set<String> topics) {
        var brokers = new ArrayList<Map<String, Object>>();
        new TreeMap<>(found)
                .forEach((id, directories) -> {
                    var broker = new LinkedHashMap<String, Object>();
                    broker.put("broker", id);
                    broker.put(
                            "logDirs",
                            new TreeMap<>(directories)
                                    .entrySet().stream()
                                            .map(each ->
                                                    directory(
                                                            each.getKey(), each.getValue(), topics))
                                            .toList());
                    brokers.add(broker);
                });
        var all = new LinkedHashMap<String, Object>();
        all.put("brokers", brokers);
        all.put("version", 1);
        return JsonMapper.shared().writeValueAsString(all);
    }

    private static Map<String, Object> directory(
            String path, LogDirDescription description, Set<String> topics) {
        var replicas = new TreeMap<TopicPartition, ReplicaInfo>(KafkaDeleteRecords::compare);
        replicas.putAll(description.replicaInfos());
        var partitions = new ArrayList<Map<String, Object>>();
        replicas.forEach((partition, info) -> {
            if (topics.isEmpty() || topics.contains(partition.topic())) {
                var entry = new LinkedHashMap<String, Object>();
                entry.put("partition", partition.toString());
                entry.put("size", info.size());
                entry.put("offsetLag", info.offsetLag());
                entry.put("isFuture", info.isFuture());
                partitions.add(entry);
            }
        });
        var directory = new LinkedHashMap<String, Object>();
        var error = description.error();
        directory.put("partitions", partitions);
        directory.put("error", error == null ? null : error.getClass().getName());
        directory.put("logDir", path);
        return directory;
    }
}
