package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.simulator.world.Frames;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a process has sent may arrive when it has ended and the next one of its machine runs.
class LateRegistrationTest {
    private static final int BROKER = 2;
    private static final int LATE = 99;

    private final CalmCluster calm = new CalmCluster(1, 1, Map.of());
    private final SimCluster cluster = calm.cluster;
    private final List<byte[]> registrations = new ArrayList<>();
    private @Nullable ApiMessage answer;

    @Test
    void aBrokerThatADeadProcessHasReplacedComesBack() {
        cluster.record((from, _, _, frame) -> {
            if (from == BROKER && Frames.api(frame) == ApiKeys.BROKER_REGISTRATION) {
                registrations.add(frame);
            }
        });
        calm.start();
        SimMachine machine = Objects.requireNonNull(cluster.machine(BROKER));
        Uuid before = registered().incarnation();
        machine.kill();
        byte[] late = registrations.getLast();
        machine.start();
        calm.await(() -> !registered().incarnation().equals(before));
        machine.pause(CalmCluster.SECOND);
        Uuid replaced = registered().incarnation();

        cluster.replay(LATE, controller(), true, late, response -> answer = response);
        calm.await(() -> registered().incarnation().equals(before));
        calm.await(() -> answer != null);
        var data = (BrokerRegistrationResponseData) Objects.requireNonNull(answer);
        assertEquals(0, data.errorCode());

        calm.await(calm::allAreReady);
        assertEquals(replaced, registered().incarnation());
    }

    private SimMachine controller() {
        return Objects.requireNonNull(cluster.activeController());
    }

    private BrokerImage registered() {
        MetadataImage image = Objects.requireNonNull(controller().image());
        return Objects.requireNonNull(image.cluster().broker(BROKER));
    }
}
