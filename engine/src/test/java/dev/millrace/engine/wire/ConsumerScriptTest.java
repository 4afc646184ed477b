package dev.millrace.engine.wire;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Our groups of the consumer protocol beside Apache Kafka 4.4.0's, answer by answer.
final class ConsumerScriptTest {
    private static final Path RECORDING = Path.of("src/test/resources/golden-consumers.txt");

    @Test
    void answersAsKafkaDoes() throws IOException {
        CoordinatorScripts.compare(RECORDING, ConsumerScript::new);
    }

    /// `./mvnw -pl engine test -Dtest=ConsumerScriptTest -Dtest.jvm.args=-Dgolden.consumers=localhost:9092`, against a fresh
    /// Apache Kafka with the settings that [ConsumerScript] names. Then read the difference.
    @Test
    @EnabledIfSystemProperty(named = "golden.consumers", matches = ".+:\\d+")
    void record() throws IOException {
        CoordinatorScripts.record(
                System.getProperty("golden.consumers"), RECORDING, ConsumerScript::new);
    }
}
