package dev.millrace.dist;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.OptionWords;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.config.WrongSetting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The words after `millrace up`.
///
/// Read without picocli: it is compiled for Java 5, which the JVM's start-up cache does not take, and loading and linking it costs
/// more than all of the broker's own start.
///
/// @param settings the file, `--set` and the flags together; a flag wins over `--set`, and that over the file
/// @param train for the making of the start-up cache: do some usual work, then end
/// @param brokers how many brokers run in this process
record UpOptions(
        Settings settings,
        int brokers,
        boolean memory,
        boolean quiet,
        boolean help,
        boolean train) {
    private static final String METADATA = "metadata.log.dir";

    static final String HELP =
            """
            Usage: millrace up [--data DIR | --memory] [--listen HOST:PORT | --port PORT]
                               [--config FILE] [--set KEY=VALUE]... [--brokers N] [--quiet]
            Run a broker in this terminal.
                  --data DIR           Where the data is kept (default: ./millrace-data), whatever the file says.
                  --memory             Keep everything in memory: gone at the end, for tests.
                  --listen HOST:PORT   Where to listen (default: localhost:9092, this machine only).
                  --port PORT          As --listen localhost:PORT; 0 takes a free one.
                  --config FILE        Settings with Kafka's keys: a server.properties.
                  --set KEY=VALUE      One setting with Kafka's key; may be repeated, wins over the file.
                  --brokers N          A cluster of N brokers in this process, to learn and to test with.
                  --quiet              Print nothing when ready.
              -h, --help               Show this help.

            Examples:
              millrace up                              on localhost:9092, data in ./millrace-data
              millrace up --listen 0.0.0.0:9092        for other machines too
              millrace up --config server.properties   with the settings of a Kafka broker
              millrace up --set num.partitions=3       with one of them
              millrace up --brokers 3                  three brokers; `millrace cluster stop-broker 2` stops one
            """;

    /// @throws WrongSetting for a word that is not understood, or a setting that is wrong in itself
    static UpOptions parse(List<String> words) throws WrongSetting {
        Path data = null;
        Path config = null;
        String listen = null;
        int brokers = 1;
        boolean memory = false;
        boolean quiet = false;
        boolean help = false;
        boolean train = false;
        var set = new ArrayList<String>();
        Iterator<String> rest = OptionWords.apart(words).iterator();
        while (rest.hasNext()) {
            String word = rest.next();
            switch (word) {
                case "--data" -> data = Path.of(OptionWords.value("up", word, rest));
                case "--config" -> config = Path.of(OptionWords.value("up", word, rest));
                case "--listen" -> listen = OptionWords.value("up", word, rest);
                case "--port" -> listen = "localhost:" + OptionWords.value("up", word, rest);
                case "--set" -> set.add(OptionWords.value("up", word, rest));
                case "--brokers" -> brokers = count(word, OptionWords.value("up", word, rest));
                case "--memory" -> memory = true;
                case "--quiet" -> quiet = true;
                case "--train" -> train = true;
                case "-h", "--help" -> help = true;
                default ->
                        throw new WrongSetting(
                                "up does not know " + word + "; see `millrace up --help`");
            }
        }
        if (memory && data != null && !help) {
            throw new WrongSetting(
                    "--memory writes nothing into " + data + ": use one of --memory and --data");
        }
        Settings settings = help ? Settings.NONE : Settings.read(config, set);
        if (data != null && Settings.read(null, set).text(METADATA) == null) {
            settings = settings.without(METADATA); // of the file: it goes with its log.dirs
        }
        return new UpOptions(flags(settings, data, listen), brokers, memory, quiet, help, train);
    }

    private static int count(String option, String value) throws WrongSetting {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new WrongSetting(option + " " + value + ": a whole number is wanted");
        }
    }

    private static Settings flags(Settings settings, @Nullable Path data, @Nullable String listen) {
        Settings all = settings;
        if (data != null) {
            all = all.without("log.dir").with("log.dirs", data.toString());
        }
        if (listen != null) {
            all = all.with("listeners", "PLAINTEXT://" + withPort(listen));
        }
        return all;
    }

    private static String withPort(String listen) {
        return listen.contains(":") && !listen.endsWith("]")
                ? listen
                : listen + ":" + BrokerConfig.DEFAULT_PORT;
    }
}
