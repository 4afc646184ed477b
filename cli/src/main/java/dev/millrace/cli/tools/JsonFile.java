package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A file that a tool is given, as Kafka's tools are.
final class JsonFile {
    private JsonFile() {}

    /// @throws CommandFailed when it cannot be read, or is not JSON
    static JsonNode read(Path file) {
        try {
            return JsonMapper.shared().readTree(Files.readString(file));
        } catch (IOException unreadable) {
            throw CommandFailed.unreadable(file, unreadable);
        } catch (JacksonException malformed) {
            throw CommandFailed.because(file + " is not JSON: " + malformed.getOriginalMessage());
        }
    }
}
