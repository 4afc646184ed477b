package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// A quorum of node 1 alone, to whose log nobody listens.
public final class LoneQuorum {
    private static final Uuid DIRECTORY = new Uuid(5, 5);
    private static final Endpoint CONTROLLER =
            new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093);

    private LoneQuorum() {}

    /// Leads, so that every request goes to the controller of this node.
    public static KraftQuorum leading(ManualEnv env) throws IOException {
        KraftQuorum quorum =
                KraftQuorum.open(
                        new QuorumSettings(
                                "q1Sh-9_ISia_zwGINzRvyQ",
                                1,
                                true,
                                DIRECTORY,
                                "CONTROLLER",
                                CONTROLLER,
                                Map.of(),
                                List.of(),
                                List.of(
                                        new QuorumSettings.FirstVoter(
                                                1, DIRECTORY, "localhost", 9093)),
                                Map.of()),
                        env,
                        (_, _, _, _) -> CompletableFuture.failedFuture(new IOException("nobody")),
                        new HeapStorage(),
                        () -> {});
        quorum.listen(new Deaf());
        for (int i = 0; i < 50; i++) {
            quorum.step();
        }
        assertEquals(1, quorum.leader().id());
        return quorum;
    }

    private static final class Deaf implements QuorumListener {
        @Override
        public void onCommit(List<CommittedBatch> batches) {}

        @Override
        public void onSnapshot(LoadedSnapshot snapshot) {}

        @Override
        public void onLeader(QuorumLeader leader) {}
    }
}
