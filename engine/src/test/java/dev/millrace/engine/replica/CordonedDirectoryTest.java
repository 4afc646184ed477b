package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `cordoned.log.dirs` (KIP-1066).
class CordonedDirectoryTest {
    private static final Uuid A = new Uuid(1, 1);
    private static final Uuid B = new Uuid(1, 2);

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private String cordoned = "";
    private LogDirectories directories;
    private Replicas replicas;

    @BeforeEach
    void start() throws IOException {
        directories =
                new LogDirectories(
                        List.of(
                                new LogDirectory(A, "/a", new HeapStorage()),
                                new LogDirectory(B, "/b", new HeapStorage())),
                        0,
                        env);
        directories.cordonedBy(() -> cordoned);
        replicas =
                new Replicas(
                        1, env, directories, (_, _) -> new TopicSettings(LogSettings.DEFAULTS, 1));
        metadata.metadata.listen(replicas::onChange);
    }

    private List<Integer> partitions() {
        return replicas.report().stream().map(each -> each.bytes().size()).toList();
    }

    @Test
    void whatComesGoesElsewhere() {
        cordoned = "/a";
        metadata.topic("new", 4, 1);

        assertEquals(List.of(0, 4), partitions());
        assertEquals(List.of(A), directories.cordoned());
        assertEquals(
                List.of(true, false),
                replicas.report().stream().map(LogDirectoryReport::cordoned).toList());
    }

    @Test
    void whatIsThereStaysAndNothingIsMovedThere() {
        metadata.topic("old", 2, 1);
        assertEquals(List.of(1, 1), partitions());
        cordoned = "*";

        assertEquals(List.of(1, 1), partitions());
        assertEquals(List.of(A, B), directories.cordoned());
        assertEquals(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                replicas.move(new TopicPartition("old", 0), "/b"));
        cordoned = "/a";
        assertEquals(Errors.NONE, replicas.move(new TopicPartition("old", 0), "/b"));
    }

    /// The controller gives it nothing; what it gave just before must lie somewhere.
    @Test
    void whereAllAreCordonedOneOfThemIsTaken() {
        cordoned = "*";
        metadata.topic("late", 2, 1);

        assertEquals(List.of(1, 1), partitions());
    }
}
