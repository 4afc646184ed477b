package dev.millrace.compat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The clients that the broker is tested with, how each is run, and what each cannot do by its own nature.
///
/// A gap is checked like everything else: a client that says "unsupported" where none is named here fails its test.
@SuppressWarnings(
        "ImmutableEnumChecker") // it knows no immutable collections of the JDK; both fields are
// copies nobody changes
enum TestClient {
    KCAT(python("kcat"), Gap.CREATE_TOPIC, Gap.TIMESTAMPS),
    KAFKA_PYTHON(python("kafka-python"), Gap.NULL_HEADER),
    CONFLUENT_KAFKA(python("confluent-kafka")),
    KAFKAJS(node("kafkajs"), Gap.ASSIGNMENT, Gap.NULL_HEADER),
    PLATFORMATIC(
            node("platformatic"), Gap.ASSIGNMENT, Gap.REPEATED_HEADER, Gap.ZSTD, Gap.FRAMED_SNAPPY),
    JAVA_2_1_1(java("2.1.1")),
    JAVA_2_8_2(java("2.8.2")),
    JAVA_3_9_2(java("3.9.2")),
    JAVA_4_4_0(java("4.4.0"));

    /// Something that a client does not offer its users.
    enum Gap {
        /// kcat: topics come into being by being used.
        CREATE_TOPIC,
        /// kcat: records get the time at which they are sent.
        TIMESTAMPS,
        /// kafkajs and @platformatic/kafka: consumers are members of groups.
        ASSIGNMENT,
        /// kafka-python and kafkajs: a header that is sent has a value.
        NULL_HEADER,
        /// @platformatic/kafka: headers are a map.
        REPEATED_HEADER,
        /// @platformatic/kafka: Node.js compresses with it from 22.15 on.
        ZSTD,
        /// @platformatic/kafka: reads snappy only as one bare block, not in the frames that Java has always put around it.
        FRAMED_SNAPPY
    }

    private final List<String> words;
    private final Set<Gap> gaps;

    TestClient(List<String> words, Gap... gaps) {
        this.words = List.copyOf(words);
        this.gaps = Set.of(gaps);
    }

    boolean has(Gap gap) {
        return gaps.contains(gap);
    }

    /// Whether its snappy has the frames of the Java library around it, as the Java clients' and kafka-python's has.
    boolean framesSnappy() {
        return switch (this) {
            case KAFKA_PYTHON, JAVA_2_1_1, JAVA_2_8_2, JAVA_3_9_2, JAVA_4_4_0 -> true;
            case KCAT, CONFLUENT_KAFKA, KAFKAJS, PLATFORMATIC -> false;
        };
    }

    /// As it stands in names of topics and groups.
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Plays a scenario; the results, one per step. Fails the test with the client's own words when a step failed.
    List<Map<String, Object>> play(Scenario scenario) {
        try {
            Path file = Files.createTempFile("compat-" + label(), ".json");
            Files.writeString(file, scenario.json(), UTF_8);
            List<String> line = new ArrayList<>(words);
            line.add(file.toString());
            Command.Result result = Command.of(line).run().succeeded();
            List<Map<String, Object>> results = Scenario.results(result.out());
            Files.delete(file);
            for (Map<String, Object> step : results) {
                if (step.containsKey("error"))
                    throw new AssertionError(this + ": " + step.get("error") + result.err());
            }
            return results;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> python(String client) {
        return List.of(
                "/usr/bin/python3",
                driver(client, "driver.py")); // Debian's, which its packages are for
    }

    private static List<String> node(String client) {
        return List.of("node", driver(client, "driver.mjs"));
    }

    private static List<String> java(String version) {
        Path built = Repository.COMPAT.resolve("target/java-clients");
        try {
            String classPath =
                    Files.readString(built.resolve(version + ".classpath"), UTF_8).trim();
            return List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    built.resolve("classes") + ":" + classPath,
                    "Driver");
        } catch (IOException e) {
            throw new IllegalStateException(
                    "run compat/install-clients.sh first: no class path for " + version, e);
        }
    }

    private static String driver(String client, String file) {
        return Repository.COMPAT.resolve("clients").resolve(client).resolve(file).toString();
    }
}
