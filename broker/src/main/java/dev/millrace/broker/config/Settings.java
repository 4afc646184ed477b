package dev.millrace.broker.config;

import dev.millrace.engine.metadata.FeatureLevels;
import dev.millrace.engine.metadata.config.OwnKeys;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Keys and values as they were given, before anybody asks what they mean.
public final class Settings {
    private static final String HARNESS = "harness.";

    private final SortedMap<String, String> given;

    /// Keys that stand for a flag of ours, which need no comparison with Kafka's definitions.
    private final Set<String> flags;

    private Settings(SortedMap<String, String> given, Set<String> flags) {
        this.given = Collections.unmodifiableSortedMap(given);
        this.flags = Set.copyOf(flags);
    }

    /// Nothing given.
    public static final Settings NONE = new Settings(new TreeMap<>(), Set.of());

    public static Settings of(Map<String, String> given) {
        return new Settings(new TreeMap<>(given), Set.of());
    }

    /// Reads a `server.properties`, then puts `key=value` words over it.
    ///
    /// @param file null for none
    public static Settings read(@Nullable Path file, List<String> words) throws WrongSetting {
        var given = new TreeMap<String, String>();
        if (file != null) {
            var properties = new Properties();
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new WrongSetting("Cannot read the settings in " + file + ": " + reason(e));
            }
            properties.forEach((key, value) -> given.put(key.toString(), value.toString().strip()));
        }
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals <= 0) {
                throw new WrongSetting("--set " + word + ": write it as key=value");
            }
            given.put(word.substring(0, equals).strip(), word.substring(equals + 1).strip());
        }
        takeFromHarness(given);
        return new Settings(given, Set.of());
    }

    /// Java's own messages of some of these are a bare path.
    private static String reason(Exception e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "no permission";
            case CharacterCodingException _ ->
                    "it is not UTF-8: save it as UTF-8, or write the other characters as \\uXXXX";
            default -> String.valueOf(e.getMessage());
        };
    }

    /// What a test harness tells itself goes, but for the features that a new cluster is to begin with: Kafka is told those when its
    /// directories are formatted, and here a start does that.
    private static void takeFromHarness(SortedMap<String, String> given) {
        String features = given.get(HARNESS + "features");
        given.keySet().removeIf(key -> key.startsWith(HARNESS));
        String served = features == null ? "" : FeatureLevels.served(features);
        if (!served.isEmpty()) {
            given.putIfAbsent(OwnKeys.FEATURES, served);
        }
    }

    /// With the value of a flag, which wins over an earlier value.
    public Settings with(String key, String value) {
        var more = new TreeMap<>(given);
        more.put(key, value);
        var moreFlags = new HashSet<>(flags);
        moreFlags.add(key);
        return new Settings(more, moreFlags);
    }

    /// Without a key.
    public Settings without(String key) {
        var fewer = new TreeMap<>(given);
        fewer.remove(key);
        return new Settings(fewer, flags);
    }

    public SortedMap<String, String> asMap() {
        return given;
    }

    /// True when no key was written out: there may be flags, which are settings too.
    public boolean isEmpty() {
        return flags.containsAll(given.keySet());
    }

    /// The value, or null when the key was not given or is blank.
    public @Nullable String text(String key) {
        String value = given.get(key);
        return value == null || value.isBlank() ? null : value;
    }

    public String text(String key, String otherwise) {
        String value = text(key);
        return value == null ? otherwise : value;
    }

    public int number(String key, int otherwise) throws WrongSetting {
        return Math.toIntExact(number(key, otherwise, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }

    public long number(String key, long otherwise) throws WrongSetting {
        return number(key, otherwise, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    private long number(String key, long otherwise, long least, long most) throws WrongSetting {
        String value = text(key);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value);
            if (least <= number && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw WrongSetting.of(key, value, "a whole number is wanted");
    }

    /// The elements of a comma-separated list; empty when the key was not given.
    public List<String> list(String key) {
        String value = text(key);
        return value == null
                ? List.of()
                : java.util.Arrays.stream(value.split(",", -1))
                        .map(String::strip)
                        .filter(element -> !element.isEmpty())
                        .toList();
    }
}
