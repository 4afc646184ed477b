package dev.millrace.cli.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.cli.Recorded;
import java.util.List;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LeaderlessTest {
    private static final Node BROKER = new Node(7, "localhost", 9092);
    private static final Node[] REPLICAS = {BROKER};
    private static final Node[] NONE = {};

    private final Recorded recorded = new Recorded();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final Leaderless leaderless = new Leaderless(consumer, recorded.terminal);

    private void now(@Nullable Node leader, Node... offline) {
        consumer.updatePartitions(
                "t",
                List.of(
                        new PartitionInfo("t", 0, leader, REPLICAS, NONE, offline),
                        new PartitionInfo("t", 1, leader, REPLICAS, NONE, offline)));
        leaderless.look();
    }

    @Test
    void eachIsToldOfOnceUntilItIsLedAgain() {
        consumer.assign(List.of(new TopicPartition("t", 0)));

        now(BROKER);
        assertEquals("", recorded.err());
        now(null, BROKER);
        now(null, BROKER);
        String lost =
                "t-0 has no leader, so nothing of it can be read: waiting for one. (Offline on broker 7: "
                        + "it is stopped, or cannot use that log; its own log says why.)\n";
        assertEquals(lost, recorded.err(), "and nothing of t-1, which is not read");
        now(BROKER);
        assertEquals(lost + "t-0 has a leader again\n", recorded.err());
        now(Node.noNode());
        assertEquals(
                lost
                        + "t-0 has a leader again\n"
                        + "t-0 has no leader, so nothing of it can be read: waiting for one. (`millrace cluster` tells which brokers run.)\n",
                recorded.err());
    }
}
