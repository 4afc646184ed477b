package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir private Path temp;

    @Test
    void kafkasOwnIsRefusedWithTheCommandThatTakesItOver() throws Exception {
        Files.writeString(temp.resolve("meta.properties"), "version=1\n");
        Files.write(temp.resolve("bootstrap.checkpoint"), new byte[] {1});
        Files.createDirectory(temp.resolve("topic-0"));
        try (var directory = DataDirectory.take(temp)) {
            String said =
                    String.valueOf(
                            assertThrows(StartFailed.class, directory::identity).getMessage());
            assertTrue(said.contains("`millrace adopt " + temp + " --data DIR`"), said);
        }
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
