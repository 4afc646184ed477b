package dev.millrace.compat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Which broker the tests run against, by system properties.
///
/// - nothing: Millrace, from this repository's own build;
/// - `-Dcompat.broker=kafka`: Apache Kafka from Maven Central, the peer;
/// - `-Dcompat.broker.cmd=COMMAND`: any other; it is started with the path of a `server.properties` as last argument;
/// - `-Dcompat.bootstrap=HOST:PORT`: one that runs already (tests that must kill a broker do not run then).
final class BrokerUnderTest {
    static final String BOOTSTRAP = System.getProperty("compat.bootstrap", "");

    private BrokerUnderTest() {}

    static boolean isRunningAlready() {
        return !BOOTSTRAP.isEmpty();
    }

    static boolean isApacheKafka() {
        return System.getProperty("compat.broker", "millrace").equals("kafka");
    }

    /// The words that start it, but for the configuration file.
    static List<String> command() {
        String named = System.getProperty("compat.broker.cmd", "").trim();
        if (!named.isEmpty()) return List.of(named.split("\\s+", -1));
        return switch (System.getProperty("compat.broker", "millrace")) {
            case "kafka" -> List.of(Repository.COMPAT.resolve("kafka-broker").toString());
            case "millrace" -> millrace();
            case String other ->
                    throw new IllegalStateException(
                            "-Dcompat.broker takes millrace or kafka, not " + other);
        };
    }

    private static List<String> millrace() {
        Path launcher = Repository.ROOT.resolve("millrace");
        if (!Files.isExecutable(launcher))
            throw new IllegalStateException("there is no " + launcher);
        return List.of(launcher.toString(), "up", "--config");
    }
}
