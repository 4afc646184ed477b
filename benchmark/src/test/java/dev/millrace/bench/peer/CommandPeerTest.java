package dev.millrace.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandPeerTest {
    @Test
    void appendsTheConfigurationUnlessTheCommandSaysWhere() {
        assertEquals(List.of("./m", "up", "--config", "/c"), commandOf("./m up"));
        assertEquals(List.of("run.sh", "/c", "-v"), commandOf("run.sh  {config} -v"));
    }

    @Test
    void theProgramIsWhereItsLauncherStandsOrWhatThatHasBuilt(@TempDir Path root)
            throws IOException {
        Path launcher = Files.createFile(root.resolve("millrace"));
        Peer peer = new CommandPeer("m", launcher + " up", Dialect.KAFKA, root, Map.of());
        assertEquals(List.of(root), peer.program());
        Path built =
                Files.createDirectories(root.resolve("dist").resolve("target").resolve("dist"));
        assertEquals(List.of(built), peer.program());
    }

    @Test
    void aCommandFromThePathHasNoProgramThatWeKnow() {
        Peer peer = new CommandPeer("m", "nosuchcommand", Dialect.KAFKA, Path.of("."), Map.of());
        assertEquals(List.of(), peer.program());
    }

    private static List<String> commandOf(String command) {
        return new CommandPeer("m", command, Dialect.KAFKA, Path.of("."), Map.of())
                .commandFor(Path.of("/c"));
    }
}
