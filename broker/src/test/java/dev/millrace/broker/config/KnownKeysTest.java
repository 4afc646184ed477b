package dev.millrace.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.config.ConfigSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Who gives a key of Kafka's is heard, or told that it has no effect. What is read stands in a source as it is called.
final class KnownKeysTest {
    private static final List<Path> SOURCES =
            List.of(Path.of("..", "engine", "src", "main"), Path.of("src", "main"));

    /// These name keys and read none.
    private static final Set<String> LISTS = Set.of("KnownKeys.java", "PlainValues.java");

    /// The one place that puts names together: `GroupSettings.bounds`.
    private static final Pattern BOUND =
            Pattern.compile("group\\.(?:consumer|streams)\\.(?:min|max)\\.(.+)");

    private static final Pattern LITERAL = Pattern.compile("\"([a-z0-9.]+)\"");

    private static final Set<String> LITERALS = new HashSet<>();

    @BeforeAll
    static void readTheSources() throws IOException {
        for (Path sources : SOURCES) {
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !LISTS.contains(String.valueOf(file.getFileName())))
                        .forEach(KnownKeysTest::collect);
            }
        }
        assertTrue(LITERALS.contains("num.partitions"), "sources are found");
    }

    private static void collect(Path file) {
        try {
            Matcher literal = LITERAL.matcher(Files.readString(file));
            while (literal.find()) {
                LITERALS.add(literal.group(1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> kafkas() {
        return ConfigSchema.keys(ConfigResource.Type.BROKER).keySet();
    }

    private static boolean isRead(String key) {
        Matcher bound = BOUND.matcher(key);
        return LITERALS.contains(key)
                || QuorumConfig.CONFIG_DEF.names().contains(key) // by Kafka's own quorum
                || isDefaultOfATopicKeyThatIsRead(key)
                || (bound.matches() && LITERALS.contains(bound.group(1)));
    }

    private static boolean isDefaultOfATopicKeyThatIsRead(String key) {
        return ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.entrySet().stream()
                .filter(topic -> LITERALS.contains(topic.getKey()))
                .flatMap(topic -> topic.getValue().stream())
                .anyMatch(synonym -> synonym.name().equals(key));
    }

    @Test
    void whatNobodyReadsIsSaidToHaveNoEffect() {
        var silent = new TreeSet<String>();
        for (String key : kafkas()) {
            if (!isRead(key) && !KnownKeys.isWithoutEffect(key) && !KnownKeys.isRefused(key)) {
                silent.add(key);
            }
        }
        assertEquals(Set.of(), silent);
    }

    @Test
    void whatIsReadIsNotSaidToHaveNone() {
        var slandered = new TreeSet<String>();
        for (String key : kafkas()) {
            if (isRead(key) && KnownKeys.isWithoutEffect(key)) {
                slandered.add(key);
            }
        }
        assertEquals(Set.of(), slandered);
    }
}
