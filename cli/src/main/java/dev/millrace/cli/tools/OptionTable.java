package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The options of one tool, in the grammar of Kafka's tools: `--name value` or `--name=value`, names in full, an option may be
/// given several times, and an option with an optional value takes the next word unless that word is an option.
final class OptionTable {
    /// How an option takes its value.
    enum Kind {
        /// A word of its own, without dashes.
        COMMAND,
        /// Present or not.
        FLAG,
        /// Always with a value.
        VALUE,
        /// With or without one.
        OPTIONAL_VALUE,
        /// With one or more, up to the next option.
        VALUES
    }

    /// One option.
    ///
    /// @param name without the dashes
    /// @param argument what the value is, for the help text; empty for a flag
    /// @param help empty for an option that is accepted but no longer advertised
    record Option(String name, Kind kind, String argument, String help) {}

    private static final int HELP_COLUMN = 34;
    private static final int HELP_WIDTH = 100;

    private final String tool;
    private final String purpose;
    private final Map<String, Option> options = new LinkedHashMap<>();
    private final Map<String, String> letters = new LinkedHashMap<>();
    private final List<String> examples = new ArrayList<>();

    /// A table with what every tool has: the server, the client settings, help and version.
    OptionTable(String tool, String purpose) {
        this.tool = tool;
        this.purpose = purpose;
        value("bootstrap-server", "host:port,...", "A broker of the cluster, or several.");
        value(
                "command-config",
                "file",
                "Client settings in a .properties file, such as security.protocol.");
    }

    /// Adds an option that is present or not.
    OptionTable flag(String name, String help) {
        return add(new Option(name, Kind.FLAG, "", help));
    }

    /// Adds an option with a value.
    OptionTable value(String name, String argument, String help) {
        return add(new Option(name, Kind.VALUE, argument, help));
    }

    /// Lets an option be given by one letter, too: `-i`.
    OptionTable letter(String letter, String name) {
        letters.put("-" + letter, "--" + name);
        return this;
    }

    /// Adds an option whose value may be left out.
    OptionTable optional(String name, String argument, String help) {
        return add(new Option(name, Kind.OPTIONAL_VALUE, argument, help));
    }

    /// Adds an option with one or more values.
    OptionTable values(String name, String argument, String help) {
        return add(new Option(name, Kind.VALUES, argument, help));
    }

    /// Adds a word that says what is to be done; counts as an option of that name.
    OptionTable command(String name, String help) {
        return add(new Option(name, Kind.COMMAND, "", help));
    }

    /// Adds an option of older releases: taken, not advertised.
    OptionTable formerly(String name) {
        return add(new Option(name, Kind.VALUE, "", ""));
    }

    /// Adds a line to the examples of the help text.
    OptionTable example(String line) {
        examples.add(line);
        return this;
    }

    private OptionTable add(Option option) {
        options.put(option.name(), option);
        return this;
    }

    /// Reads a command line.
    ///
    /// @throws CommandFailed for a word that is no option, a missing value, a flag with a value
    Arguments parse(String[] words) {
        var found = new LinkedHashMap<String, List<String>>();
        var sequence = new ArrayList<String>();
        for (int at = 0; at < words.length; at++) {
            String word = letters.getOrDefault(words[at], words[at]);
            int equals = word.indexOf('=');
            boolean dashes = word.startsWith("--");
            String name = dashes ? word.substring(2, equals < 0 ? word.length() : equals) : "";
            var option = options.get(dashes ? name : word);
            if (option == null || (option.kind() == Kind.COMMAND) == dashes) {
                throw unknown(word, name);
            }
            if (option.kind() == Kind.COMMAND) {
                sequence.add(word);
                found.computeIfAbsent(word, _ -> new ArrayList<>());
                continue;
            }
            sequence.add(name);
            var values = found.computeIfAbsent(name, _ -> new ArrayList<>());
            if (equals >= 0) {
                if (option.kind() == Kind.FLAG) {
                    throw CommandFailed.usage("--" + name + " takes no value");
                }
                values.add(word.substring(equals + 1));
            } else if (option.kind() == Kind.VALUE || option.kind() == Kind.VALUES) {
                if (at + 1 == words.length) {
                    throw CommandFailed.usage("Option " + name + " requires an argument");
                }
                values.add(words[++at]);
                while (option.kind() == Kind.VALUES && valueFollows(words, at)) {
                    values.add(words[++at]);
                }
            } else if (option.kind() == Kind.OPTIONAL_VALUE && valueFollows(words, at)) {
                values.add(words[++at]);
            }
        }
        return new Arguments(tool, found, sequence);
    }

    private boolean valueFollows(String[] words, int at) {
        return at + 1 < words.length && !words[at + 1].startsWith("--");
    }

    private CommandFailed unknown(String word, String name) {
        if (name.equals("zookeeper")) {
            return CommandFailed.usage(
                    "--zookeeper is gone: clusters keep their metadata themselves now; give a broker instead,"
                            + " for example --bootstrap-server localhost:9092");
        }
        if (name.isEmpty()) {
            return CommandFailed.usage(
                    "'" + word + "' belongs to no option; `" + tool + " --help` lists them");
        }
        return CommandFailed.usage(
                name + " is not a recognized option; `" + tool + " --help` lists them");
    }

    /// The help text: what the tool is for, its options, examples.
    String help() {
        var text = new StringBuilder();
        text.append(tool).append(": ").append(purpose).append("\n\n");
        for (Option option : options.values()) {
            if (!option.help().isEmpty()) {
                appendOption(text, option);
            }
        }
        text.append("  --help, --version\n");
        if (!examples.isEmpty()) {
            text.append("\nExamples:\n");
            examples.forEach(line -> text.append("  ").append(line).append('\n'));
        }
        return text.toString();
    }

    private static void appendOption(StringBuilder text, Option option) {
        String left =
                switch (option.kind()) {
                    case COMMAND -> "  " + option.name();
                    case FLAG -> "  --" + option.name();
                    case VALUE -> "  --" + option.name() + " <" + option.argument() + ">";
                    case VALUES -> "  --" + option.name() + " <" + option.argument() + "> ...";
                    case OPTIONAL_VALUE -> "  --" + option.name() + " [" + option.argument() + "]";
                };
        text.append(left);
        int column = left.length();
        if (column >= HELP_COLUMN - 1) {
            text.append('\n');
            column = 0;
        }
        text.repeat(' ', HELP_COLUMN - column);
        column = HELP_COLUMN;
        for (String word : option.help().split(" ", -1)) {
            if (column > HELP_COLUMN && column + word.length() + 1 > HELP_WIDTH) {
                text.append('\n').repeat(' ', HELP_COLUMN);
                column = HELP_COLUMN;
            }
            if (column > HELP_COLUMN) {
                text.append(' ');
                column++;
            }
            text.append(word);
            column += word.length();
        }
        text.append('\n');
    }

    /// The option's declaration, for tests and for completion.
    @Nullable Option option(String name) {
        return options.get(name);
    }
}
