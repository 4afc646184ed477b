package dev.millrace.cli.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The small languages of the command line: addresses, topics, partitions, settings, times, files.
class GrammarTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "localhost:9092|localhost:9092",
                "a:1, b:2|a:1,b:2",
                "PLAINTEXT://h:9|h:9",
                "[::1]:9092|[::1]:9092",
                "a:1,|a:1"
            })
    void addresses(String text, String want) {
        assertEquals(want, BootstrapAddresses.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "localhost:", ":9092", "h:0", "h:65536", "h:x"})
    void noAddresses(String text) {
        assertEquals(
                2,
                assertThrows(CommandFailed.class, () -> BootstrapAddresses.parse(text)).exitCode());
    }

    @ParameterizedTest
    @CsvSource({
        "orders,orders,true",
        "orders,orders2,false",
        "orders.*,orders2,true",
        "'a, b',b,true",
        "'\"quoted\"',quoted,true",
        "a|b,c,false"
    })
    void topics(String expression, String topic, boolean matches) {
        assertEquals(matches, TopicFilter.of(expression).test(topic));
    }

    @Test
    void brokenTopicExpression() {
        assertThrows(CommandFailed.class, () -> TopicFilter.of("a("));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t|t|9|true",
                "t:1|t|1|true",
                "t:1|t|2|false",
                "t:1-3|t|2|true",
                "t:1-3|t|3|false",
                "t:2-|t|7|true",
                "t:-2|t|2|false",
                "t:-2|t|1|true",
                ":0|any|0|true",
                "a:0,b:1|b|1|true",
                "a:0,b:1|b|0|false"
            })
    void partitions(String list, String topic, int partition, boolean included) {
        assertEquals(
                included, PartitionFilter.list(list).test(new TopicPartition(topic, partition)));
    }

    @Test
    void settingsInBrackets() {
        assertEquals(
                Map.of("a", "1", "b", "x,y", "c", "", "S", "iterations=1,password=p=q"),
                ConfigChanges.parseSet("a=1,b=[x,y],c=,S=[iterations=1,password=p=q]"));
        assertEquals(List.of("a", "b"), ConfigChanges.parseRemoved("a, b,"));
        assertThrows(CommandFailed.class, () -> ConfigChanges.parseSet("novalue"));
    }

    @Test
    void replicaAssignments() {
        assertEquals(
                Map.of(0, List.of(1, 2), 1, List.of(2, 3)), ReplicaAssignment.parse("1:2,2:3"));
        for (String wrong : List.of("", "1:1", "1:2,3", "a")) {
            assertThrows(CommandFailed.class, () -> ReplicaAssignment.parse(wrong), wrong);
        }
    }

    @Test
    void offsetFiles() {
        var p = new TopicPartition("t", 0);
        assertEquals(Map.of("g", Map.of(p, 5L)), OffsetCsv.parse(List.of("t,0,5", ""), "g"));
        assertEquals(Map.of("a,b", Map.of(p, 5L)), OffsetCsv.parse(List.of("\"a,b\",t,0,5"), "g"));
        assertEquals("t,0,5", OffsetCsv.line(List.of("t"), 0, 5));
        assertEquals("\"a,b\",t,0,5", OffsetCsv.line(List.of("a,b", "t"), 0, 5));
        for (String wrong : List.of("t,0", "t,x,5", "t,0,y", "a,b,c,d,e")) {
            assertThrows(CommandFailed.class, () -> OffsetCsv.parse(List.of(wrong), "g"), wrong);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01T00:00:01.000, 1000",
        "1970-01-01T00:00:01.000Z, 1000",
        "1970-01-01T01:00:00.000+01:00, 0",
        "1970-01-01T01:00:00.000+01, 0",
        "1970-01-01T01:00:00.000+0100, 0"
    })
    void times(String text, long timestampMs) {
        assertEquals(timestampMs, OffsetReset.atDateTime(text).timestampMs());
    }

    @Test
    void durations() {
        assertEquals(0, OffsetReset.before("PT1H", Instant.ofEpochMilli(3_600_000)).timestampMs());
        assertThrows(CommandFailed.class, () -> OffsetReset.before("1 hour", Instant.EPOCH));
        assertThrows(CommandFailed.class, () -> OffsetReset.atDateTime("yesterday"));
    }

    @Test
    void advice() {
        var refused = new InvalidReplicationFactorException("no");
        assertEquals(
                "this cluster has 1 broker: use --replication-factor 1",
                Explanation.replicationAdvice(refused, 1, 2));
        assertEquals(
                "this cluster has 2 brokers: use --replication-factor 2 or less",
                Explanation.replicationAdvice(refused, 2, 3));
        assertNull(Explanation.replicationAdvice(refused, 3, 3));
        String late = Explanation.of(new TimeoutException("Timed out."), "h:1");
        assertEquals(true, late.startsWith("Timed out; something listens at h:1"), late);
        var refusedUntilLate =
                new TimeoutException(
                        "Call(tries=9) timed out", new UnknownTopicOrPartitionException("no"));
        assertEquals("Call(tries=9) timed out", Explanation.of(refusedUntilLate, "h:1"));
        var disconnected = new TimeoutException("Call timed out", new DisconnectException("gone"));
        assertEquals(
                true, Explanation.of(disconnected, "h:1").contains("something listens at h:1"));
    }
}
