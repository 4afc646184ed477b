package dev.millrace.compat.kafka;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Runs the integration tests that Apache Kafka publishes, unchanged, against the broker that [Target] names.
///
/// Arguments: the TSV file to write, then tests: `CLASS`, `CLASS#method` or `@FILE` with one of these a line. Exit code 0
/// when none failed, 1 when some did, 2 when a test named does not exist. `compat/kafka-tests` is the command for people.
public final class PublishedTests {
    private PublishedTests() {}

    public static void main(String[] args) throws IOException {
        PrintStream progress = System.out; // the tests capture System.out for themselves
        List<DiscoverySelector> selectors;
        try {
            selectors =
                    Arrays.stream(args)
                            .skip(1)
                            .flatMap(PublishedTests::names)
                            .map(PublishedTests::select)
                            .toList();
        } catch (IllegalArgumentException e) {
            System.err.println("kafka-tests: " + e.getMessage());
            System.exit(2);
            return;
        }
        var request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectors)
                        .configurationParameter(
                                "junit.jupiter.extensions.autodetection.enabled", "true")
                        .configurationParameter(
                                "junit.jupiter.execution.timeout.default",
                                System.getProperty("compat.test.timeout", "150 s"))
                        .build();
        Report report;
        try (var tsv = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])), true);
                LauncherSession session = LauncherFactory.openSession()) {
            report = new Report(tsv, progress);
            session.getLauncher().execute(request, report);
        }
        progress.println(report.summary());
        // Tests that timed out may have left threads behind: nothing may wait for these.
        System.exit(report.count(Report.Verdict.FAIL) == 0 ? 0 : 1);
    }

    private static Stream<String> names(String argument) {
        if (!argument.startsWith("@")) return Stream.of(argument);
        try {
            return Files.readAllLines(Path.of(argument.substring(1))).stream()
                    .map(String::trim)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"));
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read the list " + argument.substring(1), e);
        }
    }

    private static DiscoverySelector select(String name) {
        int hash = name.indexOf('#');
        String type = hash < 0 ? name : name.substring(0, hash);
        try {
            Class<?> found = Class.forName(type);
            return hash < 0
                    ? selectClass(found)
                    : selectMethod(found, method(found, name.substring(hash + 1)));
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("Apache Kafka publishes no test class " + type, e);
        }
    }

    private static Method method(Class<?> type, String name) {
        return Stream.<Class<?>>iterate(type, c -> c != null, Class::getSuperclass)
                .flatMap(c -> Arrays.stream(c.getDeclaredMethods()))
                .filter(m -> m.getName().equals(name) && !m.isSynthetic())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(type.getName() + " has no test " + name));
    }
}
