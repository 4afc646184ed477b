package dev.millrace.compat.kafka;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import kafka.Kafka;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.metadata.storage.FormatterException;
import org.apache.kafka.server.common.MetadataVersion;

/// Apache Kafka's broker in the foreground, from a `server.properties`: formats its directories when they are new.
///
/// Keys beyond Kafka's: `harness.cluster.id`, `harness.metadata.version` (default: the newest released), `harness.features`
/// (`name=level,...`). SIGTERM stops it, as it stops Kafka.
public final class KafkaServer {
    private KafkaServer() {}

    /// @param args the path of one `server.properties`
    public static void main(String[] args) throws Exception {
        var config = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of(args[0]))) {
            config.load(in);
        }
        format(config);
        Kafka.main(args);
    }

    private static void format(Properties config) throws Exception {
        List<String> dirs = List.of(config.getProperty("log.dirs").split(",", -1));
        var formatter =
                new Formatter()
                        .setPrintStream(System.out)
                        .setIgnoreFormatted(true)
                        .setUnstableFeatureVersionsEnabled(true)
                        .setNodeId(Integer.parseInt(config.getProperty("node.id")))
                        .setClusterId(clusterId(config, Path.of(dirs.getFirst())))
                        .setControllerListenerName(config.getProperty("controller.listener.names"))
                        .setDirectories(dirs)
                        .setMetadataLogDirectory(
                                config.getProperty("metadata.log.dir", dirs.getFirst()))
                        .setReleaseVersion(metadataVersion(config));
        for (String feature : config.getProperty("harness.features", "").split(",", -1)) {
            int level = feature.indexOf('=');
            if (level > 0 && !feature.startsWith(MetadataVersion.FEATURE_NAME)) {
                formatter.setFeatureLevel(
                        feature.substring(0, level), Short.valueOf(feature.substring(level + 1)));
            }
        }
        try {
            formatter.run();
        } catch (FormatterException e) {
            System.err.println("Apache Kafka cannot format " + dirs + ": " + e.getMessage());
            System.exit(1);
        }
    }

    private static MetadataVersion metadataVersion(Properties config) {
        String named = config.getProperty("harness.metadata.version");
        return named == null
                ? MetadataVersion.latestProduction()
                : MetadataVersion.fromVersionString(named, true);
    }

    /// A directory that is formatted already keeps its id: a restart must not look like another cluster.
    private static String clusterId(Properties config, Path dir) throws IOException {
        Path meta = dir.resolve("meta.properties");
        if (Files.exists(meta)) {
            var known = new Properties();
            try (Reader in = Files.newBufferedReader(meta)) {
                known.load(in);
            }
            return known.getProperty("cluster.id");
        }
        return config.getProperty("harness.cluster.id", Uuid.randomUuid().toString());
    }
}
