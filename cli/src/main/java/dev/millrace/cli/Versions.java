package dev.millrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// Version numbers, from what the build wrote down.
public final class Versions {
    private Versions() {}

    /// Millrace's own version.
    public static String millrace() {
        return property("/dev/millrace/cli/version.properties");
    }

    /// The version of the Kafka client inside, whose protocol we speak.
    public static String kafka() {
        return property("/kafka/kafka-version.properties");
    }

    /// All of them: what `millrace version` prints.
    public static String line() {
        return "Millrace "
                + millrace()
                + ", Kafka protocol "
                + kafka()
                + ", Java "
                + Runtime.version();
    }

    /// What `--version` of a tool with Kafka's name prints: Kafka's version first, as scripts expect.
    public static String forTools() {
        return kafka() + " (Millrace " + millrace() + ")";
    }

    private static String property(String resource) {
        var properties = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream(resource)) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException damaged) {
            throw new UncheckedIOException("cannot read " + resource, damaged);
        }
        return properties.getProperty("version", "unknown");
    }
}
