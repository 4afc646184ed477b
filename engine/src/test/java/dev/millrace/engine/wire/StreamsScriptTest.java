package dev.millrace.engine.wire;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Our streams groups beside Apache Kafka 4.4.0's, answer by answer.
final class StreamsScriptTest {
    private static final Path RECORDING = Path.of("src/test/resources/golden-streams.txt");

    @Test
    void answersAsKafkaDoes() throws IOException {
        CoordinatorScripts.compare(RECORDING, StreamsScript::new);
    }

    /// `./mvnw -pl engine test -Dtest=StreamsScriptTest -Dtest.jvm.args=-Dgolden.streams=localhost:9092`, against a fresh
    /// Apache Kafka with the settings that [StreamsScript] names. Then read the difference.
    @Test
    @EnabledIfSystemProperty(named = "golden.streams", matches = ".+:\\d+")
    void record() throws IOException {
        CoordinatorScripts.record(
                System.getProperty("golden.streams"), RECORDING, StreamsScript::new);
    }
}
