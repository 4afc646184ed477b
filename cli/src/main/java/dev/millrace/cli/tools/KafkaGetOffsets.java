package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Offsets;
import dev.millrace.cli.cluster.PartitionFilter;
import dev.millrace.cli.cluster.TopicFilter;
import dev.millrace.cli.cluster.Topics;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/// `kafka-get-offsets`: the offset of each partition at a time or at an end of the log, as `topic:partition:offset` lines.
final class KafkaGetOffsets implements Tool {
    @Override
    public OptionTable options() {
        return new OptionTable("kafka-get-offsets", "print the offsets of partitions.")
                .value("topic", "regex", "The topics; all when absent.")
                .value("partitions", "0,1,...", "With --topic: only these partitions.")
                .value(
                        "topic-partitions",
                        "t:0,u:1-3,...",
                        "Topics with partitions: a number, from-to (to exclusive), from-, -to.")
                .value(
                        "time",
                        "when",
                        "latest (-1), earliest (-2), max-timestamp (-3), earliest-local (-4),"
                                + " latest-tiered (-5), earliest-pending-upload (-6), or a time in ms since 1970.")
                .flag("exclude-internal-topics", "Leave out the cluster's own topics.")
                .formerly("broker-list")
                .example("kafka-get-offsets --bootstrap-server localhost:9092 --topic orders")
                .example(
                        "kafka-get-offsets --bootstrap-server localhost:9092 --topic-partitions orders:0-2 --time earliest");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        arguments.refuse("topic-partitions", "topic", "partitions");
        var filter = filter(arguments);
        var spec = spec(arguments.value("time", "latest"));
        try (var connection = arguments.connect()) {
            var topics = new Topics(connection.admin());
            var names = topics.names(filter::mayInclude, !arguments.has("exclude-internal-topics"));
            var partitions = new ArrayList<TopicPartition>();
            for (var topic : topics.describe(names, null)) {
                for (var partition : topic.description().partitions()) {
                    var one = new TopicPartition(topic.name(), partition.partition());
                    if (filter.test(one)) {
                        partitions.add(one);
                    }
                }
            }
            if (partitions.isEmpty()) {
                throw CommandFailed.because(
                        "Error occurred: Could not match any topic-partitions with the specified filters");
            }
            print(partitions, new Offsets(connection.admin()), spec, terminal);
        }
        return 0;
    }

    private static void print(
            List<TopicPartition> partitions, Offsets offsets, OffsetSpec spec, Terminal terminal) {
        var found = offsets.list(partitions, spec);
        for (TopicPartition partition : partitions) {
            switch (found.get(partition)) {
                case Offsets.At(long offset) ->
                        terminal.line(
                                partition.topic() + ":" + partition.partition() + ":" + offset);
                case Offsets.Refused(Throwable why) ->
                        terminal.err()
                                .println(
                                        "Skip getting offsets for topic-partition "
                                                + partition
                                                + " due to: "
                                                + why.getMessage());
                case null, default -> {
                    // No record at that time: Kafka's tool prints nothing for the partition.
                }
            }
        }
    }

    private static PartitionFilter filter(Arguments arguments) {
        String list = arguments.value("topic-partitions");
        if (list != null) {
            return PartitionFilter.list(list);
        }
        String topic = arguments.value("topic");
        String partitions = arguments.value("partitions", "");
        return PartitionFilter.of(
                topic == null ? TopicFilter.all() : TopicFilter.of(topic), partitions);
    }

    static OffsetSpec spec(String time) {
        return switch (time) {
            case "latest", "-1" -> OffsetSpec.latest();
            case "earliest", "-2" -> OffsetSpec.earliest();
            case "max-timestamp", "-3" -> OffsetSpec.maxTimestamp();
            case "earliest-local", "-4" -> OffsetSpec.earliestLocal();
            case "latest-tiered", "-5" -> OffsetSpec.latestTiered();
            case "earliest-pending-upload", "-6" -> OffsetSpec.earliestPendingUpload();
            default -> atTime(time);
        };
    }

    private static OffsetSpec atTime(String time) {
        try {
            return OffsetSpec.forTimestamp(Long.parseLong(time));
        } catch (NumberFormatException wrong) {
            throw CommandFailed.because(
                    "Error occurred: Malformed time argument "
                            + time
                            + ". Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or"
                            + " latest-tiered / -6 or earliest-pending-upload, or a specified long format timestamp");
        }
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println("Error occurred: " + failure.getMessage());
    }
}
