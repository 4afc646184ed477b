package dev.millrace.broker.format;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.config.WrongSetting;
import dev.millrace.broker.format.Words.Option;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.FormatterException;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// What Kafka's `kafka-storage` does: its commands, options and output.
public final class StorageTool {
    private static final int FAILED = 1;

    /// The code of a wrong command line, but for Kafka's tool.
    private static final int WRONG = 2;

    /// What the first word may be.
    private static final String COMMANDS =
            "{info,format,version-mapping,feature-dependencies,random-uuid}";

    private static final List<Option> FORMAT =
            List.of(
                    new Option("config", "c", true),
                    new Option("cluster-id", "t", true),
                    new Option("ignore-formatted", "g", false),
                    new Option("release-version", "r", true),
                    new Option("feature", "f", true),
                    new Option("standalone", "s", false),
                    new Option("no-initial-controllers", "N", false),
                    new Option("initial-controllers", "I", true),
                    new Option("add-scram", "S", true));

    private static final String HELP =
            """
            usage: millrace format [options]     (kafka-storage: COMMAND [options], with COMMAND one of
                                                  %s)

            Formats the directories of a node before its first start. Nobody has to, unless a cluster id is chosen, or the
            first voters are to be kept in the metadata log (controller.quorum.bootstrap.servers).

              -c, --config FILE               the node's server.properties
              -t, --cluster-id ID             the cluster that the node will belong to (millrace format: found or drawn when left out)
              -g, --ignore-formatted          leave directories alone that are formatted already
              -s, --standalone                this controller is the only first voter
              -I, --initial-controllers LIST  the first voters, the same on each: ID@HOST:PORT:DIRECTORY,...
              -N, --no-initial-controllers    this controller joins a cluster
              -r, --release-version VERSION   the levels that went with that release
              -f, --feature NAME=LEVEL        the level of one feature; may be given again
              -h, --help                      show this
            """
                    .formatted(COMMANDS);

    private final PrintStream out;
    private final PrintStream err;

    /// Called as `millrace format`: a cluster id that is not given is found or drawn, where Kafka's tool refuses, and failures are told
    /// as by the other verbs.
    private final boolean verb;

    private StorageTool(PrintStream out, PrintStream err, boolean verb) {
        this.out = out;
        this.err = err;
        this.verb = verb;
    }

    /// `kafka-storage`.
    ///
    /// @param words the command and its options
    /// @return the exit code: 0 done, 1 otherwise
    public static int run(List<String> words, PrintStream out, PrintStream err) {
        return new StorageTool(out, err, false).command(words);
    }

    /// `millrace format`: as the command of that name, but that the cluster's id may be left out. It is drawn then, unless one of the
    /// directories has one already.
    ///
    /// @param words the options
    /// @return the exit code: 0 done, 1 it has failed, 2 the command line or a setting is wrong
    public static int format(List<String> words, PrintStream out, PrintStream err) {
        var given = new ArrayList<>(words);
        given.addFirst("format");
        return new StorageTool(out, err, true).command(given);
    }

    private int command(List<String> words) {
        if (words.contains("--help") || words.contains("-h")) {
            out.print(HELP);
            return 0;
        }
        String command = words.isEmpty() ? "" : words.getFirst();
        List<String> options = words.subList(Math.min(1, words.size()), words.size());
        try {
            return switch (command) {
                case "info" -> info(Words.parse(options, FORMAT.subList(0, 1)));
                case "format" -> format(Words.parse(options, FORMAT));
                case "random-uuid" -> say(Uuid.randomUuid().toString());
                case "version-mapping" ->
                        versions(
                                Words.parse(
                                        options,
                                        List.of(new Option("release-version", "r", true))));
                case "feature-dependencies" ->
                        new Dependencies(out)
                                .print(
                                        Words.parse(
                                                        options,
                                                        List.of(new Option("feature", "f", true)))
                                                .all("feature"));
                default ->
                        throw new IllegalArgumentException(
                                command.isEmpty()
                                        ? "too few arguments"
                                        : "invalid choice: '%s' (choose from %s)"
                                                .formatted(command, COMMANDS));
            };
        } catch (IllegalArgumentException wrong) {
            err.println((verb ? "millrace: " : "kafka-storage: error: ") + wrong.getMessage());
            if (verb) {
                err.println("See `millrace format --help`.");
            }
            return verb ? WRONG : FAILED;
        } catch (WrongSetting wrong) {
            return failed(verb ? WRONG : FAILED, wrong.getMessage());
        } catch (FormatterException refused) {
            return failed(FAILED, refused.getMessage());
        } catch (Exception failed) { // Kafka's formatter declares no narrower one
            return failed(FAILED, "Cannot format: " + failed.getMessage());
        }
    }

    private int failed(int exitCode, @Nullable String sentence) {
        err.println((verb ? "millrace: " : "") + sentence);
        return exitCode;
    }

    private int say(String line) {
        out.println(line);
        return 0;
    }

    private static BrokerConfig config(Words words) throws WrongSetting {
        String file = words.value("config");
        if (file == null) {
            throw new IllegalArgumentException("argument --config/-c is required");
        }
        return BrokerConfig.offline(Settings.read(Path.of(file), List.of()), new ArrayList<>());
    }

    /// All directories of the node, in order.
    static SortedSet<String> directories(BrokerConfig config) {
        var directories = new TreeSet<String>();
        config.logDirs().forEach(dir -> directories.add(dir.toString()));
        directories.add(config.metadataDir().toString());
        return directories;
    }

    private int info(Words words) throws WrongSetting {
        return new Info(out).print(directories(config(words)));
    }

    private int format(Words words) throws Exception {
        String id = words.value("cluster-id");
        if (id == null && !verb) {
            throw new IllegalArgumentException("argument --cluster-id/-t is required");
        }
        BrokerConfig config = config(words);
        new Formatting(config, words, id == null ? clusterId(config) : id, out).run();
        return 0;
    }

    private static String clusterId(BrokerConfig config) throws IOException {
        for (String directory : directories(config)) {
            Path file = Path.of(directory).resolve(Info.META);
            if (Files.exists(file)) {
                String id = Info.read(file).getProperty("cluster.id");
                if (id != null) {
                    return id;
                }
            }
        }
        return Uuid.randomUuid().toString();
    }

    private int versions(Words words) {
        String release = words.value("release-version");
        String named = release == null ? MetadataVersion.LATEST_PRODUCTION.toString() : release;
        MetadataVersion version = version(named);
        out.printf("metadata.version=%d (%s)%n", version.featureLevel(), named);
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            out.printf("%s=%d%n", feature.featureName(), feature.defaultLevel(version));
        }
        return 0;
    }

    /// @throws FormatterException when no release is called so
    static MetadataVersion version(String release) {
        try {
            return MetadataVersion.fromVersionString(release, false);
        } catch (IllegalArgumentException unknown) {
            throw new FormatterException(
                    "Unknown release version '%s'. Supported versions are: %s to %s"
                            .formatted(
                                    release,
                                    MetadataVersion.MINIMUM_VERSION.version(),
                                    MetadataVersion.LATEST_PRODUCTION.version()));
        }
    }
}
