package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.coordinator.ManualEnv;
import dev.millrace.engine.coordinator.txn.NoTransactions;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.ManualTime;
import dev.millrace.engine.metadata.ProducerIds;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.wire.ReferenceBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// The answers to [AdminCases], beside those that Apache Kafka 4.4.0 gave to the same requests in the same order.
///
/// `./mvnw -pl engine test -Dtest=AdminGoldenTest#record -Dadmin.kafka=localhost:9092` against a fresh broker of one node
/// (node.id 1, one data directory) writes the file anew; read the difference.
final class AdminGoldenTest {
    private static final Path FILE = Path.of("src/test/resources/admin/answers.txt");

    /// Where we differ on purpose: what we answer instead.
    private static final Path OURS = Path.of("src/test/resources/admin/differs.txt");

    /// The creations whose answer is compared setting by setting.
    private static final List<String> CREATED_WITH_CONFIGS =
            List.of("create: configured", "create: internal key");

    private interface Broker {
        ApiMessage ask(AdminCases.Case question) throws IOException;
    }

    @Test
    @EnabledIfSystemProperty(named = "admin.kafka", matches = ".+:\\d+")
    void record() throws IOException {
        String[] address = System.getProperty("admin.kafka").split(":", 2);
        var lines = new ArrayList<String>();
        try (var kafka = new ReferenceBroker(address[0], Integer.parseInt(address[1]))) {
            for (AdminCases.Case each : AdminCases.all()) {
                lines.addAll(lines(each, kafka.ask(each.api(), each.version(), each.request())));
            }
        }
        Files.write(FILE, lines);
    }

    @TestFactory
    List<DynamicTest> answersAsKafkaDoes() throws IOException {
        Map<String, List<String>> expected = read(FILE);
        expected.putAll(read(OURS));
        Broker broker = ours();
        var tests = new ArrayList<DynamicTest>();
        for (AdminCases.Case each : AdminCases.all()) {
            List<String> answer = lines(each, broker.ask(each));
            tests.add(
                    DynamicTest.dynamicTest(
                            each.name(),
                            () ->
                                    assertEquals(
                                            String.join(
                                                    "\n",
                                                    expected.getOrDefault(
                                                            each.name(), List.of("not recorded"))),
                                            String.join(
                                                    "\n",
                                                    kafkas(answer.subList(1, answer.size()))))));
        }
        return tests;
    }

    /// Without the settings that only we have.
    private static List<String> kafkas(List<String> lines) {
        return lines.stream().filter(line -> !line.contains("name='millrace.")).toList();
    }

    private static Map<String, List<String>> read(Path file) throws IOException {
        var answers = new HashMap<String, List<String>>();
        List<String> current = List.of();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("== ")) {
                current = new ArrayList<>();
                answers.put(line.substring(3), current);
            } else if (!line.startsWith("#")) {
                current.add(line);
            }
        }
        return answers;
    }

    /// The name of the case, then its answer, one element of a list per line, without ids.
    private static List<String> lines(AdminCases.Case each, ApiMessage response) {
        var lines = new ArrayList<String>();
        lines.add("== " + each.name());
        switch (response) {
            case CreateTopicsResponseData created ->
                    created.topics().stream()
                            .sorted((a, b) -> a.name().compareTo(b.name()))
                            .forEach(topic -> {
                                lines.add(
                                        topic.name()
                                                + " "
                                                + topic.errorCode()
                                                + " "
                                                + topic.errorMessage()
                                                + " "
                                                + topic.numPartitions()
                                                + "x"
                                                + topic.replicationFactor());
                                if (CREATED_WITH_CONFIGS.contains(each.name())) {
                                    topic.configs().forEach(config -> lines.add("  " + config));
                                }
                            });
            case DescribeConfigsResponseData described ->
                    described
                            .results()
                            .forEach(result -> {
                                lines.add(
                                        result.resourceName()
                                                + " "
                                                + result.errorCode()
                                                + " "
                                                + result.errorMessage());
                                result.configs().stream()
                                        .sorted((a, b) -> a.name().compareTo(b.name()))
                                        .forEach(config -> lines.add("  " + config));
                            });
            case DeleteTopicsResponseData deletions -> {
                deletions.responses().forEach(deleted -> deleted.setTopicId(Uuid.ZERO_UUID));
                deletions.responses().stream().map(Object::toString).sorted().forEach(lines::add);
            }
            case ElectLeadersResponseData elected ->
                    elected.replicaElectionResults().stream()
                            .map(Object::toString)
                            .sorted()
                            .forEach(lines::add);
            case ListConfigResourcesResponseData listed -> {
                lines.add("" + listed.errorCode());
                listed.configResources().stream()
                        .map(Object::toString)
                        .sorted()
                        .forEach(lines::add);
            }
            default -> lines.add(response.toString().replaceAll("topicId=[^,)]*", "topicId=*"));
        }
        lines.replaceAll(line -> line.replaceAll("throttleTimeMs=\\d+", "throttleTimeMs=0"));
        return lines;
    }

    private static Broker ours() {
        var test = TestMetadata.withBrokers(1);
        // As Kafka's broker has it: what its file says is told by DescribeConfigs.
        var file = new TreeMap<>(Map.of("node.id", "1", "process.roles", "broker,controller"));
        var defaults = ClusterDefaults.of(1, file);
        Entropy entropy = new CountingEntropy();
        List<Handler<?, ?>> handlers =
                List.of(
                        new CreateTopicsHandler(test.controller, defaults, entropy),
                        new DeleteTopicsHandler(test.controller, defaults),
                        new CreatePartitionsHandler(test.controller),
                        new IncrementalAlterConfigsHandler(test.controller, defaults),
                        new AlterConfigsHandler(test.controller, defaults),
                        new DescribeConfigsHandler(test::image, defaults),
                        new ListConfigResourcesHandler(test::image),
                        new ElectLeadersHandler(test.controller),
                        new AlterPartitionReassignmentsHandler(test.controller),
                        new ListPartitionReassignmentsHandler(test::image),
                        new UpdateFeaturesHandler(
                                test.controller, defaults, () -> (short) 1, (_, _) -> {}),
                        new InitProducerIdHandler(
                                new ProducerIds(
                                        test.metadata, test.controller, ManualTime.turn(), 1),
                                NoTransactions.in(new ManualEnv(1))),
                        new UnregisterBrokerHandler(test.controller),
                        new UnregisterControllerHandler(test.controller, 1));
        var byApi = new HashMap<ApiKeys, Handler<?, ?>>();
        handlers.forEach(handler -> byApi.put(handler.api(), handler));
        return question ->
                answer(java.util.Objects.requireNonNull(byApi.get(question.api())), question);
    }

    @SuppressWarnings("unchecked") // a handler takes the request of its own API
    private static <Q extends ApiMessage> ApiMessage answer(
            Handler<Q, ?> handler, AdminCases.Case question) {
        var connection =
                new ClientConnection(
                        1,
                        "PLAINTEXT",
                        SecurityProtocol.PLAINTEXT,
                        "127.0.0.1",
                        "localhost",
                        9092,
                        KafkaPrincipal.ANONYMOUS);
        var context = new RequestContext(question.api(), question.version(), 1, "test", connection);
        var outcome = handler.handle(context, (Q) question.request());
        var response = (ApiMessage) ((Outcome.Reply<?>) outcome).response();
        // What the version does not carry is lost on the wire, as it is in Kafka's answers.
        ApiMessage read = question.api().messageType.newResponse();
        read.read(
                MessageUtil.toByteBufferAccessor(response, question.version()), question.version());
        return read;
    }

    private static final class CountingEntropy implements Entropy {
        private long count;

        @Override
        public Uuid uuid() {
            return new Uuid(42, ++count);
        }

        @Override
        public long below(long bound) {
            return 0;
        }
    }
}
