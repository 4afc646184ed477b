package dev.millrace.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The `server.properties` that every broker gets: loopback, Kafka's own defaults but for what a single node must have, or what
/// its documentation wants of three.
final class ServerProperties {
    private static final int REPLICAS = 3;

    private ServerProperties() {}

    /// Writes a file for each of the ports, one node each, and returns their paths. A single node's is in the directory itself;
    /// each of several has a directory of its own in it. A controller's port is the one after its broker's.
    static List<Path> write(Path directory, List<Integer> ports) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int id = 1; id <= ports.size(); id++) {
            Path own = ports.size() == 1 ? directory : directory.resolve("node-" + id);
            Path data = Files.createDirectories(own.resolve("data"));
            Path file = own.resolve("server.properties");
            Files.writeString(file, node(id, ports, data) + replication(ports.size()));
            files.add(file);
        }
        return files;
    }

    private static String node(int id, List<Integer> ports, Path data) {
        int port = ports.get(id - 1);
        String voters =
                IntStream.range(0, ports.size())
                        .mapToObj(i -> "%d@127.0.0.1:%d".formatted(i + 1, ports.get(i) + 1))
                        .collect(Collectors.joining(","));
        return """
        process.roles=broker,controller
        node.id=%4$d
        controller.quorum.voters=%5$s
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
        controller.listener.names=CONTROLLER
        inter.broker.listener.name=PLAINTEXT
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
        log.dirs=%3$s
        auto.create.topics.enable=false
        """
                .formatted(port, port + 1, data, id, voters);
    }

    private static String replication(int nodes) {
        int replicas = Math.min(nodes, REPLICAS);
        int inSync = Math.max(1, replicas - 1);
        return """
        offsets.topic.replication.factor=%1$d
        transaction.state.log.replication.factor=%1$d
        transaction.state.log.min.isr=%2$d
        share.coordinator.state.topic.replication.factor=%1$d
        share.coordinator.state.topic.min.isr=%2$d
        default.replication.factor=%1$d
        min.insync.replicas=%2$d
        """
                .formatted(replicas, inSync);
    }
}
