package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.metadata.BrokerLifeDecisions;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;

final class LeaderWatchTest {
    private final TestMetadata test = TestMetadata.withBrokers(1);
    private final LeaderWatch watch =
            new LeaderWatch(
                    new NodeSettings(
                            TestNode.CLUSTER,
                            1,
                            true,
                            true,
                            Map.of(),
                            List.of(endpoint()),
                            null,
                            "CONTROLLER",
                            endpoint(),
                            Map.of()),
                    test.time,
                    test.metadata,
                    test.controller,
                    ClusterDefaults.of(1, Map.of()));

    private static Endpoint endpoint() {
        return new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "localhost", 9092);
    }

    private int leader() {
        return Objects.requireNonNull(test.image().topics().byName("t"))
                .partitions()
                .getFirst()
                .leader();
    }

    /// Its batch had no room for this partition.
    @Test
    void whatABrokerThatIsBackMayLeadIsLed() {
        test.topic("t", 1, 1);
        long epoch = Objects.requireNonNull(test.image().cluster().broker(1)).epoch();
        test.controller.submit(image -> BrokerLifeDecisions.fence(image, 1, epoch));
        watch.look();
        assertEquals(PartitionImage.NO_LEADER, leader());
        test.write(
                TestMetadata.versioned(
                        new BrokerRegistrationChangeRecord()
                                .setBrokerId(1)
                                .setBrokerEpoch(epoch)
                                .setFenced((byte) -1),
                        2));
        watch.look();
        assertEquals(1, leader());
    }
}
