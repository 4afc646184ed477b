package dev.millrace.engine.wire;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Offsets and administration of groups beside Apache Kafka 4.4.0's, answer by answer.
final class OffsetScriptTest {
    private static final Path RECORDING = Path.of("src/test/resources/golden-offsets.txt");

    @Test
    void answersAsKafkaDoes() throws IOException {
        CoordinatorScripts.compare(RECORDING, OffsetScript::new);
    }

    /// `./mvnw -pl engine test -Dtest=OffsetScriptTest -Dtest.jvm.args=-Dgolden.offsets=localhost:9092`, against a fresh Apache
    /// Kafka with the settings that [OffsetScript] names. Then read the difference.
    @Test
    @EnabledIfSystemProperty(named = "golden.offsets", matches = ".+:\\d+")
    void record() throws IOException {
        CoordinatorScripts.record(
                System.getProperty("golden.offsets"), RECORDING, OffsetScript::new);
    }
}
