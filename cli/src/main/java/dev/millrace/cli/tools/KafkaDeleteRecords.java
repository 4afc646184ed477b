package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.databind.JsonNode;

/// `kafka-delete-records`: moves the log start of partitions forward, as a JSON file says.
///
/// An offset of -1 means the high watermark. A partition that the cluster refuses is printed with the reason, and makes the
/// exit code 1 (Kafka's tool exits 0, and retries a missing topic until it times out; here the topics are looked up first).
final class KafkaDeleteRecords implements Tool {
    @Override
    public OptionTable options() {
        return new OptionTable("kafka-delete-records", "delete the oldest records of partitions.")
                .value(
                        "offset-json-file",
                        "file",
                        "What to delete: {\"partitions\": [{\"topic\": \"orders\", \"partition\": 0,"
                                + " \"offset\": 100}], \"version\": 1} deletes what lies before offset 100; -1 deletes everything.")
                .example(
                        "kafka-delete-records --bootstrap-server localhost:9092 --offset-json-file delete.json");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        var offsets = offsets(Path.of(arguments.required("offset-json-file")));
        try (var connection = arguments.connect()) {
            terminal.line("Executing records delete operation");
            terminal.line("Records delete operation completed:");
            return delete(offsets, connection, terminal);
        }
    }

    private static int delete(
            Map<TopicPartition, Long> offsets, Connection connection, Terminal terminal) {
        var existing = Connection.await(connection.admin().listTopics().names());
        var request = new HashMap<TopicPartition, RecordsToDelete>();
        offsets.forEach((partition, offset) -> {
            if (existing.contains(partition.topic())) {
                request.put(partition, RecordsToDelete.beforeOffset(offset));
            }
        });
        var answers = connection.admin().deleteRecords(request).lowWatermarks();
        int exitCode = 0;
        for (TopicPartition partition : offsets.keySet()) {
            var answer = answers.get(partition);
            try {
                if (answer == null) {
                    throw new KafkaException("there is no topic " + partition.topic());
                }
                terminal.line(
                        "partition: "
                                + partition
                                + "\tlow_watermark: "
                                + Connection.await(answer).lowWatermark());
            } catch (KafkaException refused) {
                terminal.line("partition: " + partition + "\terror: " + refused);
                exitCode = CommandFailed.FAILED;
            }
        }
        return exitCode;
    }

    /// Reads the file; sorted, so that the output is.
    static Map<TopicPartition, Long> offsets(Path file) {
        JsonNode root = JsonFile.read(file);
        int version = root.path("version").asInt(1);
        if (version != 1 || !root.path("partitions").isArray()) {
            throw CommandFailed.because(
                    file + " needs \"version\": 1 and a list of \"partitions\"");
        }
        var offsets = new TreeMap<TopicPartition, Long>(KafkaDeleteRecords::compare);
        for (JsonNode entry : root.path("partitions")) {
            if (!entry.path("topic").isString()
                    || !entry.path("partition").isInt()
                    || !entry.path("offset").isIntegralNumber()) {
                throw CommandFailed.because(
                        file
                                + ": each partition needs topic, partition and offset, but got "
                                + entry);
            }
            var partition =
                    new TopicPartition(
                            entry.path("topic").asString(), entry.path("partition").asInt());
            if (offsets.put(partition, entry.path("offset").asLong()) != null) {
                throw CommandFailed.because(
                        "Offset json file contains duplicate topic partitions: " + partition);
            }
        }
        return offsets;
    }

    /// By topic, then by partition.
    static int compare(TopicPartition left, TopicPartition right) {
        int byTopic = left.topic().compareTo(right.topic());
        return byTopic != 0 ? byTopic : Integer.compare(left.partition(), right.partition());
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println(Explanation.of(failure, address));
    }
}
