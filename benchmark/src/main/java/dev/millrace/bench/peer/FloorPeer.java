package dev.millrace.bench.peer;

import dev.millrace.bench.floor.FloorMain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The floor as a process: same sockets, same bytes, same files, no broker.
public final class FloorPeer implements Peer {
    @Override
    public String name() {
        return "floor";
    }

    @Override
    public String describe() {
        return "a loop in Java: receive, CRC-32C, write (and fdatasync in flush mode ack); transferTo for reads";
    }

    @Override
    public Dialect dialect() {
        return Dialect.FLOOR;
    }

    @Override
    public List<Path> program() {
        return List.of();
    }

    @Override
    public Running start(Path directory, List<Integer> ports)
            throws IOException, InterruptedException {
        int port = ports.getFirst();
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FloorMain.class.getName(),
                        Integer.toString(port),
                        directory.toString());
        Node node = Node.exec(name(), command, Map.of(), directory, directory, port);
        Running running = new Running(this, List.of(node));
        try {
            running.awaitListening();
            return running;
        } catch (IOException | InterruptedException e) {
            running.close();
            throw e;
        }
    }
}
