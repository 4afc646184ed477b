package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `millrace group`, which works with any Kafka cluster: how far a group is behind, and what can be done about it.
@ExtendWith(SharedBroker.Extension.class)
class GroupCommandTest {
    private static final long MINUTE_MS = 60_000;

    private final String bootstrap;
    private String name = "";

    GroupCommandTest(SharedBroker broker) {
        bootstrap = broker.bootstrap();
    }

    /// Five records, an hour old and a minute younger each; the group is at the third.
    @BeforeEach
    void records(TestInfo test) throws ExecutionException, InterruptedException {
        name = "group-command-" + test.getTestMethod().orElseThrow().getName();
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap);
        var partition = new TopicPartition(name, 0);
        long hourAgo = System.currentTimeMillis() - 60 * MINUTE_MS;
        var serializer = new StringSerializer();
        try (Admin admin = Admin.create(config);
                var producer = new KafkaProducer<>(config, serializer, serializer)) {
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
            for (int i = 0; i < 5; i++) {
                long timestamp = hourAgo + i * MINUTE_MS;
                producer.send(new ProducerRecord<>(name, 0, timestamp, "k", "v" + i)).get();
            }
            admin.alterConsumerGroupOffsets(name, Map.of(partition, new OffsetAndMetadata(2)))
                    .all()
                    .get();
        }
    }

    private Command group(String verb, String... more) {
        var words = new ArrayList<>(List.of(verb, name, "-b", bootstrap));
        words.addAll(List.of(more));
        return Command.of(Repository.ROOT.resolve("millrace").toString(), "group")
                .with(words.toArray(String[]::new));
    }

    private JsonNode described(String... more) {
        return JsonMapper.shared()
                .readTree(group("describe", "--output", "json").with(more).run().succeeded().out());
    }

    @Test
    void lagIsToldInRecordsAndInTime() {
        JsonNode group = described().path(0);
        assertEquals("empty", group.path("state").asString());
        JsonNode partition = group.path("partitions").path(0);
        assertEquals(2, partition.path("committed").asLong());
        assertEquals(5, partition.path("logEnd").asLong());
        assertEquals(3, partition.path("lag").asLong());
        double seconds = partition.path("lagSeconds").asDouble();
        assertTrue(seconds >= 58 * 60 && seconds < 59 * 60 + 600, "third record's age: " + seconds);
        assertTrue(partition.path("flags").isEmpty(), group.toString());
        String text = group("describe").run().succeeded().out();
        assertTrue(text.contains("lag 3 records, the oldest unread for 5"), text);
    }

    @Test
    void watchingShowsPaces() {
        String text =
                group("describe", "--watch", "-n", "2", "--every", "0.2").run().succeeded().out();
        assertEquals(2, text.lines().filter(line -> line.contains("DRAINED IN")).count(), text);
        assertTrue(text.lines().anyMatch(line -> line.matches(".* 0 +0 +never.*")), text);
    }

    @Test
    void aResetIsShownAndThenDone() {
        Command reset = group("reset", "--shift-by", "-1");
        Command.Result shown = reset.run().succeeded();
        assertTrue(shown.out().matches("(?s).*0 +2 +1 +1 again\\s*"), shown.toString());
        assertTrue(shown.err().contains("add --execute to do it"), shown.toString());
        assertEquals(2, described().path(0).path("partitions").path(0).path("committed").asLong());
        reset.with("--execute").run().succeeded();
        assertEquals(1, described().path(0).path("partitions").path(0).path("committed").asLong());
        group("reset", "--to-offset", "77", "--execute").run().succeeded();
        assertEquals(
                0, described().path(0).path("lag").asLong(), "an offset beyond the end is the end");
    }

    @Test
    void aDeletedGroupIsGone() {
        assertEquals("deleted " + name + "\n", group("delete").run().succeeded().out());
        Command.Result gone = group("describe").run();
        assertEquals(1, gone.exit());
        assertEquals(
                "there is no group " + name + "; `millrace group list` shows those there are\n",
                gone.err());
    }
}
