package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.testing.ManualEnv;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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

    private static final String FIXED =
            """
            process.roles=broker,controller
            node.id=1
            listeners=PLAINTEXT://localhost:0,CONTROLLER://localhost:9093
            controller.listener.names=CONTROLLER
            controller.quorum.voters=1@localhost:9093,2@localhost:9094,3@localhost:9095
            """;

    private static final String IN_THE_LOG =
            """
            process.roles=broker,controller
            node.id=1
            listeners=PLAINTEXT://localhost:0,CONTROLLER://localhost:9093
            controller.listener.names=CONTROLLER
            controller.quorum.bootstrap.servers=localhost:9093
            """;

    private static final String NO_CONTROLLER =
            """
            process.roles=broker
            node.id=1
            listeners=PLAINTEXT://localhost:0
            controller.listener.names=CONTROLLER
            controller.quorum.voters=2@localhost:9094
            """;

    private static final String ALONE = "listeners=PLAINTEXT://localhost:0";

    /// @param metadata `metadata.log.dir` of the start; empty for none
    /// @param refused a part of the sentence; empty where it starts
    record Start(String node, String logDirs, String metadata, String refused) {}

    /// All of nodes that have served with `log.dirs=a,b`.
    static Stream<Start> starts() {
        String elsewhere = "the metadata log of this node is in ";
        String gone = "its metadata log (__cluster_metadata-0) is not here";
        return Stream.of(
                new Start(ALONE, "a,b", "", ""),
                new Start(ALONE, "b,a", "", elsewhere),
                new Start(ALONE, "b,a", "a", ""),
                new Start(ALONE, "new,a,b", "", elsewhere),
                new Start(ALONE, "a,b", "b", elsewhere),
                new Start(ALONE, "a,b", "new", elsewhere),
                new Start(ALONE, "b", "", gone),
                new Start(ALONE, "b", "new", gone),
                new Start(FIXED, "a,b", "", ""),
                new Start(FIXED, "b,a", "", elsewhere),
                new Start(FIXED, "b", "", gone),
                new Start(FIXED, "b", "new", ""), // the disk of the metadata log was replaced
                new Start(IN_THE_LOG, "a,b", "", ""),
                new Start(IN_THE_LOG, "b,a", "", elsewhere),
                new Start(IN_THE_LOG, "b", "", ""), // another voter, by its directory's id
                new Start(NO_CONTROLLER, "a,b", "", ""),
                new Start(NO_CONTROLLER, "b,a", "", elsewhere),
                new Start(NO_CONTROLLER, "b", "", "")); // it fetches the log
    }

    @ParameterizedTest
    @MethodSource("starts")
    void theMetadataLogIsNotBegunAnewInAnotherDirectory(Start start) throws Exception {
        served(start.node, "a,b");
        BrokerConfig config = config(start.node, start.logDirs, start.metadata);
        if (start.refused.isEmpty()) {
            assertEquals("first", taken(config));
        } else {
            String said =
                    String.valueOf(
                            assertThrows(StartFailed.class, () -> taken(config)).getMessage());
            assertTrue(said.contains(start.refused), said);
            assertEquals("first", taken(config(start.node, "a,b", "")), "nothing was changed");
        }
    }

    @Test
    void aLineOfTheMetadataLogsDirectoryIsNotLeftOut() throws Exception {
        taken(config(ALONE, "a", "metadata"));
        Files.createDirectories(folder.resolve("a/topic-0"));
        segment("metadata");
        String said =
                String.valueOf(
                        assertThrows(StartFailed.class, () -> taken(config(ALONE, "a", "")))
                                .getMessage());
        assertTrue(said.contains("start with the directory that holds it"), said);
    }

    @Test
    void twoMetadataLogsAreOneTooMany() throws Exception {
        served(ALONE, "a,b");
        segment("b");
        String said =
                String.valueOf(
                        assertThrows(StartFailed.class, () -> taken(config(ALONE, "a,b", "")))
                                .getMessage());
        assertTrue(said.contains("move away the one that is not this node's"), said);
    }

    @Test
    void oneThatKafkasToolHasFormattedIsOursOnceWeHaveUsedIt() throws Exception {
        for (String name : List.of("a", "b")) {
            Files.writeString(
                    Files.createDirectories(folder.resolve(name)).resolve("meta.properties"),
                    "#\nversion=1\ncluster.id=first\nnode.id=1\ndirectory.id=" + Uuid.randomUuid());
        }
        served(ALONE, "a,b");
        assertEquals("first", taken(config(ALONE, "a,b", "")));
    }

    /// A node has started with those directories, and has partitions in each of them.
    private void served(String node, String logDirs) throws Exception {
        taken(config(node, logDirs, ""));
        for (String directory : logDirs.split(",", -1)) {
            Files.createDirectories(folder.resolve(directory).resolve("topic-0"));
        }
        segment("a");
    }

    private void segment(String directory) throws Exception {
        Path log = folder.resolve(directory).resolve("__cluster_metadata-0");
        Files.write(
                Files.createDirectories(log).resolve("00000000000000000000.log"), new byte[] {1});
    }

    /// @return the cluster that the directories belong to
    private static String taken(BrokerConfig config) throws Exception {
        try (var all = DataDirectories.take(config, null, new Cut(-1), () -> "first")) {
            return all.clusterId();
        }
    }

    private BrokerConfig config(String node, String logDirs, String metadata) throws Exception {
        var given = new Properties();
        given.load(new StringReader(node));
        given.setProperty(
                "log.dirs",
                Stream.of(logDirs.split(",", -1))
                        .map(each -> folder.resolve(each).toString())
                        .collect(Collectors.joining(",")));
        if (!metadata.isEmpty()) {
            given.setProperty("metadata.log.dir", folder.resolve(metadata).toString());
        }
        var settings = new TreeMap<String, String>();
        given.forEach((key, value) -> settings.put(key.toString(), value.toString()));
        return BrokerConfig.from(Settings.of(settings), new ArrayList<>());
    }
}
