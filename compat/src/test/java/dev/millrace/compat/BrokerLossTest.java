package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Three brokers, and real clients that write and read meanwhile: a leader is killed and comes back, partitions are added, the group's
/// coordinator is lost and stays away. The application hears of nothing, and reads exactly what it has sent.
@EnabledIfSystemProperty(named = "compat.cluster", matches = "true")
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "kills brokers: it needs its own")
class BrokerLossTest {
    /// By default clients hear of new partitions within five minutes.
    private static final String SOON_MS = "1000";

    @SuppressWarnings("NullAway.Init") // made before all tests
    private static ThreeBrokers brokers;

    @BeforeAll
    static void start() {
        brokers = ThreeBrokers.start("lost-broker", Map.of("broker.session.timeout.ms", "3000"));
    }

    @AfterAll
    static void stop() {
        if (brokers != null) brokers.close();
    }

    @Test
    void javaClientLosesNothing() {
        brokers.create("java", 3);
        run(
                "java",
                JavaLoad.start(
                        brokers.bootstrap(), "java", Map.of("metadata.max.age.ms", SOON_MS)));
    }

    @Test
    void librdkafkaLosesNothing() {
        brokers.create("rdkafka", 3);
        run(
                "rdkafka",
                RdkafkaLoad.start(
                        brokers.bootstrap(),
                        "rdkafka",
                        Map.of(
                                "topic.metadata.refresh.interval.ms",
                                SOON_MS,
                                "partition.assignment.strategy",
                                "range,roundrobin")));
    }

    private static void run(String topic, ClientLoad load) {
        awaitMore(load, 300);
        int killed = brokers.leader(topic, 0);
        brokers.broker(killed).kill();
        awaitMore(load, 600);
        brokers.broker(killed).start();
        brokers.awaitWell(killed);

        brokers.grow(topic, 5);
        awaitMore(load, 600);

        int lost = brokers.coordinator(topic);
        brokers.broker(lost).kill();
        awaitMore(load, 600);
        ClientLoad.Outcome outcome = load.finish();
        System.out.printf(
                "BrokerLossTest: %s: %s acknowledged, %d read again, longest gap %d ms%n",
                load.name(), outcome.acknowledged(), outcome.again(), outcome.gapMs());
        assertEquals(List.of(), outcome.errors());
        assertEquals(5, outcome.acknowledged().size(), "the new partitions were written to");
        assertEquals(outcome.acknowledged(), outcome.read());
        AcknowledgedRecords log = AcknowledgedRecords.read(brokers.bootstrap(), topic, 5);
        for (int partition = 0; partition < 5; partition++) {
            long count = outcome.acknowledged().get(partition);
            assertTrue(count > 0, "a load on every partition");
            log.checkOnceAndInOrder(partition, load.name(), count);
        }
        brokers.broker(lost).start();
        brokers.awaitWell(lost);
    }

    static void awaitMore(ClientLoad load, long more) {
        long enough = load.through() + more;
        ThreeBrokers.await(
                more + " more records through " + load.name(), () -> load.through() >= enough);
    }
}
