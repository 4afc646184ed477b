package dev.millrace.cli.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.tools.DirectoryMoves.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rules of `kafka-reassign-partitions` that need no cluster.
class ReassignmentTest {
    private static final TopicPartition T0 = new TopicPartition("t", 0);

    @TempDir Path folder;

    private ReassignmentFile file(String json) throws Exception {
        Path file = folder.resolve("moves.json");
        Files.writeString(file, json.replace('\'', '"'));
        return ReassignmentFile.read(file);
    }

    private static String entry(String replicas) {
        return "{'topic':'t','partition':0,'replicas':" + replicas + "}";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | Partition reassignment list cannot be empty",
                "[{'topic':'t','partition':0,'replicas':[]}] | Partition replica list cannot be empty",
                "[{'topic':'t','partition':0,'replicas':[1,1,2]}] | may not contain duplicate entries: t-0 contains multiple entries for 1",
                "[{'topic':'t','partition':0,'replicas':[1]},{'topic':'t','partition':0,'replicas':[2]}] | duplicate topic partitions: t-0",
                "[{'topic':'t','partition':0,'replicas':[1,2],'log_dirs':['any']}] | Size of replicas list [1, 2] is different from size of log dirs list [any] for partition t-0",
                "[{'topic':'t','replicas':[1]}] | each partition needs topic, partition and replicas",
                "[{'topic':'t','partition':0,'replicas':['a']}] | is no broker id"
            })
    void aFileThatCannotBeMeantIsRefused(String partitions, String sentence) {
        var refused =
                assertThrows(
                        CommandFailed.class,
                        () -> file("{'version':1,'partitions':" + partitions + "}").check());
        assertEquals(true, refused.sentence().contains(sentence), refused.sentence());
    }

    @Test
    void directoriesAreThoseThatAreNamed() throws Exception {
        var file =
                file(
                        "{'partitions':[{'topic':'t','partition':0,'replicas':[2,1],'log_dirs':['any','/b']}]}");
        file.check();
        assertEquals(Map.of(new TopicPartitionReplica("t", 0, 1), "/b"), file.directories());
        assertEquals(
                "{\"version\":1,\"partitions\":[{\"topic\":\"t\",\"partition\":0,\"replicas\":[2,1],\"log_dirs\":[\"any\",\"/b\"]}]}",
                ReassignmentFile.json(file.replicas(), file.directories()));
        assertEquals(Map.of(), file("{'partitions':[" + entry("[1]") + "]}").directories());
    }

    /// Kafka's tool writes the list of a topic anew: what moves already is in it.
    @Test
    void whoHoldsAReplicaSendsAndWhoGetsOneReceives() {
        var copies =
                ReassignmentThrottle.copies(
                        Map.of(
                                new TopicPartition("t", 10),
                                new PartitionReassignment(List.of(1, 2, 3), List.of(3), List.of(1)),
                                T0,
                                new PartitionReassignment(List.of(1, 2), List.of(2), List.of())),
                        Map.of(T0, List.of(3, 1), new TopicPartition("u", 0), List.of(2)),
                        Map.of(T0, List.of(1, 2), new TopicPartition("u", 0), List.of(2)));
        var settings = ReassignmentThrottle.settings(copies, 5);
        assertEquals(
                Map.of(
                        "leader.replication.throttled.replicas", "0:1,10:1,10:2",
                        "follower.replication.throttled.replicas", "0:3,10:3"),
                settings.get(new ConfigResource(ConfigResource.Type.TOPIC, "t")));
        assertEquals(
                Map.of(
                        "leader.replication.throttled.replicas", "0:2",
                        "follower.replication.throttled.replicas", ""),
                settings.get(new ConfigResource(ConfigResource.Type.TOPIC, "u")));
        for (String broker : List.of("1", "2", "3")) {
            assertEquals(
                    Map.of(
                            "leader.replication.throttled.rate", "5",
                            "follower.replication.throttled.rate", "5"),
                    settings.get(new ConfigResource(ConfigResource.Type.BROKER, broker)));
        }
        assertEquals(5, settings.size());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            delimiter = '|',
            value = {
                "none | none | Partition t-0 is not found in any live log dir on broker 1. There is likely an offline log directory on the broker.",
                "/a | none | Partition t-0 on broker 1 is not being moved from log dir /a to /b.",
                "/b | none | Reassignment of replica t-0-1 completed successfully.",
                "/a | /b | Reassignment of replica t-0-1 is still in progress.",
                "/a | /c | Partition t-0 on broker 1 is being moved to log dir /c instead of /b."
            })
    void whereAReplicaIsOnItsWayToAnotherDirectory(String current, String future, String text) {
        var replica = new TopicPartitionReplica("t", 0, 1);
        assertEquals(text, new State("/b", current, future).text(replica));
    }

    private static SortedMap<TopicPartition, List<Integer>> spread(
            List<Node> brokers, int partitions, int replicas) {
        var assignment = new TreeMap<TopicPartition, List<Integer>>(KafkaDeleteRecords::compare);
        new SpreadReplicas(brokers, true).topic("t", partitions, replicas, assignment);
        return assignment;
    }

    private static List<Node> brokers(String... racks) {
        return IntStream.range(0, racks.length)
                .mapToObj(i -> new Node(i + 1, "h", 1, racks[i].isEmpty() ? null : racks[i]))
                .toList();
    }

    @Test
    void everyBrokerLeadsAndHoldsAsMany() {
        var assignment = spread(brokers("", "", "", ""), 12, 3);
        var leads = new TreeMap<Integer, Integer>();
        var holds = new TreeMap<Integer, Integer>();
        assignment
                .values()
                .forEach(replicas -> {
                    assertEquals(3, replicas.stream().distinct().count(), replicas.toString());
                    leads.merge(replicas.getFirst(), 1, Integer::sum);
                    replicas.forEach(id -> holds.merge(id, 1, Integer::sum));
                });
        assertEquals(Map.of(1, 3, 2, 3, 3, 3, 4, 3), leads);
        assertEquals(Map.of(1, 9, 2, 9, 3, 9, 4, 9), holds);
    }

    @Test
    void aPartitionStandsInAsManyRacksAsItCan() {
        var brokers = brokers("a", "a", "b", "b", "c");
        spread(brokers, 10, 3)
                .values()
                .forEach(replicas ->
                        assertEquals(
                                3,
                                replicas.stream()
                                        .map(id -> brokers.get(id - 1).rack())
                                        .distinct()
                                        .count(),
                                replicas.toString()));
        spread(brokers("a", "a", "b"), 6, 3)
                .values()
                .forEach(replicas -> assertEquals(3, replicas.stream().distinct().count()));
    }

    @Test
    void racksOfSomeBrokersOnlyAreRefused() {
        assertThrows(CommandFailed.class, () -> spread(brokers("a", ""), 1, 1));
        assertEquals(
                "Replication factor: 3 larger than available brokers: 2.",
                assertThrows(CommandFailed.class, () -> spread(brokers("", ""), 1, 3)).sentence());
    }
}
