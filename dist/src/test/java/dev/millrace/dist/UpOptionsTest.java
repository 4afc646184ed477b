package dev.millrace.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.WrongSetting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UpOptionsTest {
    private static String setting(String key, String... words) throws WrongSetting {
        return String.valueOf(UpOptions.parse(List.of(words)).settings().text(key));
    }

    @Test
    void flagsAreSettings() throws WrongSetting {
        assertEquals("PLAINTEXT://localhost:9093", setting("listeners", "--port", "9093"));
        assertEquals("PLAINTEXT://0.0.0.0:9092", setting("listeners", "--listen", "0.0.0.0"));
        assertEquals("PLAINTEXT://[::]:9094", setting("listeners", "--listen=[::]:9094"));
        assertEquals("/tmp/x", setting("log.dirs", "--data", "/tmp/x"));
        assertTrue(
                UpOptions.parse(List.of("--port=1", "--data=x")).settings().isEmpty(),
                "Kafka's definitions need not be loaded for flags");
    }

    @Test
    void aFlagWinsOverSetAndThatOverTheFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("server.properties");
        Files.writeString(file, "log.dir=/a\nnum.partitions=2\nnode.id=3\n");
        String[] words = {
            "--config",
            file.toString(),
            "--set",
            "num.partitions=4",
            "--set=log.dirs=/b",
            "--data",
            "/c"
        };
        assertEquals("/c", setting("log.dirs", words));
        assertEquals("4", setting("num.partitions", words));
        assertEquals("3", setting("node.id", words));
        assertEquals("null", setting("log.dir", words));
    }

    /// Kafka's own log of metadata would be written to beside an adopted directory.
    @Test
    void theFlagForDataTakesThePlaceOfAllDirectoriesOfTheFile(@TempDir Path folder)
            throws Exception {
        Path file = folder.resolve("server.properties");
        Files.writeString(file, "log.dirs=/a,/b\nmetadata.log.dir=/m\n");
        String[] inFile = {"--config", file.toString()};
        String[] withData = {"--config", file.toString(), "--data", "/c"};
        String[] withBoth = {
            "--config", file.toString(), "--data", "/c", "--set", "metadata.log.dir=/n"
        };
        assertEquals("/m", setting("metadata.log.dir", inFile));
        assertEquals("null", setting("metadata.log.dir", withData));
        assertEquals("/n", setting("metadata.log.dir", withBoth));
    }

    @Test
    void whatItDoesNotUnderstandIsSaid() {
        for (var words :
                List.of(
                        List.of("--prot", "1"),
                        List.of("--port"),
                        List.of("--set", "x"),
                        List.of("--memory", "--data", "x"),
                        List.of("--config", "/no/such/file"))) {
            assertThrows(WrongSetting.class, () -> UpOptions.parse(words), words.toString());
        }
    }

    @Test
    void aFileThatIsNotThereIsSaid() {
        var missing =
                assertThrows(
                        WrongSetting.class,
                        () -> UpOptions.parse(List.of("--config", "/no/such/file")));
        assertEquals(
                "Cannot read the settings in /no/such/file: there is no such file",
                missing.getMessage());
    }
}
