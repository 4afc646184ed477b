package dev.millrace.compat.kafka;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The broker under test, as the command line named it.
///
/// @param command started with one argument more, a `server.properties`; empty when `bootstrap` names a running broker
/// @param bootstrap `host:port` of a broker that runs already and is wiped between tests, or null
/// @param maxBrokers a test that asks for more brokers gets this many, with its replication factors capped; 0: as asked
/// @param work where the nodes keep their files
/// @param keep whether those files stay after a test
/// @param startSeconds how long a cluster may take to be ready
public record Target(
        List<String> command,
        @Nullable String bootstrap,
        int maxBrokers,
        Path work,
        boolean keep,
        int startSeconds) {

    private static final Target CHOSEN = fromProperties();

    /// The one of this JVM: the tests are created by JUnit, nobody can hand it to them.
    public static Target chosen() {
        return CHOSEN;
    }

    private static Target fromProperties() {
        String command = System.getProperty("compat.broker.cmd", "").trim();
        String bootstrap = System.getProperty("compat.bootstrap");
        Path work =
                Path.of(System.getProperty("compat.work", System.getProperty("java.io.tmpdir")));
        return new Target(
                command.isEmpty() ? List.of() : List.of(command.split("\\s+", -1)),
                bootstrap,
                Integer.getInteger("compat.max.brokers", 1),
                work.toAbsolutePath().resolve("kafka-tests-" + ProcessHandle.current().pid()),
                Boolean.getBoolean("compat.keep"),
                Integer.getInteger("compat.start.seconds", 60));
    }

    /// How many of the brokers that a test asks for it gets.
    int brokers(int asked) {
        return maxBrokers == 0 ? asked : Math.min(asked, maxBrokers);
    }

    /// The replication factor that fits the brokers a test gets.
    public short replicas(int asked) {
        return (short) (asked < 0 ? asked : brokers(asked));
    }

    boolean isRunning() {
        return bootstrap != null;
    }
}
