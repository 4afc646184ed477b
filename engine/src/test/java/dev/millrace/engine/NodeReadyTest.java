package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a node that has started tells whoever asks whether clients may be sent to it.
final class NodeReadyTest {
    private final LoneVoter voter = new LoneVoter(Map.of());
    private final Node node = voter.node;

    NodeReadyTest() throws IOException {}

    @Test
    void aNodeAloneIsReadyWhenItHasStarted() {
        voter.topic("t", 3, 1);

        assertNull(node.notReady());
    }

    @Test
    void aBrokerIsReadyOnceItsReplicasAreInSync() {
        voter.join(2);
        voter.topic("t", 2, 2, 1);
        voter.inSync("t", 0, 2);
        voter.inSync("t", 1, 2);
        assertEquals("2 replicas are not in sync yet", node.notReady());

        voter.inSync("t", 1, 2, 1);
        assertEquals("1 replica is not in sync yet", node.notReady());

        voter.inSync("t", 0, 2, 1);
        assertNull(node.notReady());
    }

    @Test
    void aLagLaterDoesNotTakeItBack() {
        voter.join(2);
        voter.topic("t", 1, 2, 1);
        assertNull(node.notReady());

        voter.inSync("t", 0, 2);
        assertNull(node.notReady());
    }
}
