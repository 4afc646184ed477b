package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;

/// `kafka-features`: the levels that the cluster works at (KIP-584). What needs no cluster, `version-mapping` and `feature-dependencies`,
/// is in `kafka-storage`.
final class KafkaFeatures implements Tool {
    private static final String METADATA = "metadata.version";

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
                .command("upgrade", "Raise the level of --feature NAME=LEVEL.")
                .command("downgrade", "Lower the level of --feature NAME=LEVEL.")
                .command("disable", "Switch --feature NAME off.")
                .value("feature", "name=level", "A feature and its level; may be given again.")
                .flag("unsafe", "downgrade, disable: even if metadata may be lost.")
                .flag("dry-run", "Find out whether it could be done, and do not do it.")
                .example("kafka-features --bootstrap-server localhost:9092 describe")
                .example(
                        "kafka-features --bootstrap-server localhost:9092 upgrade --feature kraft.version=1");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String command =
                List.of("describe", "upgrade", "downgrade", "disable").stream()
                        .filter(arguments::has)
                        .findFirst()
                        .orElseThrow(() -> CommandFailed.usage("too few arguments"));
        try (Connection connection = KafkaMetadataQuorum.connect(arguments)) {
            if (command.equals("describe")) {
                describe(connection.admin(), terminal);
                return 0;
            }
            return update(
                    command,
                    updates(command, arguments),
                    arguments.has("dry-run"),
                    connection.admin(),
                    terminal);
        }
    }

    private static void describe(Admin admin, Terminal terminal) {
        var features = Connection.await(admin.describeFeatures().featureMetadata());
        String epoch = features.finalizedFeaturesEpoch().map(String::valueOf).orElse("-");
        new TreeMap<>(features.supportedFeatures())
                .forEach((name, range) -> {
                    var level = features.finalizedFeatures().get(name);
                    terminal.line(
                            "Feature: %s\tSupportedMinVersion: %s\tSupportedMaxVersion: %s\tFinalizedVersionLevel: %s\tEpoch: %s"
                                    .formatted(
                                            name,
                                            text(name, range.minVersion()),
                                            text(name, range.maxVersion()),
                                            text(name, level == null ? 0 : level.maxVersionLevel()),
                                            epoch));
                });
    }

    private static String text(String feature, int level) {
        return feature.equals(METADATA) ? MetadataReleases.name(level) : Integer.toString(level);
    }

    private static Map<String, FeatureUpdate> updates(String command, Arguments arguments) {
        var type =
                command.equals("upgrade")
                        ? UpgradeType.UPGRADE
                        : arguments.has("unsafe")
                                ? UpgradeType.UNSAFE_DOWNGRADE
                                : UpgradeType.SAFE_DOWNGRADE;
        var updates = new TreeMap<String, FeatureUpdate>();
        for (String asked : arguments.values("feature")) {
            int equals = asked.indexOf('=');
            boolean off = command.equals("disable");
            String name = off || equals < 0 ? asked : asked.substring(0, equals).strip();
            var update = new FeatureUpdate(off ? 0 : level(asked, equals), type);
            if (updates.put(name, update) != null) {
                throw CommandFailed.because("Feature " + name + " was specified more than once.");
            }
        }
        if (updates.isEmpty()) {
            throw CommandFailed.because("You must specify at least one feature to " + command);
        }
        return updates;
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

    private static int update(
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
        return 0;
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
