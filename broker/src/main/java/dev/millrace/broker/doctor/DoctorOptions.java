package dev.millrace.broker.doctor;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.OptionWords;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.config.WrongSetting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The words after `millrace doctor`.
///
/// @param directories each once
record DoctorOptions(
        List<Path> directories, boolean repair, boolean quarantine, boolean json, boolean help) {
    static final String HELP =
            """
            Usage: millrace doctor [DIR]... [--config FILE] [--repair | --quarantine] [--output text|json]
            Check a data directory while no broker runs on it: what is wrong, what it means, what to do.
            Nothing is changed unless --repair or --quarantine is given.
                  [DIR]...             The data directories of one broker (default: ./millrace-data).
                  --config FILE        Those of a server.properties: log.dirs and metadata.log.dir.
                  --repair             Do what the check says it would: put right what is known. No record
                                         is deleted; what is replaced is kept, or is made anew from the log.
                  --quarantine         Repair, and take out what cannot be read: the damaged bytes are kept
                                         beside the segment, and the rest of the partition is served.
                  --output text|json   How to print (default: text).
              -h, --help               Show this help.

            Exit code: 0 healthy or repaired, 1 something was found, 2 it cannot be checked.

            Examples:
              millrace doctor                              look at ./millrace-data
              millrace doctor /var/lib/millrace --repair   put right what can be
              millrace doctor --config server.properties   all directories of a broker
            """;

    /// @throws WrongSetting for a word that is not understood
    static DoctorOptions parse(List<String> words) throws WrongSetting {
        List<Path> directories = new ArrayList<>();
        Path config = null;
        boolean repair = false;
        boolean quarantine = false;
        boolean json = false;
        boolean help = false;
        Iterator<String> rest = OptionWords.apart(words).iterator();
        while (rest.hasNext()) {
            String word = rest.next();
            switch (word) {
                case "--data" -> directories.add(Path.of(OptionWords.value("doctor", word, rest)));
                case "--config" -> config = Path.of(OptionWords.value("doctor", word, rest));
                case "--repair" -> repair = true;
                case "--quarantine" -> quarantine = true;
                case "--output" -> json = isJson(OptionWords.value("doctor", word, rest));
                case "-h", "--help" -> help = true;
                default -> {
                    if (word.startsWith("-")) {
                        throw new WrongSetting(
                                "doctor does not know " + word + "; see `millrace doctor --help`");
                    }
                    directories.add(Path.of(word));
                }
            }
        }
        if (repair && quarantine) {
            throw new WrongSetting(
                    "--quarantine repairs too: use one of --repair and --quarantine");
        }
        if (!help) {
            directories.addAll(fromConfig(config));
        }
        if (directories.isEmpty()) {
            directories.add(BrokerConfig.DEFAULT_DATA);
        }
        List<Path> each = directories.stream().distinct().toList();
        return new DoctorOptions(each, repair || quarantine, quarantine, json, help);
    }

    private static List<Path> fromConfig(@Nullable Path file) throws WrongSetting {
        if (file == null) {
            return List.of();
        }
        BrokerConfig config =
                BrokerConfig.offline(Settings.read(file, List.of()), new ArrayList<>());
        List<Path> paths = new ArrayList<>(config.logDirs());
        paths.add(config.metadataDir());
        return paths;
    }

    private static boolean isJson(String value) throws WrongSetting {
        return switch (value) {
            case "json" -> true;
            case "text" -> false;
            default -> throw new WrongSetting("--output " + value + ": text or json is wanted");
        };
    }
}
