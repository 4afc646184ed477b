package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What was given on a command line, by option name.
///
/// @param sequence the options in the order given, a name once for each time
record Arguments(String tool, Map<String, List<String>> found, List<String> sequence) {
    boolean has(String option) {
        return found.containsKey(option);
    }

    /// Every value of an option, in the order given.
    List<String> values(String option) {
        return found.getOrDefault(option, List.of());
    }

    /// The value of an option that makes sense once; null when it was not given, or given without a value.
    @Nullable String value(String option) {
        var values = values(option);
        if (values.size() > 1) {
            throw CommandFailed.usage(
                    "Found multiple arguments for option "
                            + option
                            + ", but you asked for only one");
        }
        return values.isEmpty() ? null : values.getFirst();
    }

    String value(String option, String otherwise) {
        String value = value(option);
        return value == null ? otherwise : value;
    }

    /// The value of an option that the tool cannot do without.
    String required(String option) {
        String value = value(option);
        if (value == null) {
            throw CommandFailed.usage("Missing required argument \"[" + option + "]\"");
        }
        return value;
    }

    @Nullable Integer integer(String option) {
        Long value = number(option);
        if (value == null) {
            return null;
        }
        if (value != value.intValue()) {
            throw notANumber(option, String.valueOf(value));
        }
        return value.intValue();
    }

    @Nullable Long number(String option) {
        String value = value(option);
        try {
            return value == null ? null : Long.valueOf(value.strip());
        } catch (NumberFormatException wrong) {
            throw notANumber(option, value);
        }
    }

    private static CommandFailed notANumber(String option, String value) {
        return CommandFailed.usage(
                "Cannot parse argument '"
                        + value
                        + "' of option "
                        + option
                        + ": not a number in range");
    }

    /// Refuses options that contradict the action given.
    void refuse(String action, String... others) {
        for (String other : others) {
            if (has(action) && has(other)) {
                throw CommandFailed.usage(
                        "Option \"["
                                + action
                                + "]\" can't be used with option \"["
                                + other
                                + "]\"");
            }
        }
    }

    /// Refuses an option that makes sense only beside one of some others.
    void only(String option, String... companions) {
        if (!has(option)) {
            return;
        }
        for (String companion : companions) {
            if (has(companion)) {
                return;
            }
        }
        throw CommandFailed.usage(
                "Option ["
                        + option
                        + "] is only valid with ["
                        + String.join("] or [", companions)
                        + "]");
    }

    /// Refuses an option that the parser of Kafka's tools only knows beside one of some others.
    void available(String option, String... companions) {
        if (has(option) && Stream.of(companions).noneMatch(this::has)) {
            throw CommandFailed.usage(
                    "Option(s) ["
                            + option
                            + "] are unavailable given other options on the command line");
        }
    }

    /// Exactly one of the actions.
    String action(String... actions) {
        String found = null;
        for (String action : actions) {
            if (has(action)) {
                if (found != null) {
                    throw oneAction(actions);
                }
                found = action;
            }
        }
        if (found == null) {
            throw oneAction(actions);
        }
        return found;
    }

    private static CommandFailed oneAction(String... actions) {
        var names = new ArrayList<String>();
        for (String action : actions) {
            names.add("--" + action);
        }
        String last = names.removeLast();
        return CommandFailed.usage(
                "Command must include exactly one action: "
                        + String.join(", ", names)
                        + " or "
                        + last);
    }

    /// The addresses given; `--broker-list`, as every older tutorial has it, means the same.
    String bootstrapServers() {
        String servers = value("bootstrap-server");
        if (servers == null) {
            servers = value("broker-list");
        }
        if (servers == null) {
            throw CommandFailed.usage(
                    "Missing required argument \"[bootstrap-server]\": for example --bootstrap-server localhost:9092");
        }
        return servers;
    }

    /// A connection with the settings of `--command-config`, as patient as `--timeout` says.
    Connection connect() {
        var settings = properties(List.of("command-config"), List.of());
        Integer timeoutMs = integer("timeout");
        if (timeoutMs != null) {
            settings.put("default.api.timeout.ms", String.valueOf(timeoutMs));
            settings.putIfAbsent("request.timeout.ms", String.valueOf(timeoutMs));
        }
        return Connection.to(bootstrapServers(), settings);
    }

    /// Settings from files and from `key=value` options; the options win over the files.
    Map<String, String> properties(List<String> fileOptions, List<String> pairOptions) {
        var all = new HashMap<String, String>();
        for (String option : fileOptions) {
            values(option).forEach(path -> all.putAll(Connection.propertiesFile(path)));
        }
        for (String option : pairOptions) {
            all.putAll(pairs(values(option)));
        }
        return all;
    }

    /// `key=value` words as a map, in the order given; a key alone has the empty value.
    static Map<String, String> pairs(List<String> words) {
        var pairs = new LinkedHashMap<String, String>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals == 0 || word.isEmpty()) {
                throw CommandFailed.usage("'" + word + "' is not of the form key=value");
            }
            pairs.put(
                    equals < 0 ? word : word.substring(0, equals),
                    equals < 0 ? "" : word.substring(equals + 1));
        }
        return pairs;
    }
}
