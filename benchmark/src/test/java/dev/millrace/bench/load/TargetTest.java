package dev.millrace.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.bench.load.LoadJob.Target;
import dev.millrace.bench.load.LoadJob.Volume;
import dev.millrace.bench.wire.RecordBatches.Codec;
import dev.millrace.bench.wire.TopicRef;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetTest {
    private static final Target ONE = target(List.of(9092), 3);
    private static final Target THREE = target(List.of(9092, 9094, 9096), 4);

    private static Target target(List<Integer> ports, int partitions) {
        return new Target(ports, new TopicRef("t", 1, 2), partitions);
    }

    @Test
    void everyBrokerHasAReplicaAndLeadsInItsTurn() {
        assertEquals(
                Map.of(
                        0, List.of(1, 2, 3),
                        1, List.of(2, 3, 1),
                        2, List.of(3, 1, 2),
                        3, List.of(1, 2, 3)),
                TopicJobs.assignment(THREE));
        assertEquals(
                Map.of(0, List.of(1), 1, List.of(1), 2, List.of(1)), TopicJobs.assignment(ONE));
    }

    @Test
    void aPartitionIsAskedForWhereItsFirstReplicaIs() {
        assertEquals(9096, THREE.portOf(2));
        assertEquals(9092, THREE.portOf(3));
        assertEquals("127.0.0.1:9092,127.0.0.1:9094,127.0.0.1:9096", THREE.bootstrap());
    }

    @Test
    void severalBrokersHaveALaneEachAndOneHasTwo() {
        assertEquals(3, lanes(THREE));
        assertEquals(2, lanes(ONE));
        assertEquals(2, lanes(target(List.of(1, 2, 3), 2)));
        assertEquals(1, lanes(target(List.of(1), 1)));
    }

    private static int lanes(Target target) {
        return RawProduceLane.lanes(
                new LoadJob.RawProduce(target, new Volume(1, 2, 3), Codec.NONE, -1, 5));
    }
}
