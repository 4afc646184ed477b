package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/// `docs/protocol-coverage.md` says what the handlers do, and they serve the versions that Apache Kafka 4.4 advertises.
///
/// `./mvnw -pl engine test -Dtest=ProtocolCoverageTest -Dcoverage.write` brings the page's table up to date; the reasons in its last
/// column are written by hand and stay.
final class ProtocolCoverageTest {
    private static final Path PAGE = Path.of("../docs/protocol-coverage.md");
    private static final Path FACTS = Path.of("src/test/resources/kafka-4.4-apis.tsv");
    private static final String NOT_YET = "not yet";

    /// Handlers that stand before another, or serve by the controllers' listener what has a handler for clients too.
    private static final Set<String> NOT_ONE_API =
            Set.of(
                    "Forwarding",
                    "SeenByBroker",
                    "Completed",
                    "MetadataLogFetch",
                    "DescribeControllers");

    /// A line of Kafka's list.
    private record Fact(int key, String name, int oldest, int newest, boolean unstable) {
        static Fact parse(String line) {
            String[] columns = line.split("\t", -1);
            String[] range = columns[2].split("-", 2);
            return new Fact(
                    Integer.parseInt(columns[0]),
                    columns[1],
                    Integer.parseInt(range[0]),
                    Integer.parseInt(range[range.length - 1]),
                    Boolean.parseBoolean(columns[3]));
        }

        /// Without the newest version where that is unstable: it is served when `unstable.api.versions.enable` is set.
        String served() {
            int stable = unstable ? newest - 1 : newest;
            return oldest == stable ? String.valueOf(oldest) : oldest + "-" + stable;
        }
    }

    private record AnyHandler(ApiKeys api) implements Handler<ApiMessage, ApiMessage> {
        @Override
        public Outcome<ApiMessage> handle(RequestContext context, ApiMessage request) {
            return new Outcome.Silent<>();
        }
    }

    @Test
    void pageAgreesWithTheHandlers() throws IOException {
        List<String> before = Files.readAllLines(PAGE);
        List<String> after = new ArrayList<>();
        for (String line : before) {
            if (!line.startsWith("| ") || !Character.isDigit(line.charAt(2))) {
                after.add(line);
            } else if (after.getLast().startsWith("|---")) {
                after.addAll(rows(before));
            }
        }
        if (System.getProperty("coverage.write") != null) {
            Files.write(PAGE, after);
        }
        assertEquals(
                String.join("\n", Files.readAllLines(PAGE)),
                String.join("\n", after),
                "the page is behind: run this test with -Dcoverage.write and read the difference");
    }

    @Test
    void whatIsNotServedHasAReason() throws IOException {
        for (String line : Files.readAllLines(PAGE)) {
            assertFalse(
                    line.contains("| " + NOT_YET + " |  |"),
                    () -> "say in the last column why not: " + line);
        }
    }

    /// The router takes its versions from the pinned library: they are Kafka's, for every API at once.
    @Test
    void servesTheVersionsThatKafkaAdvertises() throws IOException {
        List<Handler<?, ?>> handlers = new ArrayList<>();
        ApiKeys.brokerApis().forEach(api -> handlers.add(new AnyHandler(api)));
        Map<Integer, String> advertised = new TreeMap<>();
        for (ApiVersion api : new Router(handlers, false).advertised()) {
            advertised.put((int) api.apiKey(), api.minVersion() + "-" + api.maxVersion());
        }
        Map<Integer, String> kafkas = new TreeMap<>();
        for (Fact fact : facts()) {
            // Produce is advertised from 0 on, though served from 3 on (KAFKA-18659).
            int oldest = fact.key == ApiKeys.PRODUCE.id ? 0 : fact.oldest;
            int newest = fact.unstable ? fact.newest - 1 : fact.newest;
            kafkas.put(fact.key, oldest + "-" + newest);
        }
        assertEquals(kafkas, advertised);
    }

    @Test
    void aHandlerIsNamedAfterItsApi() throws IOException {
        var names =
                Files.readAllLines(FACTS).stream()
                        .filter(line -> Character.isDigit(line.charAt(0)))
                        .map(line -> Fact.parse(line).name)
                        .collect(Collectors.toCollection(TreeSet::new));
        names.addAll(NOT_ONE_API);
        var unknown = new TreeSet<>(handled());
        unknown.removeAll(names);
        assertEquals(new TreeSet<>(), unknown);
    }

    private static List<Fact> facts() throws IOException {
        var facts = new ArrayList<Fact>();
        for (String line : Files.readAllLines(FACTS)) {
            if (Character.isDigit(line.charAt(0)) && line.contains("broker")) {
                facts.add(Fact.parse(line));
            }
        }
        return facts;
    }

    /// The names of the APIs that have a handler: one file each, found by its name.
    private static Set<String> handled() {
        var names = new TreeSet<String>();
        for (JavaClass type :
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("dev.millrace.engine")) {
            if (type.isAssignableTo(Handler.class)
                    && !type.isInterface()
                    && !type.getModifiers().contains(JavaModifier.ABSTRACT)) {
                names.add(type.getSimpleName().replaceAll("Handler$", ""));
            }
        }
        return names;
    }

    private static List<String> rows(List<String> page) throws IOException {
        Set<String> handled = handled();
        var rows = new ArrayList<String>();
        for (Fact fact : facts()) {
            String start = "| %d | %s |".formatted(fact.key, fact.name);
            String line = page.stream().filter(row -> row.startsWith(start)).findFirst().orElse("");
            String served = handled.contains(fact.name) ? fact.served() : NOT_YET;
            String[] columns = line.split(" \\| | \\|$", -1);
            boolean same = columns.length > 3 && columns[2].equals(served);
            boolean keep = same || served.equals(NOT_YET);
            String why = keep && columns.length > 3 ? columns[3].strip() : "";
            rows.add("%s %s | %s |".formatted(start, served, why));
        }
        return rows;
    }
}
