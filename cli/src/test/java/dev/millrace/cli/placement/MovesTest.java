package dev.millrace.cli.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
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
    void asManyAreUnderWayAsMayBeAndAPartitionOnce() {
        var waiting = new ArrayDeque<>(List.of(A, B, ORDER));
        assertEquals(List.of(A, B), Moves.next(waiting, Map.of(), 2));
        assertEquals(List.of(), Moves.next(waiting, Map.of(A.partition(), A, B.partition(), B), 2));
        assertEquals(List.of(ORDER), Moves.next(waiting, Map.of(B.partition(), B), 2));
        assertEquals(List.of(), Moves.next(waiting, Map.of(), 2));

        waiting.addAll(List.of(A, A_AGAIN, B));
        assertEquals(List.of(A), Moves.next(waiting, Map.of(), 5), "its own order counts");
        assertEquals(List.of(), Moves.next(waiting, Map.of(A.partition(), A), 5));
        assertEquals(List.of(A_AGAIN, B), Moves.next(waiting, Map.of(), 5));
    }

    @Test
    void progressTellsRateAndTime() {
        var progress = new CopyProgress(10, 1_000L << 20);
        assertEquals(
                "0 of 10 moved, 4 on their way, 0 B of 1000.0 MB copied",
                progress.line(0, 0, 4, 0));
        assertEquals(
                "2 of 10 moved, 4 on their way, 200.0 MB of 1000.0 MB copied, 20.0 MB/s, about 40 s left",
                progress.line(10_000_000_000L, 2, 4, 200L << 20));
        assertEquals("10 of 10 moved", new CopyProgress(10, 0).line(0, 10, 0, 0));
        assertEquals("2 min", CopyProgress.time(120));
        assertEquals("2.0 h", CopyProgress.time(7200));
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
    void aThrottleTakesAwayWhatItHasSetAndNothingElse() {
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, "t");
        var broker = new ConfigResource(ConfigResource.Type.BROKER, "3");
        String rate = "leader.replication.throttled.rate";
        String replicas = "leader.replication.throttled.replicas";
        assertEquals("0:2", Throttle.missing("0:1,0:2", "1:1, 0:1"));
        assertEquals("", Throttle.missing("0:1", "*"), "all are named already");

        assertEquals(List.of(), endings(topic, replicas, "0:2", "", Map.of()));
        assertEquals(List.of("DELETE "), endings(topic, replicas, "0:2,0:1", "0:1,0:2", Map.of()));
        assertEquals(List.of("SUBTRACT 0:2"), endings(topic, replicas, "0:2", "0:1,0:2", Map.of()));

        assertEquals(List.of("DELETE "), endings(broker, rate, "50", "50", Map.of(1, "20")));
        assertEquals(
                List.of("SET 20"),
                endings(broker, rate, "50", "50", Map.of(3, "20")),
                "the cluster itself copies");
        assertEquals(
                List.of(), endings(broker, rate, "50", "70", Map.of()), "somebody has changed it");
    }

    private static List<String> endings(
            ConfigResource resource,
            String key,
            String ours,
            String now,
            Map<Integer, String> balancing) {
        var config = new Config(List.of(new ConfigEntry(key, now)));
        return Throttle.endings(resource, Map.of(key, ours), config, balancing).stream()
                .map(op -> op.opType() + " " + op.configEntry().value())
                .toList();
    }

    @Test
    void sizesAreReadable() {
        assertEquals("0 B", Sizes.text(0));
        assertEquals("1023 B", Sizes.text(1023));
        assertEquals("1.5 KB", Sizes.text(1536));
        assertEquals("2048.0 TB", Sizes.text(2L << 50));
    }
}
