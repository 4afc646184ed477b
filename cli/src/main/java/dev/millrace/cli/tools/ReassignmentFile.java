package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Where partitions are to lie, as Kafka's JSON files say it.
///
/// ```
/// {"version": 1, "partitions": [{"topic": "orders", "partition": 0, "replicas": [1, 2], "log_dirs": ["any", "/data2"]}]}
/// ```
record ReassignmentFile(List<Target> targets) {
    private static final String ANY = "any";

    /// @param directories one for each replica, or `any`
    record Target(TopicPartition partition, List<Integer> replicas, List<String> directories) {}

    static ReassignmentFile read(Path file) {
        var targets = new ArrayList<Target>();
        for (JsonNode each : entries(file, "partitions")) {
            targets.add(target(file, each));
        }
        return new ReassignmentFile(targets);
    }

    private static Target target(Path file, JsonNode entry) {
        JsonNode replicas = entry.path("replicas");
        if (!entry.path("topic").isString()
                || !entry.path("partition").isInt()
                || !replicas.isArray()) {
            throw CommandFailed.because(
                    file
                            + ": each partition needs topic, partition and replicas, but got "
                            + entry);
        }
        var partition =
                new TopicPartition(entry.path("topic").asString(), entry.path("partition").asInt());
        var ids = new ArrayList<Integer>();
        var directories = new ArrayList<String>();
        for (JsonNode id : replicas) {
            if (!id.isInt()) {
                throw CommandFailed.because(file + ": " + id + " is no broker id");
            }
            ids.add(id.asInt());
        }
        entry.path("log_dirs").forEach(each -> directories.add(each.asString()));
        if (!entry.has("log_dirs")) {
            ids.forEach(_ -> directories.add(ANY));
        }
        if (ids.size() != directories.size()) {
            throw CommandFailed.because(
                    "Size of replicas list %s is different from size of log dirs list %s for partition %s"
                            .formatted(ids, directories, partition));
        }
        return new Target(partition, ids, directories);
    }

    /// The topics of a file for `--generate`: `{"version": 1, "topics": [{"topic": "orders"}]}`.
    static List<String> topics(Path file) {
        var topics = new ArrayList<String>();
        for (JsonNode each : entries(file, "topics")) {
            if (!each.path("topic").isString()) {
                throw CommandFailed.because(file + ": each topic needs its name, but got " + each);
            }
            topics.add(each.path("topic").asString());
        }
        var twice = duplicates(topics);
        if (!twice.isEmpty()) {
            throw CommandFailed.because(
                    "List of topics to reassign contains duplicate entries: " + twice);
        }
        return topics;
    }

    private static JsonNode entries(Path file, String list) {
        JsonNode root = JsonFile.read(file);
        int version = root.path("version").asInt(1);
        if (version != 1) {
            throw CommandFailed.because("Not supported version field value " + version);
        }
        return root.path(list);
    }

    /// Refuses what cannot be carried out.
    void check() {
        if (targets.isEmpty()) {
            throw CommandFailed.because("Partition reassignment list cannot be empty");
        }
        if (targets.stream().anyMatch(target -> target.replicas().isEmpty())) {
            throw CommandFailed.because("Partition replica list cannot be empty");
        }
        var twice = duplicates(targets.stream().map(Target::partition).toList());
        if (!twice.isEmpty()) {
            throw CommandFailed.because(
                    "Partition reassignment contains duplicate topic partitions: " + text(twice));
        }
        String several =
                targets.stream()
                        .filter(target -> !duplicates(target.replicas()).isEmpty())
                        .map(target ->
                                target.partition()
                                        + " contains multiple entries for "
                                        + text(duplicates(target.replicas())))
                        .collect(Collectors.joining(". "));
        if (!several.isEmpty()) {
            throw CommandFailed.because(
                    "Partition replica lists may not contain duplicate entries: " + several);
        }
    }

    static <T> Collection<T> duplicates(List<T> list) {
        var seen = new HashSet<T>();
        return list.stream().filter(each -> !seen.add(each)).distinct().toList();
    }

    /// `a,b`
    static String text(Collection<?> all) {
        return all.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    SortedMap<TopicPartition, List<Integer>> replicas() {
        var replicas = new TreeMap<TopicPartition, List<Integer>>(KafkaDeleteRecords::compare);
        targets.forEach(target -> replicas.put(target.partition(), target.replicas()));
        return replicas;
    }

    /// Where a log directory is named for a replica.
    Map<TopicPartitionReplica, String> directories() {
        var directories = new HashMap<TopicPartitionReplica, String>();
        for (Target target : targets) {
            for (int i = 0; i < target.replicas().size(); i++) {
                String directory = target.directories().get(i);
                if (!directory.equals(ANY)) {
                    directories.put(
                            new TopicPartitionReplica(
                                    target.partition().topic(),
                                    target.partition().partition(),
                                    target.replicas().get(i)),
                            directory);
                }
            }
        }
        return directories;
    }

    TreeSet<String> topics() {
        return targets.stream()
                .map(target -> target.partition().topic())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// A file that puts partitions where they are said to be.
    ///
    /// @param directories the log directories of replicas; `any` for others
    static String json(
            SortedMap<TopicPartition, List<Integer>> assignment,
            Map<TopicPartitionReplica, String> directories) {
        var partitions = new ArrayList<Map<String, Object>>();
        assignment.forEach((partition, replicas) -> {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("topic", partition.topic());
            entry.put("partition", partition.partition());
            entry.put("replicas", replicas);
            entry.put(
                    "log_dirs",
                    replicas.stream()
                            .map(id ->
                                    new TopicPartitionReplica(
                                            partition.topic(), partition.partition(), id))
                            .map(replica -> directories.getOrDefault(replica, ANY))
                            .toList());
            partitions.add(entry);
        });
        var file = new LinkedHashMap<String, Object>();
        file.put("version", 1);
        file.put("partitions", partitions);
        return JsonMapper.shared().writeValueAsString(file);
    }
}
