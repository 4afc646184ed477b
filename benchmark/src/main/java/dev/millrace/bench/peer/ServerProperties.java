package dev.millrace.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The one `server.properties` that every broker gets: a single node, loopback, Kafka's own defaults else.
final class ServerProperties {
    private ServerProperties() {}

    /// Writes the file and returns its path. The controller's port is the one after the broker's.
    static Path write(Path directory, int port) throws IOException {
        Path data = Files.createDirectories(directory.resolve("data"));
        Path file = directory.resolve("server.properties");
        Files.writeString(
                file,
                """
                process.roles=broker,controller
                node.id=1
                controller.quorum.voters=1@127.0.0.1:%2$d
                listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
                controller.listener.names=CONTROLLER
                inter.broker.listener.name=PLAINTEXT
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
                log.dirs=%3$s
                offsets.topic.replication.factor=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                auto.create.topics.enable=false
                """
                        .formatted(port, port + 1, data));
        return file;
    }
}
