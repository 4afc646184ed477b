package dev.millrace.engine;

import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// A node on an empty disk, whom no peer answers.
final class TestNode {
    static final String CLUSTER = "q1Sh-9_ISia_zwGINzRvyQ";

    private TestNode() {}

    /// @param controller whether it is one, beside a broker
    /// @param port of its own controller's listener
    /// @param voterHost where the only voter, node 1, is
    static Node open(ManualEnv env, int id, boolean controller, int port, String voterHost)
            throws IOException {
        return open(env, id, controller, port, voterHost, Map.of());
    }

    /// @param file what its settings say
    static Node open(
            ManualEnv env,
            int id,
            boolean controller,
            int port,
            String voterHost,
            Map<String, String> file)
            throws IOException {
        var directory = new LogDirectory(new Uuid(1, 1), "/data", new HeapStorage());
        return Node.open(
                new NodeSettings(
                        CLUSTER,
                        id,
                        true,
                        controller,
                        file,
                        List.of(endpoint("PLAINTEXT", 9092)),
                        null,
                        "CONTROLLER",
                        endpoint("CONTROLLER", port),
                        Map.of(1, InetSocketAddress.createUnresolved(voterHost, 9093))),
                env,
                (_, _, _, _) -> CompletableFuture.failedFuture(new IOException("no answer")),
                List.of(directory),
                directory,
                () -> {});
    }

    private static Endpoint endpoint(String listener, int port) {
        return new Endpoint(listener, SecurityProtocol.PLAINTEXT, "localhost", port);
    }
}
