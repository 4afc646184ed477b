package dev.millrace.broker.format;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.ListenerSpec;
import java.io.PrintStream;
import java.util.List;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.metadata.storage.FormatterException;
import org.apache.kafka.raft.DynamicVoters;

/// One formatting of all of a node's directories, by Kafka's own formatter: files, checks and sentences are Kafka's.
///
/// @param words the options of `kafka-storage format`
record Formatting(BrokerConfig config, Words words, String clusterId, PrintStream out) {
    private static final List<String> QUORUM_KINDS =
            List.of("standalone", "initial-controllers", "no-initial-controllers");

    void run() throws Exception {
        check();
        var formatter =
                new Formatter()
                        .setPrintStream(out)
                        .setNodeId(config.nodeId())
                        .setClusterId(clusterId)
                        .setIgnoreFormatted(words.has("ignore-formatted"))
                        .setUnstableFeatureVersionsEnabled(
                                Boolean.parseBoolean(
                                        config.settings()
                                                .getOrDefault(
                                                        "unstable.feature.versions.enable",
                                                        "false")))
                        .setControllerListenerName(listenerName())
                        .setMetadataLogDirectory(config.metadataDir().toString())
                        .setDirectories(StorageTool.directories(config));
        String release = words.value("release-version");
        if (release != null) {
            formatter.setReleaseVersion(StorageTool.version(release));
        }
        for (String level : words.all("feature")) {
            addLevel(formatter, level);
        }
        addVoters(formatter);
        formatter.run();
    }

    private void check() {
        long kinds = QUORUM_KINDS.stream().filter(words::has).count();
        if (kinds > 1) {
            throw new IllegalArgumentException(
                    "only one of --standalone, --initial-controllers and --no-initial-controllers can be given");
        }
        if (words.has("add-scram")) {
            throw new FormatterException(
                    "--add-scram: this version has no authentication, and would ignore the credential.");
        }
        boolean fixed = !config.quorum().fixed().isEmpty();
        if (fixed && kinds > 0) {
            throw new FormatterException(
                    "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone or --no-initial-controllers. If you want to use dynamic controllers, please remove controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.");
        }
        if (config.roles().controller() && !fixed && kinds == 0) {
            throw new FormatterException(
                    "Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.");
        }
    }

    private String listenerName() {
        String names = config.settings().getOrDefault("controller.listener.names", "");
        String first = names.split(",", -1)[0].strip();
        return first.isEmpty() ? "CONTROLLER" : first;
    }

    private static void addLevel(Formatter formatter, String level) {
        int equals = level.indexOf('=');
        try {
            formatter.setFeatureLevel(
                    level.substring(0, Math.max(0, equals)).strip(),
                    Short.valueOf(level.substring(equals + 1).strip()));
        } catch (NumberFormatException notANumber) {
            throw new FormatterException(
                    "Can't parse feature=level string " + level + ": write it as NAME=LEVEL.");
        }
    }

    private void addVoters(Formatter formatter) {
        String initial = words.value("initial-controllers");
        formatter.setHasDynamicQuorum(config.quorum().fixed().isEmpty());
        if (initial != null) {
            formatter.setInitialControllers(DynamicVoters.parse(initial));
        }
        if (words.has("standalone")) {
            formatter.setInitialControllers(DynamicVoters.parse(standalone()));
        }
        formatter.setWriteBootstrapSnapshot(
                config.roles().controller() && !words.has("no-initial-controllers"));
    }

    private String standalone() {
        if (!config.roles().controller()) {
            throw new FormatterException("You can only use --standalone on a controller.");
        }
        for (ListenerSpec listener : config.listeners()) {
            if (listener.controller()) {
                Endpoint told = config.advertised().get(listener.name());
                String host =
                        told != null
                                ? told.host()
                                : listener.isEveryInterface() ? "localhost" : listener.host();
                int port = told != null ? told.port() : listener.port();
                return "%d@%s:%d:%s"
                        .formatted(
                                config.nodeId(),
                                host.contains(":") ? "[" + host + "]" : host,
                                port,
                                Uuid.randomUuid());
            }
        }
        throw new FormatterException("No controller listeners found.");
    }
}
