package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeFeaturesOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;

/// `kafka-features`: the levels that the cluster works at (KIP-584), and which levels of which features went with a release (KIP-1022).
final class KafkaFeatures implements Tool {
    private static final String METADATA = MetadataReleases.FEATURE;

    private static final List<String> COMMANDS =
            List.of(
                    "describe",
                    "upgrade",
                    "downgrade",
                    "disable",
                    "version-mapping",
                    "feature-dependencies");

    /// Never asked for; stands in where a name has no update, which none has.
    private static final FeatureUpdate NONE =
            new FeatureUpdate((short) 0, UpgradeType.SAFE_DOWNGRADE);

    @Override
    public OptionTable options() {
        return new OptionTable("kafka-features", "show and change the levels of features.")
                .value(
                        "bootstrap-controller",
                        "host:port,...",
                        "A controller of the cluster, or several, in place of brokers.")
                .command("describe", "Show every feature, its range and its level.")
                .command("upgrade", "Raise the level of --feature NAME=LEVEL, or of all.")
                .command("downgrade", "Lower the level of --feature NAME=LEVEL, or of all.")
                .command("disable", "Switch --feature NAME off.")
                .command("version-mapping", "Show the levels that went with a release.")
                .command("feature-dependencies", "Show what --feature NAME=LEVEL needs.")
                .value("feature", "name=level", "A feature and its level; may be given again.")
                .value(
                        "release-version",
                        "version",
                        "upgrade, downgrade, version-mapping: the levels of a release, such as 4.4, of all features.")
                .value("metadata", "version", "The older form of --feature metadata.version=LEVEL.")
                .value("node-id", "id", "describe: ask this node.")
                .flag("unsafe", "downgrade, disable: even if metadata may be lost.")
                .flag("dry-run", "Find out whether it could be done, and do not do it.")
                .example("kafka-features --bootstrap-server localhost:9092 describe")
                .example(
                        "kafka-features --bootstrap-server localhost:9092 upgrade --release-version 4.4")
                .example(
                        "kafka-features --bootstrap-server localhost:9092 upgrade --feature kraft.version=1");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String command =
                COMMANDS.stream()
                        .filter(arguments::has)
                        .findFirst()
                        .orElseThrow(() -> CommandFailed.usage("too few arguments"));
        arguments.only("node-id", "describe");
        arguments.only("metadata", "upgrade", "downgrade");
        arguments.only("release-version", "upgrade", "downgrade", "version-mapping");
        switch (command) {
            case "version-mapping" ->
                    mapping(
                            arguments.value(
                                    "release-version",
                                    MetadataReleases.name(MetadataReleases.LATEST)),
                            terminal);
            case "feature-dependencies" -> dependencies(arguments.values("feature"), terminal);
            default -> ofCluster(command, arguments, terminal);
        }
        return 0;
    }

    private static void ofCluster(String command, Arguments arguments, Terminal terminal) {
        try (Connection connection = KafkaMetadataQuorum.connect(arguments)) {
            if (command.equals("describe")) {
                describe(arguments.integer("node-id"), connection, terminal);
                return;
            }
            Map<String, FeatureUpdate> updates = updates(command, arguments, terminal);
            if (arguments.has("release-version")) {
                leaveOutUnsupported(updates, connection.admin(), terminal);
            }
            update(command, updates, arguments.has("dry-run"), connection.admin(), terminal);
        }
    }

    private static void describe(@Nullable Integer node, Connection connection, Terminal terminal) {
        var options = new DescribeFeaturesOptions();
        if (node != null) {
            if (node < 0) {
                throw CommandFailed.because("Invalid node id " + node + ": must be non-negative.");
            }
            options.nodeId(node);
        }
        var features =
                Connection.await(connection.admin().describeFeatures(options).featureMetadata());
        String epoch = features.finalizedFeaturesEpoch().map(String::valueOf).orElse("-");
        new TreeMap<>(features.supportedFeatures())
                .forEach((name, range) -> {
                    var level = features.finalizedFeatures().get(name);
                    terminal.line(
                            "Feature: %-40s  SupportedMinVersion: %-15s  SupportedMaxVersion: %-15s  FinalizedVersionLevel: %-15s  Epoch: %s"
                                    .formatted(
                                            name,
                                            text(name, range.minVersion()),
                                            text(name, range.maxVersion()),
                                            text(name, level == null ? 0 : level.maxVersionLevel()),
                                            epoch));
                });
    }

    private static void mapping(String release, Terminal terminal) {
        int metadata = MetadataReleases.level(release);
        terminal.line("%s=%d (%s)".formatted(METADATA, metadata, release));
        for (MetadataReleases.Feature feature : MetadataReleases.FEATURES) {
            terminal.line(feature.name() + "=" + feature.level(metadata));
        }
    }

    private static void dependencies(List<String> asked, Terminal terminal) {
        if (asked.isEmpty()) {
            throw CommandFailed.usage("argument --feature is required");
        }
        for (String each : asked) {
            int equals = each.indexOf('=');
            dependencies(name(each, equals), level(each, equals), terminal);
        }
    }

    private static void dependencies(String name, int level, Terminal terminal) {
        if (name.equals(METADATA)) {
            if (!MetadataReleases.has(level)) {
                throw CommandFailed.because("Unknown metadata.version " + level);
            }
            terminal.line(named(name, level) + " has no dependencies.");
            return;
        }
        MetadataReleases.Feature feature =
                MetadataReleases.FEATURES.stream()
                        .filter(each -> each.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> CommandFailed.because("Unknown feature: " + name));
        if (!feature.has(level)) {
            throw CommandFailed.because("No feature:" + name + " with feature level " + level);
        }
        Map<String, Integer> needs = feature.needs().getOrDefault(level, Map.of());
        terminal.line(
                named(name, level) + (needs.isEmpty() ? " has no dependencies." : " requires:"));
        needs.forEach((other, least) -> terminal.line("    " + named(other, least)));
    }

    private static String named(String name, int level) {
        String release = name.equals(METADATA) ? " (" + MetadataReleases.name(level) + ")" : "";
        return name + "=" + level + release;
    }

    private static String text(String feature, int level) {
        return feature.equals(METADATA) ? MetadataReleases.name(level) : Integer.toString(level);
    }

    private static Map<String, FeatureUpdate> updates(
            String command, Arguments arguments, Terminal terminal) {
        var type =
                command.equals("upgrade")
                        ? UpgradeType.UPGRADE
                        : arguments.has("unsafe")
                                ? UpgradeType.UNSAFE_DOWNGRADE
                                : UpgradeType.SAFE_DOWNGRADE;
        String release = arguments.value("release-version");
        String metadata = arguments.value("metadata");
        if (release != null) {
            if (metadata != null || arguments.has("feature")) {
                throw CommandFailed.because(
                        "Can not specify `release-version` with other feature flags.");
            }
            return updates(MetadataReleases.level(release), type);
        }
        var updates = new TreeMap<String, FeatureUpdate>();
        if (metadata != null) {
            terminal.line(" `metadata` flag is deprecated and may be removed in a future release.");
            updates.put(METADATA, update(MetadataReleases.level(metadata), type));
        }
        for (String asked : arguments.values("feature")) {
            int equals = asked.indexOf('=');
            boolean off = command.equals("disable");
            String name = off || equals < 0 ? asked : name(asked, equals);
            if (updates.put(name, update(off ? 0 : level(asked, equals), type)) != null) {
                throw CommandFailed.because("Feature " + name + " was specified more than once.");
            }
        }
        if (updates.isEmpty()) {
            throw CommandFailed.because("You must specify at least one feature to " + command);
        }
        return updates;
    }

    /// All features at what went with a level of `metadata.version`; nothing is raised to 0.
    private static Map<String, FeatureUpdate> updates(int metadata, UpgradeType type) {
        var updates = new TreeMap<String, FeatureUpdate>();
        updates.put(METADATA, update(metadata, type));
        for (MetadataReleases.Feature feature : MetadataReleases.FEATURES) {
            int level = feature.level(metadata);
            if (level > 0 || type != UpgradeType.UPGRADE) {
                updates.put(feature.name(), update(level, type));
            }
        }
        return updates;
    }

    /// A release had them, this cluster has them at no level: with them, nothing would be changed at all.
    private static void leaveOutUnsupported(
            Map<String, FeatureUpdate> updates, Admin admin, Terminal terminal) {
        var supported = Connection.await(admin.describeFeatures().featureMetadata());
        updates.entrySet()
                .removeIf(each -> {
                    var range = supported.supportedFeatures().get(each.getKey());
                    boolean without =
                            each.getValue().maxVersionLevel() > 0
                                    && (range == null || range.maxVersion() == 0);
                    if (without) {
                        terminal.line(
                                each.getKey() + " is left out: this cluster does not support it.");
                    }
                    return without;
                });
    }

    private static FeatureUpdate update(int level, UpgradeType type) {
        return new FeatureUpdate((short) level, type);
    }

    private static String name(String asked, int equals) {
        return asked.substring(0, Math.max(0, equals)).strip();
    }

    private static short level(String asked, int equals) {
        if (equals < 0) {
            throw CommandFailed.because(
                    "Can't parse feature=level string " + asked + ": equals sign not found.");
        }
        String level = asked.substring(equals + 1).strip();
        try {
            return Short.parseShort(level);
        } catch (NumberFormatException wrong) {
            throw CommandFailed.because(
                    "Can't parse feature=level string %s: unable to parse %s as a short."
                            .formatted(asked, level));
        }
    }

    private static void update(
            String command,
            Map<String, FeatureUpdate> updates,
            boolean dry,
            Admin admin,
            Terminal terminal) {
        var answers =
                new TreeMap<>(
                        admin.updateFeatures(updates, new UpdateFeaturesOptions().validateOnly(dry))
                                .values());
        int failed = 0;
        for (Map.Entry<String, KafkaFuture<Void>> answer : answers.entrySet()) {
            String name = answer.getKey();
            int level = updates.getOrDefault(name, NONE).maxVersionLevel();
            @Nullable String why = refusal(answer.getValue());
            String to = command.equals("disable") ? "" : " to " + level;
            String done = command + "d";
            if (why != null) {
                failed++;
                terminal.line(
                        "%s %s %s%s. %s"
                                .formatted(dry ? "Can not" : "Could not", command, name, to, why));
            } else if (dry) {
                terminal.line("%s can be %s%s.".formatted(name, done, to));
            } else {
                terminal.line("%s was %s%s.".formatted(name, done, to));
            }
        }
        if (failed > 0) {
            throw CommandFailed.because(
                    "%d out of %d operation(s) failed.".formatted(failed, answers.size()));
        }
    }

    private static @Nullable String refusal(KafkaFuture<Void> answer) {
        try {
            Connection.await(answer);
            return null;
        } catch (KafkaException refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println(Explanation.of(failure, address));
    }
}
