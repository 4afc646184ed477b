package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `millrace perf`, which measures any Kafka cluster: that it counts right, not how fast anything is.
@ExtendWith(SharedBroker.Extension.class)
class PerfCommandTest {
    private final String bootstrap;

    PerfCommandTest(SharedBroker broker) {
        bootstrap = broker.bootstrap();
    }

    private Command perf(String verb, String topic, String... more) {
        var words = new ArrayList<>(List.of(verb, topic, "-b", bootstrap, "--output", "json"));
        words.addAll(List.of(more));
        return Command.of(Repository.ROOT.resolve("millrace").toString(), "perf")
                .with(words.toArray(String[]::new));
    }

    private static JsonNode summary(Command.Result result) {
        assertEquals("", result.err(), result.toString());
        return JsonMapper.shared().readTree(result.out());
    }

    @Test
    void whatIsProducedIsConsumed() {
        String topic = "perf-produced";
        JsonNode produced =
                summary(
                        perf("produce", topic, "-n", "5000", "-s", "200B", "--partitions", "3")
                                .with("--producers", "2", "-z", "lz4")
                                .run()
                                .succeeded());
        assertEquals(5_000, produced.path("records").asLong());
        assertEquals(1_000_000, produced.path("bytes").asLong());
        assertEquals(0, produced.path("refused").asLong());
        assertTrue(produced.path("latencyMs").path("p50").asDouble() > 0, produced.toString());
        JsonNode alone = summary(perf("consume", topic, "--consumers", "3").run().succeeded());
        assertEquals(5_000, alone.path("records").asLong());
        assertEquals(1_000_000, alone.path("bytes").asLong());
        Command members = perf("consume", topic, "--consumers", "2", "-g", "perf-readers");
        JsonNode group = summary(members.run().succeeded());
        assertEquals(5_000, group.path("records").asLong());
        assertTrue(group.path("rebalanceSeconds").asDouble() > 0, group.toString());
        Command.Result again = members.run();
        assertEquals(1, again.exit(), again.toString());
        assertEquals(0, summary(again).path("records").asLong());
    }

    @Test
    void everyRecordArrivesOnce() {
        JsonNode summary =
                summary(
                        perf("latency", "perf-latency", "--partitions", "2", "-n", "1000")
                                .with("-r", "2000/s", "--warmup", "500ms")
                                .run()
                                .succeeded());
        assertEquals(1_000, summary.path("records").asLong());
        assertEquals(0, summary.path("lost").asLong());
        assertEquals(0, summary.path("duplicated").asLong());
    }

    @Test
    void refusedRecordsAreTold() throws ExecutionException, InterruptedException {
        String topic = "perf-refused";
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            var small =
                    new NewTopic(topic, 1, (short) 1).configs(Map.of("max.message.bytes", "200"));
            admin.createTopics(List.of(small)).all().get();
        }
        Command.Result result = perf("produce", topic, "-n", "3", "-s", "190B").run();
        assertEquals(1, result.exit(), result.toString());
        JsonNode summary = summary(result);
        assertEquals(0, summary.path("records").asLong());
        assertEquals(3, summary.path("refused").asLong());
        assertEquals("RecordTooLarge", summary.path("errors").path(0).path("kind").asString());
    }
}
