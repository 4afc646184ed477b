package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
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
        try (var directory = DataDirectory.take(temp)) {
            String said =
                    String.valueOf(
                            assertThrows(StartFailed.class, directory::identity).getMessage());
            assertTrue(said.contains("`millrace adopt " + temp + " --data DIR`"), said);
        }
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
