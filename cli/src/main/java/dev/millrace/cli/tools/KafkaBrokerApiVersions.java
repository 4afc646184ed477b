package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.ApiVersionsProbe;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import java.util.ArrayList;
import java.util.Comparator;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;

/// `kafka-broker-api-versions`: what each broker of the cluster can do.
final class KafkaBrokerApiVersions implements Tool {
    @Override
    public OptionTable options() {
        return new OptionTable(
                        "kafka-broker-api-versions",
                        "print which versions of which APIs the brokers serve.")
                .formerly("broker-list")
                .example("kafka-broker-api-versions --bootstrap-server localhost:9092");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        int exitCode = 0;
        try (var connection = arguments.connect()) {
            var nodes =
                    new ArrayList<>(Connection.await(connection.admin().describeCluster().nodes()));
            nodes.sort(Comparator.comparingInt(Node::id));
            for (Node node : nodes) {
                try {
                    String versions =
                            ApiVersionsProbe.describe(
                                    node, connection.clientSettings("millrace-cli"));
                    terminal.line(node + " -> " + versions);
                } catch (KafkaException | CommandFailed failed) {
                    terminal.line(node + " -> ERROR: " + failed.getMessage());
                    exitCode = CommandFailed.FAILED;
                }
            }
        }
        return exitCode;
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println(Explanation.of(failure, address));
    }
}
