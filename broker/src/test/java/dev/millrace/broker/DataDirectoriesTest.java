package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.testing.ManualEnv;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// All directories of a node, new ones among them.
final class DataDirectoriesTest {
    @TempDir private Path folder;

    /// Ends the process when so many directories have been formatted.
    private static final class Cut implements Entropy {
        private final Entropy chance = new ManualEnv(1, 1).entropy();
        private int left;

        Cut(int left) {
            this.left = left;
        }

        @Override
        public Uuid uuid() {
            if (left-- == 0) {
                throw new IllegalStateException("cut short");
            }
            return chance.uuid();
        }

        @Override
        public long below(long bound) {
            return chance.below(bound);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFirstStartThatIsCutShortCanBeRepeated(int formatted) throws Exception {
        BrokerConfig config =
                BrokerConfig.from(
                        Settings.of(
                                Map.of(
                                        "listeners",
                                        "PLAINTEXT://localhost:0",
                                        "log.dirs",
                                        folder.resolve("a") + "," + folder.resolve("b"),
                                        "metadata.log.dir",
                                        folder.resolve("metadata").toString())),
                        new ArrayList<>());
        assertThrows(
                IllegalStateException.class,
                () -> DataDirectories.take(config, null, new Cut(formatted), () -> "first"));
        try (var again = DataDirectories.take(config, null, new Cut(-1), () -> "second")) {
            assertEquals(formatted == 0 ? "second" : "first", again.clusterId());
            assertEquals(3, again.inUse().size());
        }
    }
}
