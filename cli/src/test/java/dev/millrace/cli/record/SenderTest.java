package dev.millrace.cli.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.cli.Recorded;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

final class SenderTest {
    private static final Node BROKER = new Node(7, "localhost", 9092);
    private static final Node[] REPLICAS = {BROKER};
    private static final Node[] NONE = {};

    private final Recorded recorded = new Recorded();

    private static PartitionInfo partition(int id, boolean led) {
        return new PartitionInfo(
                "t", id, led ? BROKER : null, REPLICAS, NONE, led ? NONE : REPLICAS);
    }

    private static MockProducer<byte[], byte[]> producer(PartitionInfo... partitions) {
        var cluster = new Cluster("c", List.of(BROKER), List.of(partitions), Set.of(), Set.of());
        return new MockProducer<>(
                cluster, false, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> record(int partition) {
        return new ProducerRecord<>("t", partition, null, "v".getBytes(UTF_8));
    }

    @Test
    void saysWhoseLeaderIsMissingOnceNothingIsAnsweredAnyMore() {
        var producer = producer(partition(0, true), partition(1, false));
        try (var sender = new Sender(producer, false, "h:1", recorded.terminal)) {
            sender.look();
            sender.send(record(0));
            producer.completeNext();
            sender.look();
            sender.look();
            assertEquals("", recorded.err(), "everything is answered");
            sender.send(record(0));
            sender.send(record(1));
            producer.completeNext();
            sender.look();
            assertEquals("", recorded.err(), "something was, since the last look");
            sender.look();
            sender.look();
            assertEquals(
                    "t-1 has no leader, so nothing can be written to it: waiting for one. (Offline on broker 7: "
                            + "it is stopped, or cannot use that log; its own log says why.)\n",
                    recorded.err());
        }
    }
}
