package dev.millrace.engine.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.millrace.engine.metadata.BalanceDecisions;
import dev.millrace.engine.metadata.BalanceDecisions.Target;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Whose rates are taken away once copies have arrived: what the controller has set, and nobody else's.
final class BalanceThrottleTest {
    private static final String SENT = "leader.replication.throttled.rate";
    private static final String RECEIVED = "follower.replication.throttled.rate";
    private static final String NOTED = "millrace.balance.throttled";

    private final TestMetadata test = TestMetadata.withBrokers(1, 2);
    private final TopicImage topic = test.topic("t", 2, 1);

    private void copy(int partition, long bytesPerSecond) {
        var target = new Target(new TopicPartition("t", partition), List.of(1), List.of(2));
        test.controller.submit(
                image -> BalanceDecisions.move(image, List.of(target), bytesPerSecond));
    }

    private void end() {
        test.controller.submit(BalanceDecisions::end);
    }

    private void set(String broker, String key, @Nullable String value) {
        set(ConfigResource.Type.BROKER, broker, key, value);
    }

    private void set(ConfigResource.Type type, String name, String key, @Nullable String value) {
        test.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(type.id())
                                .setResourceName(name)
                                .setName(key)
                                .setValue(value),
                        0));
    }

    private Map<String, String> settings(String broker) {
        return settings(ConfigResource.Type.BROKER, broker);
    }

    private Map<String, String> settings(ConfigResource.Type type, String name) {
        return test.image().configs().of(new ConfigResource(type, name));
    }

    @Test
    void aRateThatSomebodyHasSetMeanwhileStays() {
        copy(0, 100);
        assertEquals("1=100,2=100,t:0", settings("").get(NOTED));
        set("2", SENT, "77");
        test.arrive(topic, 0);
        end();
        assertEquals(Map.of(), settings("1"));
        assertEquals(Map.of(SENT, "77"), settings("2"));
        assertFalse(BalanceDecisions.throttled(test.image()));
    }

    @Test
    void aBrokerIsNotedWithTheRateOfTheBatchThatHasSetIt() {
        copy(0, 100);
        set("2", SENT, null);
        set("2", RECEIVED, null);
        copy(1, 200);
        assertEquals("1=100,2=200,t:0,t:1", settings("").get(NOTED));
        test.arrive(topic, 0);
        test.arrive(topic, 1);
        end();
        assertEquals(Map.of(), settings("1"));
        assertEquals(Map.of(), settings("2"));
    }

    @Test
    void whereEveryReplicaIsThrottledThatStays() {
        set(ConfigResource.Type.TOPIC, "t", "leader.replication.throttled.replicas", "*");
        copy(0, 100);
        var settings =
                Map.of(
                        "leader.replication.throttled.replicas", "*",
                        "follower.replication.throttled.replicas", "0:2");
        assertEquals(settings, settings(ConfigResource.Type.TOPIC, "t"));
        test.arrive(topic, 0);
        end();
        assertEquals(
                Map.of("leader.replication.throttled.replicas", "*"),
                settings(ConfigResource.Type.TOPIC, "t"));
        assertFalse(BalanceDecisions.throttled(test.image()));
    }

    @Test
    void whatAnOlderVersionHasNotedIsTakenAwayWhateverItIs() {
        set("", NOTED, "2,t:0");
        set("2", SENT, "100");
        set("2", RECEIVED, "77");
        end();
        assertEquals(Map.of(), settings("2"));
        assertFalse(BalanceDecisions.throttled(test.image()));
    }
}
