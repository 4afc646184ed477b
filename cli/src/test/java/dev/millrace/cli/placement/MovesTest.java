package dev.millrace.cli.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

final class MovesTest {
    private static Move move(int partition, List<Integer> from, List<Integer> to) {
        return new Move(new TopicPartition("t", partition), from, to, 10, "");
    }

    private static final Move A = move(0, List.of(1, 2), List.of(1, 3));
    private static final Move A_AGAIN = move(0, List.of(1, 3), List.of(4, 3));
    private static final Move B = move(1, List.of(2), List.of(3));
    private static final Move ORDER = move(2, List.of(1, 2), List.of(2, 1));

    @Test
    void batchesAreBoundedAndHoldAPartitionOnce() {
        assertEquals(List.of(), Moves.batches(List.of(), 2));
        assertEquals(
                List.of(List.of(A, B), List.of(ORDER)), Moves.batches(List.of(A, B, ORDER), 2));
        assertEquals(
                List.of(List.of(A), List.of(A_AGAIN, B)), Moves.batches(List.of(A, A_AGAIN, B), 5));
    }

    @Test
    void whoeverHoldsAReplicaSendsAndWhoeverGetsOneReceives() {
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, "t");
        Map<ConfigResource, Map<String, String>> settings =
                Throttle.settings(List.of(A, B, ORDER), List.of(1, 2, 3, 4), 1_000);
        assertEquals(
                Map.of(
                        "leader.replication.throttled.replicas", "0:1,0:2,1:2",
                        "follower.replication.throttled.replicas", "0:3,1:3"),
                settings.get(topic));
        for (String broker : List.of("1", "2", "3")) {
            assertEquals(
                    Map.of(
                            "leader.replication.throttled.rate", "1000",
                            "follower.replication.throttled.rate", "1000"),
                    settings.get(new ConfigResource(ConfigResource.Type.BROKER, broker)));
        }
        assertEquals(4, settings.size());
        assertEquals(
                3,
                Throttle.settings(List.of(A, B), List.of(1, 2), 1_000).size(),
                "a broker that is down is told nothing");
    }

    @Test
    void sizesAreReadable() {
        assertEquals("0 B", Sizes.text(0));
        assertEquals("1023 B", Sizes.text(1023));
        assertEquals("1.5 KB", Sizes.text(1536));
        assertEquals("2048.0 TB", Sizes.text(2L << 50));
    }
}
