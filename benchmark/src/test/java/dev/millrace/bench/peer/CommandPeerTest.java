package dev.millrace.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandPeerTest {
    @Test
    void appendsTheConfigurationUnlessTheCommandSaysWhere() {
        assertEquals(List.of("./m", "up", "--config", "/c"), commandOf("./m up"));
        assertEquals(List.of("run.sh", "/c", "-v"), commandOf("run.sh  {config} -v"));
    }

    private static List<String> commandOf(String command) {
        return new CommandPeer("m", command, Dialect.KAFKA, Path.of("."), Map.of())
                .commandFor(Path.of("/c"));
    }
}
