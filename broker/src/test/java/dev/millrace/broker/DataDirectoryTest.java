package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirectoryTest {
    @TempDir private Path temp;

    @Test
    void kafkasOwnIsRefusedWithTheCommandThatTakesItOver() throws Exception {
        Files.writeString(temp.resolve("meta.properties"), "version=1\n");
        Files.write(temp.resolve("bootstrap.checkpoint"), new byte[] {1});
        Files.createDirectory(temp.resolve("topic-0"));
        assertRefused("`millrace adopt " + temp + " --data DIR`");
    }

    @Test
    void oneThatKafkasToolHasFormattedIsTakenAsItIs() throws Exception {
        String meta = "version=1\ncluster.id=abc\nnode.id=3\ndirectory.id=MvDxzVmcRsaTz33bUuRU6A\n";
        Files.writeString(temp.resolve("meta.properties"), meta);
        Files.write(temp.resolve("bootstrap.checkpoint"), new byte[] {1});
        Files.createDirectory(temp.resolve("__cluster_metadata-0"));
        Files.write(
                temp.resolve("__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"),
                new byte[] {1});
        for (int start = 0; start < 2; start++) {
            try (var directory = DataDirectory.take(temp)) {
                var identity =
                        new DataDirectory.Identity(
                                "abc", 3, Uuid.fromString("MvDxzVmcRsaTz33bUuRU6A"));
                assertEquals(identity, directory.identity());
                assertTrue(Files.exists(temp.resolve("millrace-bootstrap.checkpoint")));
            }
        }
    }

    /// As Kafka 4.4 formats it; where the metadata log will be, there is a snapshot beside this file.
    private void formattedByKafka() throws Exception {
        Files.writeString(
                temp.resolve("meta.properties"),
                "#\n#Mon Nov 30 10:13:23 UTC 2026\ncluster.id=abc\ndirectory.id=MvDxzVmcRsaTz33bUuRU6A\nnode.id=3\nversion=1\n");
    }

    private void assertRefused(String part) throws Exception {
        try (var directory = DataDirectory.take(temp)) {
            String said =
                    String.valueOf(
                            assertThrows(StartFailed.class, directory::identity).getMessage());
            assertTrue(said.contains(part), said);
        }
    }

    private void file(String name) throws Exception {
        Files.createDirectories(temp.resolve(name).getParent());
        Files.write(temp.resolve(name), new byte[] {1});
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "topic-0/00000000000000000000.log",
                "millrace-test-0/00000000000000000000.log",
                "__cluster_metadata-0/partition.metadata",
                "recovery-point-offset-checkpoint"
            })
    void oneThatKafkaHasUsedIsRefusedByItsMetaProperties(String used) throws Exception {
        formattedByKafka();
        file(used);
        assertRefused("`millrace adopt " + temp + " --data DIR`");
    }

    @Test
    void whatWasTakenOverIsNotBegunAnew() throws Exception {
        formattedByKafka();
        Files.move(temp.resolve("meta.properties"), temp.resolve("meta.properties.adopted"));
        file("__cluster_metadata-0/partition.metadata");
        assertRefused("start from the directory that it was taken over into");
    }

    @Test
    void oneThatWeHaveUsedSinceItWasFormattedIsOurs() throws Exception {
        formattedByKafka();
        DataDirectory.Identity found;
        try (var directory = DataDirectory.take(temp)) {
            found = Objects.requireNonNull(directory.identity());
            directory.mark(found);
        }
        Files.createDirectory(temp.resolve("topic-0"));
        try (var directory = DataDirectory.take(temp)) {
            assertEquals(found, directory.identity());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"millrace-closed-logs", "__cluster_metadata-0/00000000000000000000.log"})
    void oneThatAnEarlierBuildHasUsedIsKnownByWhatOnlyWeLeave(String ours) throws Exception {
        formattedByKafka();
        file("topic-0/00000000000000000000.log");
        file(ours);
        try (var directory = DataDirectory.take(temp)) {
            assertNotNull(directory.identity());
        }
    }

    @Test
    void oneThatCannotBeMadeIsSaid() {
        assertEquals(
                "/proc/nope is not there and cannot be made",
                DataDirectory.reason(new NoSuchFileException("/proc/nope")));
    }

    @Test
    void oursIsKnownAgain() throws Exception {
        var identity = new DataDirectory.Identity("a cluster", 3, Uuid.randomUuid());
        try (var directory = DataDirectory.take(temp)) {
            assertNull(directory.identity());
            directory.format(identity);
            assertEquals(identity, directory.identity());
        }
    }
}
