package dev.millrace.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerPropertiesTest {
    @Test
    void oneNodeIsItsOwnVoterAndKeepsOneReplica(@TempDir Path directory) throws IOException {
        List<Path> files = ServerProperties.write(directory, List.of(9092));
        assertEquals(List.of(directory.resolve("server.properties")), files);
        Properties one = read(files.getFirst());
        assertEquals("1", one.getProperty("node.id"));
        assertEquals("1@127.0.0.1:9093", one.getProperty("controller.quorum.voters"));
        assertEquals("1", one.getProperty("default.replication.factor"));
        assertEquals("1", one.getProperty("min.insync.replicas"));
    }

    @Test
    void threeNodesVoteTogetherAndShareNothingOnDisk(@TempDir Path directory) throws IOException {
        List<Path> files = ServerProperties.write(directory, List.of(9092, 9094, 9100));
        for (int i = 0; i < 3; i++) {
            Properties node = read(files.get(i));
            Path own = directory.resolve("node-" + (i + 1));
            assertEquals(own.resolve("server.properties"), files.get(i));
            assertEquals(own.resolve("data").toString(), node.getProperty("log.dirs"));
            assertEquals(Integer.toString(i + 1), node.getProperty("node.id"));
            assertEquals(
                    "1@127.0.0.1:9093,2@127.0.0.1:9095,3@127.0.0.1:9101",
                    node.getProperty("controller.quorum.voters"));
            assertEquals("3", node.getProperty("offsets.topic.replication.factor"));
            assertEquals("2", node.getProperty("min.insync.replicas"));
        }
        assertEquals(
                "PLAINTEXT://127.0.0.1:9100,CONTROLLER://127.0.0.1:9101",
                read(files.getLast()).getProperty("listeners"));
    }

    private static Properties read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties;
    }
}
