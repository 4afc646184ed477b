package dev.millrace.engine.wire;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Our group coordinator beside Apache Kafka 4.4.0's, through one long conversation, answer by answer.
final class GroupScriptTest {
    private static final Path RECORDING = Path.of("src/test/resources/golden-groups.txt");

    @Test
    void answersAsKafkaDoes() throws IOException {
        CoordinatorScripts.compare(RECORDING, GroupScript::new);
    }

    /// `./mvnw -pl engine test -Dtest=GroupScriptTest -Dtest.jvm.args=-Dgolden.groups=localhost:9092`, against a fresh Apache
    /// Kafka with the settings that [GroupScript] names. Then read the difference.
    @Test
    @EnabledIfSystemProperty(named = "golden.groups", matches = ".+:\\d+")
    void record() throws IOException {
        CoordinatorScripts.record(System.getProperty("golden.groups"), RECORDING, GroupScript::new);
    }
}
