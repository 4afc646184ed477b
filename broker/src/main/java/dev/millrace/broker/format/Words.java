package dev.millrace.broker.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The words behind a command, in the grammar of `kafka-storage`: `--name value`, `--name=value` or `-n value`.
///
/// @param values by name without dashes; a flag has an empty list
record Words(Map<String, List<String>> values) {
    /// One option: its long name, its letter, whether it takes a value.
    record Option(String name, String letter, boolean takesValue) {}

    /// @throws IllegalArgumentException with a sentence
    static Words parse(List<String> words, List<Option> options) {
        var values = new LinkedHashMap<String, List<String>>();
        for (int at = 0; at < words.size(); at++) {
            String word = words.get(at);
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            String name = equals < 0 ? word : word.substring(0, equals);
            Option option = find(name, options);
            List<String> found = values.computeIfAbsent(option.name, _ -> new ArrayList<>());
            if (option.takesValue && equals >= 0) {
                found.add(word.substring(equals + 1));
            } else if (option.takesValue && at + 1 < words.size()) {
                found.add(words.get(++at));
            } else if (option.takesValue || equals >= 0) {
                throw new IllegalArgumentException(
                        name + (option.takesValue ? " needs a value" : " takes no value"));
            }
        }
        return new Words(values);
    }

    private static Option find(String name, List<Option> options) {
        for (Option option : options) {
            if (name.equals("--" + option.name) || name.equals("-" + option.letter)) {
                return option;
            }
        }
        throw new IllegalArgumentException("unrecognized arguments: '" + name + "'");
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    @Nullable String value(String name) {
        List<String> found = values.get(name);
        return found == null || found.isEmpty() ? null : found.getLast();
    }

    List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }
}
