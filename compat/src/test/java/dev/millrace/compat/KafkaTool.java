package dev.millrace.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Apache Kafka's own command line tools, at the peer's version, run as its users run them.
final class KafkaTool {
    private static final List<String> SCRIPTS =
            List.of(
                    "kafka-topics",
                    "kafka-console-producer",
                    "kafka-console-consumer",
                    "kafka-consumer-groups",
                    "kafka-broker-api-versions");

    private KafkaTool() {}

    /// A tool by its name in Kafka's `bin`, without `.sh`.
    static Command named(String tool) {
        return Command.of(Repository.COMPAT.resolve("kafka-tool").toString(), tool);
    }

    /// Where the familiar scripts are: ours; with `-Dcompat.scripts=kafka` Apache Kafka's, in a folder made for that.
    static Path scripts() {
        if (!System.getProperty("compat.scripts", "millrace").equals("kafka"))
            return Repository.ROOT.resolve("bin");
        try {
            Path dir = Files.createDirectories(Repository.COMPAT.resolve("target/apache-bin"));
            for (String script : SCRIPTS) {
                Path file = dir.resolve(script + ".sh");
                Files.writeString(
                        file,
                        "#!/bin/sh\nexec \"%s\" %s \"$@\"\n"
                                .formatted(Repository.COMPAT.resolve("kafka-tool"), script));
                if (!file.toFile().setExecutable(true))
                    throw new IOException("cannot make executable: " + file);
            }
            return dir;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
